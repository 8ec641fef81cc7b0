import * as l10n from '@vscode/l10n';
import type { Generation } from './generation';
import type { ModelFacts } from './model';
import type { ProviderUse } from './provider';
import type { TextSegment, Token, TokenWindow } from './tokens';

/** Encoder self-attention, decoder (causal) self-attention, or cross-attention. */
export type AttentionKind = 'encoder' | 'decoder' | 'cross';

/** One layer's attention weights: a tensor [heads, queries, keys] that stays in the inference process. */
export interface AttentionLayer {
  kind: AttentionKind;
  /** Counted from 0 inside its kind. */
  layer: number;
  heads: number;
  queries: number;
  keys: number;
}

/** The decoder's side of an encoder-decoder run. */
export interface TargetText {
  text: string;
  tokens: Token[];
  /** Who wrote it: the user, or the model. */
  source: 'given' | 'generated';
}

/** Everything about one attention run but its tensors. Plain data: goes over wires and to disk as JSON. */
export interface AttentionResult {
  /** Names the run's tensors in the inference process and its file on disk. */
  runId: string;
  model: ModelFacts;
  segments: TextSegment[];
  tokens: Token[];
  target?: TargetText;
  /** How the model wrote the target, or the last segment of `segments`; absent where it wrote nothing step by step. */
  generation?: Generation;
  layers: AttentionLayer[];
  /** The head to show first, by `OPENING_RULE`; absent where no head has what the rule looks for. */
  opening?: HeadAddress;
  /** Set where the input was longer than the model takes. */
  window?: TokenWindow;
  /** Milliseconds, wall clock. `openMs` is 0 when the model was open already. */
  timing: { openMs: number; tokenizeMs: number; runMs: number };
  /** What computed the run; absent in results of earlier versions. */
  provider?: ProviderUse;
  /** ISO 8601. */
  createdAt: string;
}

/** Which head is shown first, for people. */
export const OPENING_RULE = l10n.t(
  'the head in which words read other words most selectively: the largest mean over ordinary tokens q of maxₖ A[q,k] − max(mean of column k, mean of diagonal q−k), over ordinary tokens k',
);

/** Which matrix is meant: `kind` and `layer` name the tensor, `head` the slice. */
export interface HeadAddress {
  kind: AttentionKind;
  layer: number;
  head: number;
}

/**
 * All heads at thumbnail size. Cell (r, c) of a thumbnail is the largest weight of the queries and keys it covers
 * (so that one strong link stays visible), stored as `round(255 * sqrt(weight))`.
 */
export interface Overview {
  layers: (AttentionLayer & {
    /** Size of one thumbnail in cells. */
    rows: number;
    columns: number;
    /** Offset of head 0 in `bytes`; head h starts `h * rows * columns` later. */
    byteOffset: number;
  })[];
  bytes: Uint8Array;
}

/** One head at full resolution: `weights[query * keys + key]`, rows sum to 1. */
export interface HeadMatrix extends HeadAddress {
  queries: number;
  keys: number;
  weights: Float32Array;
}

/** Tokens on the query and the key axis of a kind of attention. */
export function axisTokens(
  result: Pick<AttentionResult, 'tokens' | 'target'>,
  kind: AttentionKind,
): { queries: Token[]; keys: Token[] } {
  const target = result.target?.tokens ?? result.tokens;
  if (kind === 'encoder') return { queries: result.tokens, keys: result.tokens };
  if (kind === 'decoder') return { queries: target, keys: target };
  return { queries: target, keys: result.tokens };
}

/** The segments of the user's text, without what the model wrote after them. */
export function writtenByUser({ segments }: Pick<AttentionResult, 'segments'>): TextSegment[] {
  return segments.filter(({ generated }) => !generated);
}

/** Shannon entropy of one row of attention weights, in bits: -sum p log2 p, with 0 log 0 = 0. */
export function rowEntropy(row: ArrayLike<number>): number {
  let bits = 0;
  for (let k = 0; k < row.length; k++) {
    const p = row[k] as number;
    if (p > 0) bits -= p * Math.log2(p);
  }
  return bits;
}
