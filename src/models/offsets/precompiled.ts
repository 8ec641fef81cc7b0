import { stringAt } from '../json';
import { CharacterMap } from './characterMap';
import { graphemesOf } from './graphemes';
import { Rewrite, type Piece } from './piece';

const MAX_GRAPHEME_BYTES = 5;
const PLAIN = /^[\x20-\x7e]*$/;
/**
 * SentencePiece's precompiled character map, applied as the `tokenizers` library does: whole graphemes of up to five
 * bytes, else character by character.
 */
export function precompiledNormalizer(config: unknown): (piece: Piece) => Piece {
  const map = new CharacterMap(stringAt(config, 'precompiled_charsmap') ?? '');
  const keepsAscii = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).every(
    (character) => map.replacement(character) === null,
  );
  return (piece) => {
    if (keepsAscii && PLAIN.test(piece.text)) return piece;
    const changes: [string, number][] = [];
    let modified = false;
    for (const grapheme of graphemesOf(piece.text)) {
      const whole = Buffer.byteLength(grapheme) <= MAX_GRAPHEME_BYTES ? map.replacement(grapheme) : null;
      for (const part of whole === null ? grapheme : [grapheme]) {
        const replacement = whole ?? map.replacement(part);
        if (replacement === null) changes.push([part, 0]);
        else pushReplacement(changes, part, replacement);
        modified ||= replacement !== null;
      }
    }
    return modified ? rewritten(piece, changes) : piece;
  };
}

function rewritten(piece: Piece, changes: [string, number][]): Piece {
  const rewrite = new Rewrite(piece);
  for (const [character, change] of changes) rewrite.put(character, change);
  rewrite.drop(piece.text.length);
  return rewrite.finish();
}

/** Added characters are insertions; removed ones are swallowed by the character before, if there is one. */
function pushReplacement(changes: [string, number][], old: string, replacement: string): void {
  const characters = [...replacement];
  const difference = characters.length - [...old].length;
  characters.forEach((character, index) => {
    changes.push([character, difference > 0 && index >= characters.length - difference ? 1 : 0]);
  });
  const last = changes.at(-1);
  if (difference < 0 && last) last[1] += difference;
}
