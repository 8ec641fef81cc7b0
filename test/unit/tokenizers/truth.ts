import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ProbeTokenizer } from '../../../src/models/tokenizer';
import type { Token } from '../../../src/shared/tokens';

/** Tokenizers, hostile strings and the Rust library's answers; see test/fixtures/README.md. */
export const TOKENIZERS = join(__dirname, '../../fixtures/tokenizers');

export interface Answer {
  ids: number[];
  /** Flat pairs of code points. */
  offsets: number[];
  special: number[];
  types: number[];
  sequences: (number | null)[];
}

export interface Strings {
  strings: { name: string; category: string; text: string }[];
  pairs: { name: string; text: string; pair: string }[];
  robustness: { name: string; text: string }[];
}

export type Truth = Record<string, { strings: Answer[]; pairs: Answer[] }>;

export function readStrings(): Strings {
  return JSON.parse(readFileSync(join(TOKENIZERS, 'strings.json'), 'utf8')) as Strings;
}

export function readTruth(): Truth {
  const text = gunzipSync(readFileSync(join(TOKENIZERS, 'truth.json.gz'))).toString('utf8');
  return (JSON.parse(text) as { tokenizers: Truth }).tokenizers;
}

export function tokenizerNames(): string[] {
  return readdirSync(TOKENIZERS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

export function readJson(name: string, file = 'tokenizer.json'): Record<string, unknown> {
  return JSON.parse(readFileSync(join(TOKENIZERS, name, file), 'utf8')) as Record<string, unknown>;
}

export function tokenizerNamed(name: string): ProbeTokenizer {
  return new ProbeTokenizer(readJson(name));
}

export function segmentsOf(...texts: string[]): { text: string; offset: number }[] {
  return texts.map((text) => ({ text, offset: 0 }));
}

/** One line a token, to compare and to read: id, range, special, type, segment. */
export function lines(tokens: Token[], typeIds: number[]): string[] {
  return tokens.map(({ id, start, end, special, segment }, index) => {
    const place = special ? 'special' : `${start}-${end} of ${segment}`;
    return `${id} ${place} type ${typeIds[index]}`;
  });
}

/** The library's answer in the same form, its code points turned into UTF-16 code units. */
export function answerLines(answer: Answer, texts: string[]): string[] {
  const units = texts.map(unitsOfCodePoints);
  return answer.ids.map((id, index) => {
    const segment = answer.sequences[index] ?? 0;
    const [start, end] = [0, 1].map((side) => units[segment]?.[answer.offsets[2 * index + side] ?? 0]);
    const place = answer.special[index] ? 'special' : `${start}-${end} of ${segment}`;
    return `${id} ${place} type ${answer.types[index]}`;
  });
}

/** Code unit at which each code point begins, and the length at the end. */
function unitsOfCodePoints(text: string): number[] {
  const units = [0];
  for (const character of text) units.push((units.at(-1) ?? 0) + character.length);
  return units;
}
