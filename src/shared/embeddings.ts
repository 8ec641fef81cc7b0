import type { ModelRef, RunInput } from './inference';
import type { Tokenization, TokenizeRequest } from './tokenization';

/** What a part of the first layer's input says: which token, where it stands, which text it belongs to. */
export type TermKind = 'token' | 'position' | 'segment';

/** One term of the sum that enters the first layer; a number for each token. */
export interface EmbeddingTerm {
  kind: TermKind;
  /** Length of the vector. */
  norms: number[];
  /** Product with the sum, as a part of the sum's squared length: the shares of all terms add up to 1. */
  shares: number[];
  /** Cosine to the sum. */
  cosines: number[];
}

/** What enters the first layer of the encoder, or of the only stack. */
export interface FirstLayer {
  width: number;
  terms: EmbeddingTerm[];
  /** Lengths of the sums, and of what enters the layer: normed in between by some models. */
  sums: number[];
  entering: number[];
  /** The sum goes through a norm or a projection before it enters the layer. */
  isChanged: boolean;
  /** Largest difference of the terms' sum from the one that the model computed; null where there is one term, or where a fused operator keeps its sum. */
  difference: number | null;
}

/** A token of the vocabulary and the cosine of its embedding to the one that was asked for. */
export interface Neighbor {
  id: number;
  text: string;
  cosine: number;
}

export interface Neighborhood {
  id: number;
  /** Nearest first; the token itself is left out. */
  nearest: Neighbor[];
  /** Mean and standard deviation of the cosines to all other tokens. */
  mean: number;
  deviation: number;
}

/** Embeddings on their two main axes. */
export interface Projection {
  /** [x, y] of each id. */
  points: [number, number][];
  /** Parts of the variance that lie on each axis. */
  explained: [number, number];
}

/** Cosines of mean-pooled vectors: `[texts * texts]`, row-major. */
export interface PooledSimilarity {
  /** Tokens of each text, special ones included. */
  tokens: number[];
  /** Means of the token embeddings: words without order. */
  embeddings: number[];
  /** Means of the last hidden state (of the encoder, where there is one). */
  last: number[];
}

/** The inference process's requests about tokenizers and embeddings; a part of `InferenceMethods`. */
export interface EmbeddingMethods {
  /** A whole text's tokens, however many, and how some of them were made. */
  tokenize: [TokenizeRequest, Tokenization];
  /** Null where the look-up of the tokens was not found in the graph. */
  firstLayer: [RunInput, FirstLayer | null];
  /** The nearest tokens of the whole vocabulary by the cosine of their embeddings. */
  neighbors: [ModelRef & { ids: number[]; count: number }, Neighborhood[]];
  /** Principal components of the embeddings of some ids. */
  projection: [ModelRef & { ids: number[] }, Projection];
  /** How alike some texts are, each run by itself. */
  pooled: [ModelRef & { inputs: Pick<RunInput, 'ids' | 'typeIds'>[] }, PooledSimilarity];
}
