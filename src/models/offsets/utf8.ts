import { utf8Length } from './bytes';
import type { Part } from './decoder';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A character and the number of bytes it was read from. Bytes that are no character read as null, one at a time. */
export interface DecodedCharacter {
  character: string | null;
  bytes: number;
}

/** Reads UTF-8 character by character. */
export function decodeCharacters(bytes: readonly number[]): DecodedCharacter[] {
  const characters: DecodedCharacter[] = [];
  for (let at = 0; at < bytes.length;) {
    const found = characterAt(bytes, at);
    characters.push(found);
    at += found.bytes;
  }
  return characters;
}

/** The text of parts, and the half-open range of each part in it. Bytes that are no character show as U+FFFD. */
export function joinParts(parts: Part[]): { text: string; ranges: [number, number][] } {
  const texts: string[] = [];
  const ranges: [number, number][] = [];
  let length = 0;
  const add = (text: string) => {
    texts.push(text);
    length += text.length;
  };
  for (let index = 0; index < parts.length;) {
    const part = parts[index];
    if (part && 'text' in part) {
      ranges.push([length, length + part.text.length]);
      add(part.text);
      index++;
      continue;
    }
    const run = runOfBytes(parts, index);
    const { text, places } = placed(run.flat(), length);
    let at = 0;
    for (const bytes of run) {
      ranges.push([places[at]?.[0] ?? length, places[at + bytes.length - 1]?.[1] ?? length]);
      at += bytes.length;
    }
    add(text);
    index += run.length;
  }
  return { text: texts.join(''), ranges };
}

function runOfBytes(parts: Part[], from: number): number[][] {
  const run: number[][] = [];
  for (let index = from; index < parts.length; index++) {
    const part = parts[index];
    if (!part || 'text' in part) break;
    run.push(part.bytes);
  }
  return run;
}

/** The characters of some bytes, and for every byte the range of its character in a text that begins at `offset`. */
function placed(bytes: number[], offset: number): { text: string; places: [number, number][] } {
  let text = '';
  const places: [number, number][] = [];
  for (const { character, bytes: size } of decodeCharacters(bytes)) {
    const start = offset + text.length;
    text += character ?? '\uFFFD';
    for (let byte = 0; byte < size; byte++) places.push([start, offset + text.length]);
  }
  return { text, places };
}

function characterAt(bytes: readonly number[], at: number): DecodedCharacter {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return { character: String.fromCharCode(lead), bytes: 1 };
  const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  try {
    const character = decoder.decode(Uint8Array.from(bytes.slice(at, at + size)));
    if (utf8Length(character.codePointAt(0) ?? 0) === size) return { character, bytes: size };
  } catch {
    // Not a character: the byte stands alone.
  }
  return { character: null, bytes: 1 };
}
