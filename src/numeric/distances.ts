import type { AttentionKind } from '../shared/attention';
import type { HeadDistance } from '../shared/compare';
import type { WeightReader } from './reader';
import { headOf, layerOf, layersOf } from './reader';
import { meanVariation } from './similarity';

/** How far the heads of two runs are apart, for those that both have with matrices of the same shape. */
export async function headDistances(
  left: WeightReader,
  right: WeightReader,
  kind: AttentionKind,
  signal?: AbortSignal,
): Promise<HeadDistance[]> {
  const found: HeadDistance[] = [];
  for await (const layer of layersOf(left, kind, signal)) {
    if (!right.layers.some((one) => one.kind === kind && one.layer === layer.layer)) continue;
    const other = await layerOf(right, kind, layer.layer);
    if (other.queries !== layer.queries || other.keys !== layer.keys) continue;
    for (let head = 0; head < Math.min(layer.heads, other.heads); head++) {
      const distance = meanVariation(headOf(layer, head), headOf(other, head), layer.queries);
      found.push({ kind, layer: layer.layer, head, distance });
    }
  }
  return found;
}
