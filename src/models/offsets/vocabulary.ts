import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import type { TokenAlgorithm } from '../../shared/tokenization';
import { isRecord } from '../json';

/** Spelling -> id of a tokenizer's model. */
export type Vocabulary = Map<string, number>;

/** Finds the tokens of one pre-token: id and the code units `[from, to)` of the text it stands for. */
export interface TokenModel {
  algorithm: TokenAlgorithm;
  vocabulary: Vocabulary;
  /** Tells `onStep` what it does on its way, in order. */
  tokenize(text: string, onStep?: OnStep): ModelToken[];
}

/** One step from a pre-token to its tokens; ranges count the pre-token's code units. */
export type ModelStep = ModelToken &
  (
    | { kind: 'symbol' }
    /** `left`: number of the symbol at which the left part begins. */
    | { kind: 'merge'; left: number; rank: number }
    /** `longer`: spellings tried in vain before; `id` is -1 where nothing fits. */
    | { kind: 'match'; longer: number }
    /** A piece that fits, and the best sum of scores of a path that ends with it. */
    | { kind: 'candidate'; score: number; total: number }
    | { kind: 'chosen'; total: number }
  );

export type OnStep = (step: ModelStep) => void;

export interface ModelToken {
  id: number;
  from: number;
  to: number;
}

const MAX_ID = 2 ** 24;

/** Reads `{spelling: id}`. Throws a ProbeError where that is not what it is. */
export function readVocabulary(vocab: unknown): Vocabulary {
  if (!isRecord(vocab)) throw new ProbeError('model', l10n.t('tokenizer.json has no vocabulary.'));
  const vocabulary: Vocabulary = new Map();
  for (const [piece, id] of Object.entries(vocab)) {
    if (!isId(id)) {
      throw new ProbeError(
        'model',
        l10n.t('tokenizer.json has a token without a usable id. Download it again.'),
      );
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
