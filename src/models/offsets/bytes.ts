import { respell, Rewrite, unitsAt, type Piece } from './piece';

/** GPT-2's alphabet: a printable character for every byte. */
export const BYTE_CHARACTERS: readonly string[] = byteCharacters();
const BYTES = new Map(BYTE_CHARACTERS.map((character, byte) => [character, byte]));
const encoder = new TextEncoder();

function byteCharacters(): string[] {
  const isPrintable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++));
}

/** The byte that a character of the byte alphabet stands for; undefined for other characters. */
export function byteOf(character: string): number | undefined {
  return BYTES.get(character);
}

/** The number of UTF-8 bytes of the code point that starts at a unit. */
export function utf8Length(codePoint: number): number {
  return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
}

/** Spells a piece in the byte alphabet. Every byte of a character covers the whole character. */
export function toBytePiece(piece: Piece): Piece {
  const { text } = piece;
  if (/^[\x20-\x7e]*$/.test(text)) return respell(piece, text.replaceAll(' ', 'Ġ'));
  const rewrite = new Rewrite(piece);
  for (let unit = 0; unit < text.length;) {
    const size = unitsAt(text, unit);
    encoder
      .encode(text.slice(unit, unit + size))
      .forEach((byte, index) => rewrite.put(BYTE_CHARACTERS[byte] ?? '', index > 0 ? 1 : 0));
    unit += size;
  }
  return rewrite.finish();
}
