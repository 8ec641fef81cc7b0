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
    const whole: Piece = { text: text.replace(/\p{Cs}/gu, '\uFFFD'), alignment: null, at: 0, origin: 0 };
    const tokens: AlignedToken[] = [];
    for (const raw of this.rawFinder.split(whole)) {
      const pieces = raw.id === undefined ? this.normalizedFinder.split(this.normalize(raw)) : [raw];
      for (const piece of pieces) this.addTokens(piece, tokens);
    }
    return tokens;
  }

  private addTokens(piece: Piece, tokens: AlignedToken[]): void {
    const { text, id } = piece;
    if (text === '') return;
    if (id !== undefined) {
      tokens.push({ id, start: startOf(piece, 0), end: endOf(piece, text.length - 1), cut: text });
      return;
    }
    for (const part of this.preTokenize(piece)) {
      for (const token of this.model.tokenize(part.text)) {
        tokens.push({ id: token.id, start: startOf(part, token.from), end: endOf(part, token.to - 1) });
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
        'tokenizer.json has a model of an unknown type. WordPiece, BPE and Unigram work.',
      );
  }
}

function guessType(config: unknown): string {
  if (listAt(config, 'merges').length > 0) return 'BPE';
  if (listAt(config, 'vocab').length > 0) return 'Unigram';
  return stringAt(config, 'continuing_subword_prefix') === null ? 'WordLevel' : 'WordPiece';
}
