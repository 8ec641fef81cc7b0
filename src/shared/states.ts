/** Which hidden states of a run are meant. Only runs that kept them (tap `hidden`) have any. */
export interface StatesRequest {
  runId: string;
  stack: 'encoder' | 'decoder';
  /** Positions of the tokens that are averaged; all of them count the same. */
  pooled: number[];
  /** Positions whose similarity is given in full: the first so many. */
  shown: number;
}

/**
 * The geometry of a stack's hidden states: what enters its layers, embeddings first, and last what leaves it, after the
 * final norm where there is one.
 */
export interface StateGeometry {
  /** [states][positions]: Euclidean norms. */
  norms: number[][];
  /** [states]: mean cosine of two different positions; null for a single one. */
  cosines: (number | null)[];
  /** Cosines of the last state: [shown, shown], at most all positions. */
  similarity: Float32Array;
  /** Vectors of the last state: of the first position, of the last, and the mean over `pooled`. */
  vectors: { first: Float32Array; last: Float32Array; mean: Float32Array };
  /** Cosine of each position's last state with the mean. */
  toMean: number[];
}
