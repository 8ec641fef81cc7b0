import { rowEntropy } from '../../src/shared/attention';
import type { AttentionKind, HeadMatrix } from '../../src/shared/attention';

/** One query's row, summed up. */
export interface RowSummary {
  query: number;
  /** Strongest keys first; ties in key order. */
  top: { key: number; weight: number }[];
  /** Keys the query can see but that are not in `top`, and the sum of their weights. */
  restCount: number;
  restSum: number;
  /** In bits. */
  entropy: number;
  /** Entropy of a row that spreads evenly over the keys it can see: log2 of their number. */
  maxEntropy: number;
}

/** Keys that a query can see: in causal (decoder) self-attention itself and those before it. */
export function visibleKeys(kind: AttentionKind, query: number, keys: number): number {
  return kind === 'decoder' ? Math.min(keys, query + 1) : keys;
}

export function matrixRow({ weights, keys }: HeadMatrix, query: number): Float32Array {
  return weights.subarray(query * keys, (query + 1) * keys);
}

export function summarizeRow(
  head: HeadMatrix,
  query: number,
  count: number,
  visible = visibleKeys(head.kind, query, head.keys),
): RowSummary {
  const row = matrixRow(head, query);
  const order = Array.from({ length: visible }, (_, key) => key).sort(
    (a, b) => (row[b] as number) - (row[a] as number) || a - b,
  );
  const rest = order.slice(count);
  return {
    query,
    top: order.slice(0, count).map((key) => ({ key, weight: row[key] as number })),
    restCount: rest.length,
    restSum: rest.reduce((sum, key) => sum + (row[key] as number), 0),
    entropy: rowEntropy(row),
    maxEntropy: Math.log2(Math.max(1, visible)),
  };
}

export const formatWeight = (weight: number): string => weight.toFixed(4);
export const formatBits = (bits: number): string => Math.max(0, bits).toFixed(2);
