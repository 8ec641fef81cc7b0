import type { AttentionKind, AttentionResult, HeadAddress } from './attention';
import type { AxisItem } from './aggregate';

/** Two results side by side: two texts, two models or two checkpoints. */
export interface Comparison {
  /** The run that the panel shows. */
  runId: string;
  other: AttentionResult;
  kinds: ComparedKind[];
  /** Of all heads that both have, where matrices have the same shape; in the order of layers. */
  heads: HeadDistance[];
}

export interface ComparedKind {
  kind: AttentionKind;
  /** Whether cells can be subtracted: same number of queries and keys on both sides. */
  comparable: boolean;
  /** Why not, as a sentence; null where comparable. */
  reason: string | null;
  /** A warning where shapes agree but tokens do not, or one side has heads that the other lacks; null if all is well. */
  note: string | null;
}

export interface HeadDistance extends HeadAddress {
  /** Mean over queries of ½ Σₖ |A[q,k] − B[q,k]| (total variation): 0 same rows, 1 no key in common. */
  distance: number;
}

/** B − A cell by cell, after the same shaping of both. */
export interface DifferenceMatrix {
  queries: AxisItem[];
  keys: AxisItem[];
  /** −1 to 1. */
  differences: Float32Array;
  /** Largest absolute difference. */
  largest: number;
}
