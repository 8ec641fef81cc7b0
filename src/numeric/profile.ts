import type { Direction } from '../shared/aggregate';
import type { AttentionKind, HeadAddress } from '../shared/attention';
import type { ReadLayer, WeightReader } from './reader';
import { layersOf } from './reader';
import type { Group } from './shape';

export interface ProfileRequest {
  kind: AttentionKind;
  direction: Direction;
  /** Index of the row's or column's group. */
  item: number;
  queries: readonly Group[];
  keys: readonly Group[];
  renormalize: boolean;
  threshold: number;
}

/** Weights of one row or column in every head of a kind: [heads, groups of the other axis]. */
export interface HeadProfiles {
  heads: HeadAddress[];
  weights: Float32Array;
  mean: Float32Array;
  max: Float32Array;
}

/** What `shapeMatrix` makes of every head of a kind, one row or column of it. */
export async function headProfiles(
  reader: WeightReader,
  request: ProfileRequest,
  signal?: AbortSignal,
): Promise<HeadProfiles> {
  const { kind, direction, queries, keys } = request;
  const width = direction === 'from' ? keys.length : queries.length;
  const heads: HeadAddress[] = [];
  const rows: Float32Array[] = [];
  for await (const layer of layersOf(reader, kind, signal)) {
    for (let head = 0; head < layer.heads; head++) {
      heads.push({ kind, layer: layer.layer, head });
      rows.push(profileOf(layer, head, request));
    }
  }
  const weights = new Float32Array(rows.length * width);
  const mean = new Float32Array(width);
  const max = new Float32Array(width);
  for (const [index, row] of rows.entries()) {
    weights.set(row, index * width);
    row.forEach((weight, i) => {
      mean[i] = (mean[i] as number) + weight / rows.length;
      max[i] = Math.max(max[i] as number, weight);
    });
  }
  return { heads, weights, mean, max };
}

function profileOf(layer: ReadLayer, head: number, request: ProfileRequest): Float32Array {
  const { direction, item, threshold } = request;
  const [rows, columns] =
    direction === 'from'
      ? [request.queries.slice(item, item + 1), request.keys]
      : [request.queries, request.keys.slice(item, item + 1)];
  const cell = cellReader(layer, head, request);
  const values = rows.flatMap((row) => columns.map((column) => cell(row, column)));
  return Float32Array.from(values, (value) => (value < threshold ? 0 : value));
}

/** Sum over the keys of a group, mean over the queries of another, rows divided by what is left of them if wanted. */
function cellReader(
  { queries, keys: width, weights }: ReadLayer,
  head: number,
  { keys, renormalize }: ProfileRequest,
): (row: Group, column: Group) => number {
  const start = head * queries * width;
  const sum = (query: number, positions: readonly number[]) => {
    const at = start + query * width;
    let total = 0;
    for (const key of positions) total += weights[at + key] as number;
    return total;
  };
  const left = renormalize ? keys.flatMap(({ tokens }) => tokens) : [];
  const masses = new Map<number, number>();
  const massOf = (query: number) => {
    if (!renormalize) return 1;
    const known = masses.get(query) ?? (sum(query, left) || 1);
    masses.set(query, known);
    return known;
  };
  return (row, column) => {
    let total = 0;
    for (const query of row.tokens) total += sum(query, column.tokens) / massOf(query);
    return total / row.tokens.length;
  };
}
