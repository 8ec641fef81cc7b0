import type { TextSegment, Token } from '../../shared/tokens';
import type { TextSpan } from '../../shared/report';
import { tokensOfWord, type Word } from '../prediction/words';

/** Tokens that stand for the same characters, such as the bytes of an emoji: what can be read. */
export interface Unit {
  text: string;
  ids: number[];
  special: boolean;
  unknown: boolean;
  /** Tokens of the word that it is part of; null outside of words. */
  cut: number | null;
  /** Absent for tokens that the text does not hold. */
  span?: TextSpan;
}

/** The tokens of a text with those joined that share a character. */
export function unitsOf(
  tokens: readonly Token[],
  segments: readonly TextSegment[],
  words: readonly Word[],
  unknown: string | null,
): Unit[] {
  const cuts = cutsOf(tokens, words);
  const units: Unit[] = [];
  let last: Token | undefined;
  tokens.forEach((token, i) => {
    const { id, text, piece, start, end, special, segment } = token;
    const unit = units.at(-1);
    const isShared = !special && last && !last.special && last.segment === segment && start < last.end;
    if (unit?.span && isShared) {
      unit.ids.push(id);
      unit.span.end = Math.max(unit.span.end, end);
      unit.text = segments[segment]?.text.slice(unit.span.start, unit.span.end) ?? unit.text;
    } else {
      units.push({
        text,
        ids: [id],
        special,
        unknown: piece === unknown && text !== unknown,
        cut: cuts[i] ?? null,
        ...(!special && { span: { segment, start, end } }),
      });
    }
    last = token;
  });
  return units;
}

/** For every token, how many tokens hold some of the word that it holds some of. */
function cutsOf(tokens: readonly Token[], words: readonly Word[]): (number | null)[] {
  const cuts: (number | null)[] = tokens.map(() => null);
  for (const positions of tokensByWord(tokens, words)) {
    for (const position of positions) cuts[position] = Math.max(cuts[position] ?? 0, positions.length);
  }
  return cuts;
}

/** Positions of each word's tokens. Both lists are in the text's order, so each is gone through once. */
export function tokensByWord(tokens: readonly Token[], words: readonly Word[]): number[][] {
  let first = 0;
  return words.map((word) => {
    const isBefore = ({ segment, end, special }: Token) =>
      special || segment < word.segment || (segment === word.segment && end <= word.start);
    while (first < tokens.length && isBefore(tokens[first] as Token)) first++;
    let after = first;
    while (after < tokens.length && !isBehind(tokens[after] as Token, word)) after++;
    return tokensOfWord(tokens.slice(first, after), word).map((at) => first + at);
  });
}

function isBehind({ segment, start, special }: Token, word: Word): boolean {
  return !special && (segment > word.segment || (segment === word.segment && start >= word.end));
}

/** White space, control characters and marks of direction as signs, so that pieces of them can be seen. */
export function visible(text: string): string {
  return text.replace(/[ \p{Cc}\p{Bidi_Control}]/gu, (character) => {
    const code = character.charCodeAt(0);
    if (code <= 0x20) return code === 0x20 ? '␣' : String.fromCharCode(0x2400 + code);
    return code === 0x7f ? '␡' : `⟨${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  });
}
