import type { AlignedToken } from '../offsets';

/**
 * Takes blanks out of the offsets of byte-level tokens. With `addsSpace` a single blank before the first token counts
 * as added by the tokenizer, which covers nothing, so it is not taken out.
 */
export function trimOffsets(
  tokens: AlignedToken[],
  spellingOf: (id: number) => string,
  addsSpace: boolean,
): void {
  tokens.forEach((token, index) => {
    const spelling = token.cut ?? spellingOf(token.id);
    const blanks = /^[Ġ\p{White_Space}]*/u.exec(spelling)?.[0].length ?? 0;
    const trailing = blanksAtEnd(spelling);
    const isFirst = index === 0 || token.start === 0;
    const leading = isFirst && addsSpace && blanks === 1 ? 0 : blanks;
    token.start = Math.min(token.start + leading, token.end);
    if (trailing > 0 && token.end >= trailing) token.end = Math.max(token.end - trailing, token.start);
  });
}

function blanksAtEnd(spelling: string): number {
  let count = 0;
  while (count < spelling.length && /[Ġ\p{White_Space}]/u.test(spelling.charAt(spelling.length - 1 - count)))
    count++;
  return count;
}
