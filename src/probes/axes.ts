import { axisItems } from '../numeric/axes';
import type { Axis } from '../numeric/axes';
import type { AxisItem, Shaping } from '../shared/aggregate';
import type { AttentionKind, AttentionResult } from '../shared/attention';
import { axisTokens } from '../shared/attention';
import type { AxisFacts, Inference } from '../shared/inference';
import type { Token } from '../shared/tokens';

/** What an analysis of a run needs to know of it. */
export type AnalyzedRun = Pick<AttentionResult, 'runId' | 'segments' | 'tokens' | 'target' | 'layers'>;

/** The rows and columns of a kind of attention, with the text that their offsets count in. */
export function axesOf(run: AnalyzedRun, kind: AttentionKind): { queries: Axis; keys: Axis } {
  const { queries, keys } = axisTokens(run, kind);
  const axis = (tokens: Token[]): Axis => ({
    tokens,
    segments: run.target && tokens === run.target.tokens ? [run.target] : run.segments,
  });
  return { queries: axis(queries), keys: axis(keys) };
}

/** Ids and marks of the tokens on an axis: what measures know of them. */
export function factsOf({ tokens }: Axis): AxisFacts {
  return { ids: tokens.map(({ id }) => id), special: tokens.map(({ special }) => special) };
}

const found = new WeakMap<AnalyzedRun, Map<AttentionKind, Promise<number[]>>>();

/** Positions of a run's sink keys: found once, because every weight of a kind is looked at. */
export function sinksOf(inference: Inference, run: AnalyzedRun, kind: AttentionKind): Promise<number[]> {
  const known = found.get(run) ?? new Map<AttentionKind, Promise<number[]>>();
  found.set(run, known);
  const sinks = known.get(kind) ?? inference.request('sinks', { runId: run.runId, kind });
  known.set(kind, sinks);
  sinks.catch(() => known.delete(kind));
  return sinks;
}

/** Rows and columns as the user wants to see them. */
export function shapedAxes(
  run: AnalyzedRun,
  kind: AttentionKind,
  shaping: Shaping,
  sinks: readonly number[],
): { queries: AxisItem[]; keys: AxisItem[] } {
  const { queries, keys } = axesOf(run, kind);
  return {
    queries: axisItems(queries, shaping),
    keys: axisItems(keys, shaping, shaping.hideSinks ? sinks : []),
  };
}
