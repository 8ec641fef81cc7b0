import type { AttentionKind, HeadAddress } from '../shared/attention';
import type { WeightReader } from './reader';
import { layersOf } from './reader';

/** Mean of A[q, q − offset] over the queries from `first` up to `end`, of every head of a kind, one number an offset. */
export async function offsetMeans(
  reader: WeightReader,
  {
    kind,
    offsets,
    first,
    end,
  }: { kind: AttentionKind; offsets: readonly number[]; first: number; end: number },
  signal?: AbortSignal,
): Promise<(HeadAddress & { means: number[] })[]> {
  const found: (HeadAddress & { means: number[] })[] = [];
  for await (const { layer, heads, queries, keys, weights } of layersOf(reader, kind, signal)) {
    for (let head = 0; head < heads; head++) {
      const means = offsets.map((offset) => {
        let sum = 0;
        for (let query = first; query < end; query++) {
          sum += weights[(head * queries + query) * keys + query - offset] as number;
        }
        return sum / (end - first);
      });
      found.push({ kind, layer, head, means });
    }
  }
  return found;
}
