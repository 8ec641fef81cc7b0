import { SINK } from '../shared/aggregate';
import type { AttentionKind } from '../shared/attention';
import type { ReadLayer, WeightReader } from './reader';
import { layersOf } from './reader';

/** Positions of the keys that are sinks of a kind of attention; the rule is with `SINK`. */
export async function findSinks(
  reader: WeightReader,
  kind: AttentionKind,
  signal?: AbortSignal,
): Promise<number[]> {
  let drawn = new Int32Array(0);
  let heads = 0;
  for await (const layer of layersOf(reader, kind, signal)) {
    if (drawn.length === 0) drawn = new Int32Array(layer.keys);
    countSinks(layer, drawn);
    heads += layer.heads;
  }
  return [...drawn.keys()].filter((key) => (drawn[key] as number) >= SINK.heads * heads && drawn[key] !== 0);
}

/** Adds to `drawn`, for every key, the heads of a layer in which it is a sink. */
function countSinks({ kind, heads, queries, keys, weights }: ReadLayer, drawn: Int32Array): void {
  const sums = new Float64Array(keys);
  for (let head = 0; head < heads; head++) {
    sums.fill(0);
    for (let query = 0; query < queries; query++) {
      const at = (head * queries + query) * keys;
      const own = kind === 'cross' ? keys : Math.min(query, keys);
      for (let key = 0; key < own; key++) sums[key] = (sums[key] as number) + (weights[at + key] as number);
      // No query of a decoder sees what comes after it.
      const end = kind === 'decoder' ? own : keys;
      for (let key = own + 1; key < end; key++) {
        sums[key] = (sums[key] as number) + (weights[at + key] as number);
      }
    }
    for (let key = 0; key < keys; key++) {
      const others = kind === 'cross' ? queries : kind === 'decoder' ? queries - key - 1 : queries - 1;
      if (others >= SINK.queries && (sums[key] as number) > SINK.weight * others) {
        drawn[key] = (drawn[key] as number) + 1;
      }
    }
  }
}
