import type { AlignedToken } from '../offsets';

/**
 * Takes blanks out of the offsets of byte-level tokens. With `addsSpace` one blank of the first token counts as added by
 * the tokenizer and so covers nothing.
 */
export function trimOffsets(
  tokens: AlignedToken[],
  spellingOf: (id: number) => string,
  addsSpace: boolean,
): void {
  tokens.forEach((token, index) => {
    const spelling = token.cut ?? spellingOf(token.id);
    const leading = /^[Ġ\p{White_Space}]*/u.exec(spelling)?.[0].length ?? 0;
    const trailing = blanksAtEnd(spelling);
    const isFirst = index === 0 || token.start === 0;
    const added = isFirst && addsSpace && leading > 0 ? 1 : 0;
    token.start = Math.min(token.start + leading - added, token.end);
    if (trailing > 0 && token.end >= trailing) token.end = Math.max(token.end - trailing, token.start);
  });
}

function blanksAtEnd(spelling: string): number {
  let count = 0;
  while (count < spelling.length && /[Ġ\p{White_Space}]/u.test(spelling.charAt(spelling.length - 1 - count)))
    count++;
  return count;
}
