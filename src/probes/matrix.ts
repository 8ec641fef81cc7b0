import type { AxisItem, Direction, MatrixSource, Profile, ShapedMatrix, Shaping } from '../shared/aggregate';
import { formulaOf } from '../shared/aggregate';
import type { AttentionKind } from '../shared/attention';
import type { Cut, Inference, LayerProgress } from '../shared/inference';
import type { AnalyzedRun } from './axes';
import { shapedAxes, sinksOf } from './axes';

/** A head or aggregate of a run, cut to what the user wants to see. */
export async function shapedMatrix(
  inference: Inference,
  run: AnalyzedRun,
  source: MatrixSource,
  shaping: Shaping,
  signal?: AbortSignal,
  onProgress?: (progress: LayerProgress) => void,
): Promise<ShapedMatrix> {
  const sinks = await sinksOf(inference, run, source.kind);
  const { queries, keys } = shapedAxes(run, source.kind, shaping, sinks);
  const request = { runId: run.runId, source, ...cutOf(queries, keys, shaping) };
  const { weights } = await inference.request('matrix', request, signal, onProgress);
  return { queries, keys, weights, largest: largestOf(weights), sinks, formula: formulaOf(source, shaping) };
}

export interface ProfileQuestion {
  kind: AttentionKind;
  direction: Direction;
  /** Index of the row (`from`) or column (`to`) after shaping. */
  item: number;
  shaping: Shaping;
}

/** One row or column in every head of a kind. */
export async function attentionProfile(
  inference: Inference,
  run: AnalyzedRun,
  { kind, direction, item, shaping }: ProfileQuestion,
  signal?: AbortSignal,
): Promise<Profile> {
  const sinks = await sinksOf(inference, run, kind);
  const { queries, keys } = shapedAxes(run, kind, shaping, sinks);
  const request = { runId: run.runId, kind, direction, item, ...cutOf(queries, keys, shaping) };
  const profile = await inference.request('profile', request, signal);
  return { direction, items: direction === 'from' ? keys : queries, ...profile };
}

export function cutOf(queries: AxisItem[], keys: AxisItem[], { renormalize, threshold }: Shaping): Cut {
  const groups = (items: AxisItem[]) => items.map(({ tokens }) => ({ tokens }));
  return { queries: groups(queries), keys: groups(keys), renormalize, threshold };
}

export function largestOf(weights: Float32Array): number {
  return weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
}
