import type { Token } from '../shared/tokens';

/** One edit of a document, in its offsets before the edit. Same shape as VS Code's content change. */
export interface Edit {
  rangeOffset: number;
  rangeLength: number;
  text: string;
}

/** A half-open range of document offsets. */
export interface OffsetRange {
  start: number;
  end: number;
}

/**
 * Carries a range through the edits of one change event. Text typed inside the range belongs to it, text typed at
 * either edge does not; a range whose edge was replaced shrinks to what is left of it. All edits are in the coordinates
 * of the document before the event, so that their shifts add up.
 */
export function moveRange({ start, end }: OffsetRange, edits: readonly Edit[]): OffsetRange {
  let movedStart = start;
  let movedEnd = end;
  for (const { rangeOffset, rangeLength, text } of edits) {
    const editEnd = rangeOffset + rangeLength;
    const growth = text.length - rangeLength;
    if (editEnd <= start) movedStart += growth;
    else if (rangeOffset < start) movedStart += rangeOffset + text.length - start;
    if (editEnd <= start || (rangeOffset < end && editEnd <= end)) movedEnd += growth;
    else if (rangeOffset < end) movedEnd += rangeOffset - end;
  }
  return { start: movedStart, end: Math.max(movedStart, movedEnd) };
}

/**
 * Index of the token that covers a document offset: the character at the offset, or the one before it at the end of a
 * segment. Where several tokens share the character (pieces of one emoji) the first counts. Null outside all tokens.
 * `starts` are the document offsets of the segments.
 */
export function tokenAtOffset(tokens: Token[], starts: number[], offset: number): number | null {
  let before: number | null = null;
  for (const [index, token] of tokens.entries()) {
    const segment = starts[token.segment];
    if (token.special || segment === undefined || token.end <= token.start) continue;
    if (offset >= segment + token.start && offset < segment + token.end) return index;
    if (offset === segment + token.end) before ??= index;
  }
  return before;
}
