import type { AttentionKind, AttentionLayer } from '../../shared/attention';
import type { Inference } from '../../shared/inference';
import type { Sight } from './types';

/** Positions that maps show of each axis. */
export const SHOWN_POSITIONS = 64;

/** What a run's attention really looked at, by kind: the largest weight over all heads and layers, zero or not. */
export async function sightsOf(
  inference: Inference,
  runId: string,
  layers: readonly AttentionLayer[],
  signal?: AbortSignal,
): Promise<Sight[]> {
  const sights: Sight[] = [];
  for (const kind of ['encoder', 'decoder', 'cross'] as const) {
    const layer = layers.find((one) => one.kind === kind);
    if (!layer) continue;
    const cut = {
      queries: firstOf(layer.queries),
      keys: firstOf(layer.keys),
      renormalize: false,
      threshold: 0,
    };
    const source = { from: 'layers', kind, reduce: 'max' } as const;
    const { rows, columns, weights } = await inference.request('matrix', { runId, source, ...cut }, signal);
    sights.push(sightOf(kind, rows, columns, weights));
  }
  return sights;
}

/** Which weights are not zero. */
export function sightOf(
  kind: AttentionKind,
  queries: number,
  keys: number,
  weights: ArrayLike<number>,
): Sight {
  const seen = Array.from(weights, (weight) => (weight > 0 ? 1 : 0));
  let ahead = 0;
  for (let query = 0; query < queries && kind !== 'cross'; query++) {
    for (let key = query + 1; key < keys; key++) ahead += seen[query * keys + key] ?? 0;
  }
  return { kind, queries, keys, seen, count: seen.reduce<number>((sum, one) => sum + one, 0), ahead };
}

function firstOf(length: number): { tokens: number[] }[] {
  return Array.from({ length: Math.min(length, SHOWN_POSITIONS) }, (_, position) => ({ tokens: [position] }));
}
