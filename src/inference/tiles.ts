import type { AttentionLayer, Overview } from '../shared/attention';

/** Attention weights of one layer, row-major [heads, queries, keys]. */
export interface LayerWeights extends AttentionLayer {
  weights: Float32Array;
}

/** A layer without its tensor. */
export function withoutWeights({ kind, layer, heads, queries, keys }: AttentionLayer): AttentionLayer {
  return { kind, layer, heads, queries, keys };
}

/** Number of weights in a layer. */
export function weightCount({ heads, queries, keys }: AttentionLayer): number {
  return heads * queries * keys;
}

/** The place of every thumbnail of a run, and how many bytes they take together. */
export function planOverview(layers: AttentionLayer[], side: number): Overview {
  let byteOffset = 0;
  const plan = layers.map((layer) => {
    const rows = Math.min(side, layer.queries);
    const columns = Math.min(side, layer.keys);
    const placed = { ...layer, rows, columns, byteOffset };
    byteOffset += layer.heads * rows * columns;
    return placed;
  });
  return { layers: plan, bytes: new Uint8Array(byteOffset) };
}

/** Max-pools one layer's heads into its thumbnails. */
export function paintThumbnails(overview: Overview, index: number, weights: Float32Array): void {
  const layer = overview.layers[index];
  if (!layer) throw new RangeError(`No layer ${index} in the overview.`);
  const { heads, queries, keys, rows, columns, byteOffset } = layer;
  const rowOf = cellOf(queries, rows);
  const starts = startsOf(keys, columns);
  const cells = new Float32Array(rows * columns);
  for (let head = 0; head < heads; head++) {
    cells.fill(0);
    poolMax(weights, head * queries * keys, cells, rowOf, starts);
    const at = byteOffset + head * cells.length;
    for (let i = 0; i < cells.length; i++) overview.bytes[at + i] = toByte(cells[i] as number);
  }
}

/** `round(255 * sqrt(weight))`: small weights stay visible. */
function toByte(weight: number): number {
  return Math.round(255 * Math.sqrt(Math.min(1, weight)));
}

/** Which of `cells` equal parts each of `count` positions falls into. */
function cellOf(count: number, cells: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => Math.floor((i * cells) / count));
}

/** The first position of each of `cells` equal parts of `count` positions, and the end of the last one. */
function startsOf(count: number, cells: number): Int32Array {
  return Int32Array.from({ length: cells + 1 }, (_, cell) => Math.ceil((cell * count) / cells));
}

/** A cell takes the largest weight of its part; the matrix begins at `from`. */
function poolMax(
  weights: Float32Array,
  from: number,
  cells: Float32Array,
  rowOf: Int32Array,
  starts: Int32Array,
): void {
  const columns = starts.length - 1;
  const keys = starts[columns] as number;
  for (let q = 0, line = from; q < rowOf.length; q++, line += keys) {
    let cell = (rowOf[q] as number) * columns;
    for (let column = 0, i = line; column < columns; column++, cell++) {
      const end = line + (starts[column + 1] as number);
      let most = cells[cell] as number;
      for (; i < end; i++) {
        const weight = weights[i] as number;
        if (weight > most) most = weight;
      }
      cells[cell] = most;
    }
  }
}
