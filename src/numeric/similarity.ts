import type { HeadAddress } from '../shared/attention';
import type { SimilarHead } from '../shared/metrics';
import type { ReadLayer, WeightReader } from './reader';
import { logarithm } from './logarithm';
import { headOf, layerOf, layersOf } from './reader';

/** The heads of the same kind that are most like one, itself left out; the measure is with `SimilarHead`. */
export async function similarHeads(
  reader: WeightReader,
  { kind, layer, head }: HeadAddress,
  count: number,
  signal?: AbortSignal,
): Promise<SimilarHead[]> {
  const own = headOf(await layerOf(reader, kind, layer), head).slice();
  const ownLogs = logSum(own);
  const found: SimilarHead[] = [];
  for await (const other of layersOf(reader, kind, signal)) {
    for (let number = 0; number < other.heads; number++) {
      if (other.layer === layer && number === head) continue;
      const similarity = 1 - meanDivergence(own, ownLogs, headOf(other, number), other);
      found.push({ kind, layer: other.layer, head: number, similarity });
    }
  }
  return found.sort((a, b) => b.similarity - a.similarity).slice(0, count);
}

/**
 * Mean over queries of the Jensen-Shannon divergence of two heads' rows, base 2: with m = (p + q) / 2, that is
 * ½ Σ p ln p + ½ Σ q ln q − Σ m ln m, divided by ln 2. `own` is Σ p ln p of the first.
 */
function meanDivergence(
  a: Float32Array,
  own: number,
  b: Float32Array,
  { queries, keys }: Pick<ReadLayer, 'queries' | 'keys'>,
): number {
  let other = 0;
  let both = 0;
  for (let i = 0; i < queries * keys; i++) {
    const q = b[i] as number;
    const middle = ((a[i] as number) + q) / 2;
    other += q * logarithm(q);
    both += middle * logarithm(middle);
  }
  return Math.max(0, own / 2 + other / 2 - both) / (queries * Math.LN2);
}

/** Σ p ln p */
function logSum(weights: Float32Array): number {
  let sum = 0;
  for (const p of weights) sum += p * logarithm(p);
  return sum;
}

/** Mean over queries of the total variation distance of two heads' rows: half the sum of absolute differences. */
export function meanVariation(a: ArrayLike<number>, b: ArrayLike<number>, queries: number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number));
  return sum / (2 * queries);
}
