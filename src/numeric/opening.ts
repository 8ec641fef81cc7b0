import type { AttentionKind, HeadAddress } from '../shared/attention';
import type { ReadLayer, WeightReader } from './reader';
import { headOf, layersOf } from './reader';

/** Rows that are looked at, evenly spaced: enough to rank heads by. */
const MOST_QUERIES = 64;

/** Rows and columns that stand for ordinary tokens. */
export interface OrdinaryTokens {
  queries: number[];
  keys: number[];
}

/**
 * The head of a kind that is worth seeing first: the one with the largest mean over ordinary queries q of
 * max over ordinary keys k of A[q,k] − max(mean of column k, mean of diagonal q − k); in cross-attention without the diagonal.
 * Self, neighbors and fixed distances, special tokens, columns that every row reads and evenly spread rows count for
 * nothing. Null where there are no such rows.
 */
export async function openingHead(
  reader: WeightReader,
  kind: AttentionKind,
  { queries, keys }: OrdinaryTokens,
  signal?: AbortSignal,
): Promise<HeadAddress | null> {
  const step = Math.max(1, Math.ceil(queries.length / MOST_QUERIES));
  const rows = queries.filter((_, index) => index % step === 0);
  let best: (HeadAddress & { score: number }) | null = null;
  for await (const layer of layersOf(reader, kind, signal)) {
    for (let head = 0; head < layer.heads; head++) {
      const score = selectivity(layer, head, rows, keys);
      if (score !== null && score > (best?.score ?? -Infinity))
        best = { kind, layer: layer.layer, head, score };
    }
  }
  return best && { kind, layer: best.layer, head: best.head };
}

function selectivity(layer: ReadLayer, head: number, rows: number[], keys: number[]): number | null {
  const weights = headOf(layer, head);
  const usual = usualOf(layer, weights, rows, keys);
  let sum = 0;
  let counted = 0;
  for (const row of rows) {
    let most = -Infinity;
    for (const key of keys) {
      if (layer.kind === 'decoder' && key > row) break;
      most = Math.max(most, (weights[row * layer.keys + key] as number) - usual(row, key));
    }
    if (most === -Infinity) continue;
    sum += most;
    counted++;
  }
  return counted > 0 ? sum / counted : null;
}

/** What a cell's column, or its diagonal, carries on average over the rows. */
function usualOf(
  { kind, queries, keys: width }: ReadLayer,
  weights: Float32Array,
  rows: number[],
  keys: number[],
): (row: number, key: number) => number {
  const columns = new Float64Array(width);
  const diagonals = new Float64Array(queries + width);
  const counts = new Float64Array(queries + width);
  for (const row of rows) {
    for (const key of keys) {
      const weight = weights[row * width + key] as number;
      const diagonal = row - key + width;
      columns[key] = (columns[key] as number) + weight / rows.length;
      diagonals[diagonal] = (diagonals[diagonal] as number) + weight;
      counts[diagonal] = (counts[diagonal] as number) + 1;
    }
  }
  const column = (key: number) => columns[key] as number;
  if (kind === 'cross') return (_, key) => column(key);
  return (row, key) => {
    const diagonal = row - key + width;
    return Math.max(column(key), (diagonals[diagonal] as number) / (counts[diagonal] as number));
  };
}
