import type { HeadAddress } from './attention';

/** One cell of a head's matrix: positions on the unshaped axes. */
export interface CellAddress extends HeadAddress {
  query: number;
  key: number;
}

/**
 * The arithmetic behind one attention weight, in double precision from the model's own tensors:
 *   product = Σᵢ q[i] · k[i],  score = product · scale + added,
 *   weight = exp(score − largest) / denominator,  denominator = Σ over the row of exp(score − largest).
 * `weight` equals `shown` within 1e-5, or the request fails.
 */
export interface CellArithmetic extends CellAddress {
  /** Head size. */
  size: number;
  /** As multiplied, factors that the export put into them divided out: [size]. With rotary positions: after the rotation. */
  q: Float32Array;
  k: Float32Array;
  /** q[i] · k[i]: [size]. */
  products: Float32Array;
  product: number;
  /** 1/√size in most models; 1 in T5. */
  scale: number;
  /** Key/value head that the head reads; differs from `head` in grouped-query attention. */
  keyHead: number;
  /** product · scale */
  scaled: number;
  /** What the model adds after scaling: relative position bias, mask, the effect of soft-capping. 0 where it adds nothing. */
  added: number;
  /** The softmax's input; −Infinity where the key is masked. */
  score: number;
  masked: boolean;
  /** The softmax row: every key's score (−Infinity where masked) and weight, [keys]. */
  scores: Float32Array;
  weights: Float32Array;
  largest: number;
  /** Includes a learned sink, if the model has one. */
  denominator: number;
  weight: number;
  /** The weight that the views show. */
  shown: number;
}
