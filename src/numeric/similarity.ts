import type { HeadAddress } from '../shared/attention';
import type { SimilarHead } from '../shared/metrics';
import type { ReadLayer, WeightReader } from './reader';
import { headOf, layerOf, layersOf } from './reader';

/** The heads of the same kind that are most like one, itself left out; the measure is with `SimilarHead`. */
export async function similarHeads(
  reader: WeightReader,
  { kind, layer, head }: HeadAddress,
  count: number,
  signal?: AbortSignal,
): Promise<SimilarHead[]> {
  const own = headOf(await layerOf(reader, kind, layer), head).slice();
  const found: SimilarHead[] = [];
  for await (const other of layersOf(reader, kind, signal)) {
    for (let number = 0; number < other.heads; number++) {
      if (other.layer === layer && number === head) continue;
      const similarity = 1 - meanDivergence(own, headOf(other, number), other);
      found.push({ kind, layer: other.layer, head: number, similarity });
    }
  }
  return found.sort((a, b) => b.similarity - a.similarity).slice(0, count);
}

/** Mean over queries of the Jensen-Shannon divergence of two heads' rows, base 2. */
export function meanDivergence(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { queries, keys }: Pick<ReadLayer, 'queries' | 'keys'>,
): number {
  let sum = 0;
  for (let i = 0; i < queries * keys; i++) {
    const [p, q] = [a[i] as number, b[i] as number];
    const middle = (p + q) / 2;
    if (p > 0) sum += (p * Math.log(p / middle)) / 2;
    if (q > 0) sum += (q * Math.log(q / middle)) / 2;
  }
  return sum / (queries * Math.LN2);
}

/** Mean over queries of the total variation distance of two heads' rows: half the sum of absolute differences. */
export function meanVariation(a: ArrayLike<number>, b: ArrayLike<number>, queries: number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number));
  return sum / (2 * queries);
}
