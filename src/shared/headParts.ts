import type { AttentionKind } from './attention';

/** What one head computes its weights and its output from: row-major, queries first. */
export interface HeadParts {
  kind: AttentionKind;
  layer: number;
  head: number;
  /** Attention layers of the stack, and heads of this one. */
  layers: number;
  heads: number;
  /** Fewer than `heads` where several query heads share one. */
  keyHeads: number;
  tokens: number;
  /** Numbers of a query or key, and of a value. */
  size: number;
  valueSize: number;
  /** As multiplied, factors that the export put into them divided out: [tokens, size]. With rotary positions: after the rotation. */
  query: Float32Array;
  key: Float32Array;
  /** [tokens, valueSize] */
  value: Float32Array;
  /** What the product is multiplied by before the softmax. */
  scale: number;
  /** The softmax's input; -Infinity where the key is masked: [tokens, tokens]. */
  scores: Float32Array;
  weights: Float32Array;
  /** A learned sink takes part in the softmax: rows sum to less than 1. */
  sink: boolean;
  /**
   * Weights times values of all heads, side by side, against what the layer's output projection reads: the width, and the
   * largest difference of two numbers. Null where that tensor was not found.
   */
  concatenated: { width: number; difference: number } | null;
}
