import { ProbeError } from '../../shared/errors';
import { isRecord } from '../json';

/** Spelling -> id of a tokenizer's model. */
export type Vocabulary = Map<string, number>;

/** Finds the tokens of one pre-token: id and the code units `[from, to)` of the text it stands for. */
export interface TokenModel {
  vocabulary: Vocabulary;
  tokenize(text: string): ModelToken[];
}

export interface ModelToken {
  id: number;
  from: number;
  to: number;
}

const MAX_ID = 2 ** 24;

/** Reads `{spelling: id}`. Throws a ProbeError where that is not what it is. */
export function readVocabulary(vocab: unknown): Vocabulary {
  if (!isRecord(vocab)) throw new ProbeError('model', 'tokenizer.json has no vocabulary.');
  const vocabulary: Vocabulary = new Map();
  for (const [piece, id] of Object.entries(vocab)) {
    if (!isId(id)) {
      throw new ProbeError('model', 'tokenizer.json has a token without a usable id. Download it again.');
    }
    vocabulary.set(piece, id);
  }
  return vocabulary;
}

export function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < MAX_ID;
}

/** The ids of a character's bytes as `<0xNN>` tokens; null unless the vocabulary has all of them. */
export function byteTokens(vocabulary: Vocabulary, text: string): number[] | null {
  const ids = [];
  for (const byte of Buffer.from(text)) {
    const id = vocabulary.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
    if (id === undefined) return null;
    ids.push(id);
  }
  return ids;
}

/** Length of the longest spelling, in code units. */
export function longest(vocabulary: Vocabulary): number {
  let length = 0;
  for (const piece of vocabulary.keys()) length = Math.max(length, piece.length);
  return length;
}
