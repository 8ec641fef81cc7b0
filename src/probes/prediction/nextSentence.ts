import type { Inference } from '../../shared/inference';
import type { TextSegment } from '../../shared/tokens';
import { textsOf } from '../tasks/sentences';

/** Two sentences, and how likely the second one follows the first. */
export interface SentencePair {
  first: string;
  second: string;
  /** They stand so in the text; false: turned round. */
  inText: boolean;
  /** Softmax over the head's two logits: of `IsNext`, its label 0 (Devlin et al. 2018). */
  follows: number;
}

export interface NextSentence {
  model: string;
  /** Sentences of the text, or the selections; with fewer than two there are no pairs. */
  sentences: number;
  pairs: SentencePair[];
}

/** Classes that are exported with the head. */
const WITH_HEAD = /For(PreTraining|NextSentencePrediction)$/;
/** Sentences that are paired with the one after: each pair is two runs. */
const MOST_SENTENCES = 9;

/** Asks the head for every two sentences that stand together, as they are and turned round; null without the head. */
export async function predictNextSentence(
  inference: Inference,
  model: string,
  segments: readonly TextSegment[],
  signal?: AbortSignal,
): Promise<NextSentence | null> {
  const { architectures } = await inference.request('taskFacts', { model }, signal);
  if (!architectures.some((name) => WITH_HEAD.test(name))) return null;
  const all = textsOf(segments);
  const pairs: SentencePair[] = [];
  const asked = all.slice(0, MOST_SENTENCES);
  for (const [i, second] of asked.entries()) {
    const first = asked[i - 1];
    if (first === undefined) continue;
    for (const [a, b, inText] of [
      [first, second, true],
      [second, first, false],
    ] as const) {
      const follows = await askHead(inference, model, a, b, signal);
      if (follows === null) return null;
      pairs.push({ first: a, second: b, inText, follows });
    }
  }
  const { facts } = await inference.request('open', { model }, signal);
  return { model: facts.name, sentences: all.length, pairs };
}

/** The head's two logits are the only output of that size beside those of the language model. */
async function askHead(
  inference: Inference,
  model: string,
  first: string,
  second: string,
  signal?: AbortSignal,
): Promise<number | null> {
  const segments = [first, second].map((text) => ({ text, offset: 0 }));
  const { tokens, typeIds } = await inference.request(
    'encode',
    { model, segments, overflow: 'first' },
    signal,
  );
  const ids = tokens.map(({ id }) => id);
  const { runId, tensors } = await inference.request('run', { model, ids, typeIds }, signal);
  const head = tensors.find(({ shape }) => shape.length === 1 && shape[0] === 2);
  const logits = head && (await inference.request('tensor', { runId, name: head.name }, signal));
  await inference.request('forget', { runId }, signal);
  if (!logits) return null;
  const [isNext = 0, isRandom = 0] = logits.data;
  return 1 / (1 + Math.exp(isRandom - isNext));
}
