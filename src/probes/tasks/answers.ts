import { softmax } from '../../numeric/softmax';
import type { Answering, AnswerSpan } from '../../shared/tasks';
import type { TextSegment, Token } from '../../shared/tokens';

export interface AnswerOptions {
  question: string;
  /** Id of [CLS], where the model points to when there is no answer; null without such a token. */
  clsId: number | null;
  /** Tokens of the longest answer. */
  longest: number;
  /** Spans that are kept. */
  count: number;
}

/**
 * Spans of a text that may answer a question. The question is segment 0 of the tokens, the text what comes after it. Start
 * and end are softmaxes over the text's tokens and [CLS]; a span's score is start times end (Devlin et al. 2018).
 */
export function answering(
  logits: { start: ArrayLike<number>; end: ArrayLike<number> },
  tokens: readonly Token[],
  segments: readonly TextSegment[],
  { question, clsId, longest, count }: AnswerOptions,
): Answering {
  const cls = clsId === null ? -1 : tokens.findIndex(({ id }) => id === clsId);
  const mayAnswer = tokens.map(({ special, segment }) => !special && segment > 0);
  const shares = (of: ArrayLike<number>) =>
    Array.from(softmax(tokens.map((_, i) => (mayAnswer[i] || i === cls ? (of[i] as number) : -Infinity))));
  const [start, end] = [shares(logits.start), shares(logits.end)];
  const shown = (values: number[]) => values.map((value, i) => (mayAnswer[i] || i === cls ? value : null));
  const spans = best({ start, end }, tokens, mayAnswer, { longest, count });
  return {
    task: 'question-answering',
    question,
    start: shown(start),
    end: shown(end),
    startLogits: Array.from(logits.start),
    endLogits: Array.from(logits.end),
    spans: spans.map((span) => ({ ...span, text: textOf(span, tokens, segments) })),
    impossible: cls < 0 ? null : (start[cls] ?? 0) * (end[cls] ?? 0),
  };
}

function best(
  { start, end }: { start: number[]; end: number[] },
  tokens: readonly Token[],
  mayAnswer: readonly boolean[],
  { longest, count }: Pick<AnswerOptions, 'longest' | 'count'>,
): Omit<AnswerSpan, 'text'>[] {
  const spans: Omit<AnswerSpan, 'text'>[] = [];
  for (let from = 0; from < tokens.length; from++) {
    for (let to = from; to < Math.min(tokens.length, from + longest); to++) {
      if (!mayAnswer[from] || !mayAnswer[to] || tokens[from]?.segment !== tokens[to]?.segment) continue;
      spans.push({ from, to, score: (start[from] ?? 0) * (end[to] ?? 0) });
    }
  }
  return spans.sort((a, b) => b.score - a.score || a.from - b.from || a.to - b.to).slice(0, count);
}

function textOf(
  { from, to }: Pick<AnswerSpan, 'from' | 'to'>,
  tokens: readonly Token[],
  segments: readonly TextSegment[],
): string {
  const { segment = 0, start = 0 } = tokens[from] ?? {};
  return (segments[segment]?.text ?? '').slice(start, tokens[to]?.end ?? start);
}
