import { headOf as sliceOf, layerOf } from '../../src/numeric/reader';
import type { WeightReader } from '../../src/numeric/reader';
import type { AttentionLayer, HeadAddress, HeadMatrix, Overview } from '../../src/shared/attention';

/** One head's matrix, from the weights of a page. */
export async function headOf(reader: WeightReader, { kind, layer, head }: HeadAddress): Promise<HeadMatrix> {
  const found = await layerOf(reader, kind, layer);
  return { kind, layer, head, queries: found.queries, keys: found.keys, weights: sliceOf(found, head) };
}

/** All heads at thumbnail size: the bytes of a page are those of an overview already, so the largest of each cell is taken. */
export function overviewOf(layers: AttentionLayer[], bytes: Uint8Array, side: number): Overview {
  let byteOffset = 0;
  const entries = layers.map((layer) => {
    const entry = {
      ...layer,
      rows: Math.min(side, layer.queries),
      columns: Math.min(side, layer.keys),
      byteOffset,
    };
    byteOffset += layer.heads * entry.rows * entry.columns;
    return entry;
  });
  const out = new Uint8Array(byteOffset);
  let from = 0;
  for (const entry of entries) {
    const size = entry.queries * entry.keys;
    for (let head = 0; head < entry.heads; head++, from += size) {
      const start = entry.byteOffset + head * entry.rows * entry.columns;
      shrink(
        bytes.subarray(from, from + size),
        entry,
        out.subarray(start, start + entry.rows * entry.columns),
      );
    }
  }
  return { layers: entries, bytes: out };
}

function shrink(
  head: Uint8Array,
  { queries, keys, rows, columns }: Overview['layers'][number],
  out: Uint8Array,
): void {
  for (let query = 0, i = 0; query < queries; query++) {
    const row = Math.floor((query * rows) / queries) * columns;
    for (let key = 0; key < keys; key++, i++) {
      const cell = row + Math.floor((key * columns) / keys);
      if ((head[i] as number) > (out[cell] as number)) out[cell] = head[i] as number;
    }
  }
}
