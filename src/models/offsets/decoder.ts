import { booleanAt, integerAt, listAt, ownValue, stringAt } from '../json';
import { byteOf } from './bytes';
import { patternOf } from './pattern';

/** What one token adds to the text: characters, or bytes that make characters together with their neighbours'. */
export type Part = { text: string } | { bytes: number[] };

/** Turns the spellings of tokens into the parts of a text, one part a token. */
export type Decoder = (parts: Part[]) => Part[];

const MAX_DEPTH = 8;
const BYTE_TOKEN = /^<0x([0-9A-Fa-f]{2})>$/;
const CLEANED = /^ (?=[.?!,]$|n't$|'m$|'s$|'ve$|'re$)/;

/** Builds the `decoder` of tokenizer.json. Kinds it does not know leave the spellings as they are. */
export function createDecoder(config: unknown, depth = 0): Decoder {
  if (config === null || config === undefined) return spaced;
  switch (stringAt(config, 'type')) {
    case 'Sequence':
      return sequence(listAt(config, 'decoders'), depth);
    case 'ByteLevel':
      return onTexts(fromByteAlphabet);
    case 'ByteFallback':
      return onTexts((text) => {
        const byte = BYTE_TOKEN.exec(text)?.[1];
        return byte === undefined ? { text } : { bytes: [parseInt(byte, 16)] };
      });
    case 'WordPiece':
      return wordPiece(stringAt(config, 'prefix') ?? '##', booleanAt(config, 'cleanup', true));
    case 'Metaspace':
      return metaspace(
        stringAt(config, 'replacement') ?? '▁',
        stringAt(config, 'prepend_scheme') !== 'never',
      );
    case 'BPEDecoder':
      return suffixed(stringAt(config, 'suffix') ?? '</w>');
    case 'Replace': {
      const pattern = patternOf(ownValue(config, 'pattern'));
      const content = stringAt(config, 'content') ?? '';
      return onTexts((text) => ({ text: text.replace(pattern, () => content) }));
    }
    default:
      return (parts) => parts;
  }
}

/** After `Fuse` a `Strip` sees the text as one; before it, every token by itself. */
function sequence(configs: unknown[], depth: number): Decoder {
  if (depth >= MAX_DEPTH) return (parts) => parts;
  let fused = false;
  const stages = configs.map((config) => {
    const type = stringAt(config, 'type');
    fused ||= type === 'Fuse';
    return type === 'Strip' ? strip(config, fused) : createDecoder(config, depth + 1);
  });
  return (parts) => stages.reduce((current, stage) => stage(current), parts);
}

function onTexts(turn: (text: string, index: number, count: number) => Part): Decoder {
  return (parts) =>
    parts.map((part, index) => ('text' in part ? turn(part.text, index, parts.length) : part));
}

function fromByteAlphabet(text: string): Part {
  const bytes = [...text].map(byteOf);
  return bytes.every((byte) => byte !== undefined) ? { bytes } : { text };
}

const spaced = onTexts((text, index) => ({ text: index > 0 ? ` ${text}` : text }));

function wordPiece(prefix: string, cleanup: boolean): Decoder {
  return onTexts((text, index) => {
    if (index > 0 && prefix !== '' && text.startsWith(prefix)) return { text: text.slice(prefix.length) };
    const word = index > 0 ? ` ${text}` : text;
    return { text: cleanup ? word.replace(CLEANED, '') : word };
  });
}

function metaspace(mark: string, dropsFirst: boolean): Decoder {
  return onTexts((text, index) => ({ text: text.replaceAll(mark, dropsFirst && index === 0 ? '' : ' ') }));
}

function suffixed(suffix: string): Decoder {
  return onTexts((text, index, count) => ({ text: text.replaceAll(suffix, index + 1 < count ? ' ' : '') }));
}

function strip(config: unknown, fused: boolean): Decoder {
  const content = stringAt(config, 'content') ?? ' ';
  const start = integerAt(config, 'start', 0, 1000) ?? 0;
  const stop = integerAt(config, 'stop', 0, 1000) ?? 0;
  return onTexts((text, index, count) => {
    let from = 0;
    let to = text.length;
    if (!fused || index === 0) while (from < start && text[from] === content) from++;
    if (!fused || index + 1 === count)
      while (text.length - to < stop && to > from && text[to - 1] === content) to--;
    return { text: text.slice(from, to) };
  });
}
