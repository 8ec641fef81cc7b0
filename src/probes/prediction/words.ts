import type { TextSegment, Token } from '../../shared/tokens';

/** A word of the text: letters and digits that belong together, or one sign. Offsets count UTF-16 code units. */
export interface Word {
  text: string;
  segment: number;
  start: number;
  end: number;
}

const WORD = /[\p{L}\p{M}\p{N}_]+(?:['’][\p{L}\p{M}\p{N}_]+)*|[^\s\p{L}\p{M}\p{N}_]/gu;

/** The words of a text, in order: what both kinds of model can be compared on, whatever their tokens. */
export function wordsOf(segments: readonly TextSegment[]): Word[] {
  return segments.flatMap(({ text }, segment) =>
    [...text.matchAll(WORD)].map(({ 0: found, index }) => ({
      text: found,
      segment,
      start: index,
      end: index + found.length,
    })),
  );
}

/** Positions of the tokens that hold some of a word's characters. */
export function tokensOfWord(tokens: readonly Token[], word: Word): number[] {
  return tokens.flatMap(({ segment, start, end, special }, position) =>
    !special && segment === word.segment && start < word.end && end > word.start ? [position] : [],
  );
}
