import * as l10n from '@vscode/l10n';
import { ProbeError } from '../shared/errors';
import { listAt, ownValue, stringAt } from './json';
import { AddedTokenFinder, readAddedTokens, type AddedToken } from './offsets/addedTokens';
import { createBpe } from './offsets/bpe';
import { createNormalizer, type Normalizer } from './offsets/normalize';
import { endOf, startOf, type Piece } from './offsets/piece';
import { createPreTokenizer, type PreTokenizer } from './offsets/pretokenize';
import { createUnigram } from './offsets/unigram';
import type { TokenModel } from './offsets/vocabulary';
import { createWordLevel, createWordPiece } from './offsets/wordpiece';

/** A token of a text and the half-open range of UTF-16 code units it came from. */
export interface AlignedToken {
  id: number;
  start: number;
  end: number;
  /** The characters it was cut from, where it is an added token. */
  cut?: string;
}

/**
 * The stages of a tokenizer.json up to the model, each keeping track of where its characters came from. Equal to the
 * Rust-backed `tokenizers` library in ids and offsets (which counts code points, not code units); the JavaScript
 * library has no offsets and differs from it in rare characters.
 */
export class TextAligner {
  readonly model: TokenModel;
  readonly added: AddedToken[];
  private readonly normalize: Normalizer;
  private readonly preTokenize: PreTokenizer;
  private readonly rawFinder: AddedTokenFinder;
  private readonly normalizedFinder: AddedTokenFinder;

  /** Takes the parsed tokenizer.json. Throws a ProbeError of code `model` for what it cannot follow. */
  constructor(json: unknown) {
    this.model = createModel(ownValue(json, 'model'));
    this.normalize = createNormalizer(ownValue(json, 'normalizer'));
    this.preTokenize = createPreTokenizer(ownValue(json, 'pre_tokenizer'));
    this.added = readAddedTokens(json, this.model.vocabulary);
    this.rawFinder = new AddedTokenFinder(this.added.filter(({ normalized }) => !normalized));
    this.normalizedFinder = new AddedTokenFinder(
      this.added.filter(({ normalized }) => normalized),
      this.normalize,
    );
  }

  /** The tokens of a text, none added. Lone surrogates count as U+FFFD. */
  tokenize(text: string): AlignedToken[] {
    const tokens: AlignedToken[] = [];
    for (const part of this.parts(text)) {
      if (part.id !== undefined) {
        const [start, end] = [startOf(part, 0), endOf(part, part.text.length - 1)];
        tokens.push({ id: part.id, start, end, cut: part.text });
        continue;
      }
      for (const { id, from, to } of this.model.tokenize(part.text)) {
        tokens.push({ id, start: startOf(part, from), end: endOf(part, to - 1) });
      }
    }
    return tokens;
  }

  /** What the model sees of a text, one at a time: pre-tokens, and added tokens, which have an id already. */
  *parts(text: string): Generator<Piece> {
    const whole: Piece = { text: text.replace(/\p{Cs}/gu, '\uFFFD'), alignment: null, at: 0, origin: 0 };
    for (const raw of this.rawFinder.split(whole)) {
      const pieces = raw.id === undefined ? this.normalizedFinder.split(this.normalize(raw)) : [raw];
      for (const piece of pieces) {
        if (piece.text === '') continue;
        if (piece.id === undefined) yield* this.preTokenize(piece);
        else yield piece;
      }
    }
  }
}

/** Builds the `model` of tokenizer.json; old files leave its type out. */
function createModel(config: unknown): TokenModel {
  switch (stringAt(config, 'type') ?? guessType(config)) {
    case 'WordPiece':
      return createWordPiece(config);
    case 'BPE':
      return createBpe(config);
    case 'Unigram':
      return createUnigram(config);
    case 'WordLevel':
      return createWordLevel(config);
    default:
      throw new ProbeError(
        'model',
        l10n.t('tokenizer.json has a model of an unknown type. WordPiece, BPE and Unigram work.'),
      );
  }
}

function guessType(config: unknown): string {
  if (listAt(config, 'merges').length > 0) return 'BPE';
  if (listAt(config, 'vocab').length > 0) return 'Unigram';
  return stringAt(config, 'continuing_subword_prefix') === null ? 'WordLevel' : 'WordPiece';
}
