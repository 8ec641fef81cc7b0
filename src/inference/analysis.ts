import * as l10n from '@vscode/l10n';
import { matrixOf } from '../numeric/aggregate';
import { headDistances } from '../numeric/distances';
import { headTable } from '../numeric/headTable';
import { openingHead } from '../numeric/opening';
import { offsetMeans } from '../numeric/offsets';
import { headProfiles } from '../numeric/profile';
import { shapeMatrix } from '../numeric/shape';
import { similarHeads } from '../numeric/similarity';
import { findSinks } from '../numeric/sinks';
import type { MatrixSource } from '../shared/aggregate';
import { ProbeError } from '../shared/errors';
import type {
  AxisFacts,
  Cut,
  InferenceMethod,
  InferenceMethods,
  LayerProgress,
  ProgressOf,
  TokenGroup,
} from '../shared/inference';
import type { WeightReader } from '../numeric/reader';

type Params<M extends InferenceMethod> = InferenceMethods[M][0];
type Result<M extends InferenceMethod> = InferenceMethods[M][1];
type Analysis =
  | 'matrix'
  | 'profile'
  | 'sinks'
  | 'openingHead'
  | 'headMetrics'
  | 'similarHeads'
  | 'offsetMeans'
  | 'headDistances';
type Handlers = {
  [M in Analysis]: (
    params: Params<M>,
    signal?: AbortSignal,
    onProgress?: (progress: ProgressOf<M>) => void,
  ) => Promise<Result<M>>;
};

/** Where runs are found: the store of the inference process, or a page that carries one. */
export interface Runs {
  source(runId: string): Promise<WeightReader>;
}

/** The requests that are answered from the weights of runs that are there: arithmetic, no model. */
export function analyses(store: Runs): Handlers {
  return {
    matrix: async ({ runId, source, ...cut }, signal, onProgress) => {
      const run = await store.source(runId);
      checkCut(run, source.kind, cut);
      const whole = await matrixOf(onProgress ? counted(run, source, onProgress) : run, source, signal);
      const { rows, columns, values } = shapeMatrix(whole, cut.queries, cut.keys, cut);
      return { rows, columns, weights: Float32Array.from(values) };
    },
    profile: async ({ runId, ...request }, signal) => {
      const run = await store.source(runId);
      checkCut(run, request.kind, request);
      const { direction, item, queries, keys } = request;
      if (item >= (direction === 'from' ? queries : keys).length) throw badPositions();
      return headProfiles(run, request, signal);
    },
    sinks: async ({ runId, kind }, signal) => findSinks(await store.source(runId), kind, signal),
    openingHead: async ({ runId, kind, queries, keys }, signal) => {
      const run = await store.source(runId);
      const groups = (positions: number[]) => positions.map((at) => ({ tokens: [at] }));
      checkCut(run, kind, { queries: groups(queries), keys: groups(keys) });
      return openingHead(run, kind, { queries, keys }, signal);
    },
    headMetrics: async ({ runId, axes }, signal) => {
      const run = await store.source(runId);
      const axesOf = (kind: keyof typeof axes) => {
        const known = axes[kind];
        const layer = run.layers.find((one) => one.kind === kind);
        if (!known || !isAxis(known.queries, layer?.queries) || !isAxis(known.keys, layer?.keys)) {
          throw badPositions();
        }
        return known;
      };
      return headTable(run, axesOf, signal);
    },
    similarHeads: async ({ runId, count, ...address }, signal) =>
      similarHeads(await store.source(runId), address, count, signal),
    offsetMeans: async ({ runId, ...request }, signal) => {
      const run = await store.source(runId);
      const { kind, offsets, first, end } = request;
      const rows = run.layers.find((layer) => layer.kind === kind)?.queries ?? 0;
      const inside = offsets.every((offset) => offset >= 0 && offset <= first);
      if (kind === 'cross' || !inside || first >= end || end > rows) throw badPositions();
      return offsetMeans(run, request, signal);
    },
    headDistances: async ({ runId, other, kind }, signal) =>
      headDistances(await store.source(runId), await store.source(other), kind, signal),
  };
}

/** A run that tells how many of the layers that a matrix takes have been read. */
function counted(
  { layers, view }: WeightReader,
  { from, kind }: MatrixSource,
  onProgress: (progress: LayerProgress) => void,
): WeightReader {
  const everywhere = from === 'rollout' && kind === 'cross';
  const one = from === 'head' || from === 'heads';
  const of = one ? 1 : layers.filter((layer) => everywhere || layer.kind === kind).length;
  let done = 0;
  return {
    layers,
    view: async (index) => {
      const weights = await view(index);
      onProgress({ done: ++done, of });
      return weights;
    },
  };
}

function checkCut(
  run: WeightReader,
  kind: Params<'profile'>['kind'],
  { queries, keys }: Pick<Cut, 'queries' | 'keys'>,
): void {
  const layer = run.layers.find((one) => one.kind === kind);
  if (!layer) throw new ProbeError('usage', l10n.t`This result has no ${kind} attention.`);
  const inside = (groups: TokenGroup[], length: number) =>
    groups.every(
      ({ tokens }) =>
        tokens.length > 0 && tokens.every((at) => Number.isInteger(at) && at >= 0 && at < length),
    );
  if (!inside(queries, layer.queries) || !inside(keys, layer.keys)) throw badPositions();
}

function isAxis({ ids, special }: AxisFacts, length: number | undefined): boolean {
  return ids.length === length && special.length === length;
}

function badPositions(): ProbeError {
  return new ProbeError('usage', l10n.t('The request names tokens that this result does not have.'));
}
