import type { MatrixSource, Shaping } from '../shared/aggregate';
import { ProbeError } from '../shared/errors';
import type { ViewRequests } from '../shared/protocol';
import { isIndex, isKind, isRecord, isRunId, isShare } from './messages';

/* Checks of the parameters of requests that analyze a run: only what the contract allows comes through. */

type Analyses = Pick<
  ViewRequests,
  'matrix' | 'profile' | 'headMetrics' | 'similarHeads' | 'headProbe' | 'cell' | 'difference'
>;

const MOST_HEADS = 10_000;

export const analysisParams: { [K in keyof Analyses]: (body: unknown) => Analyses[K][0] } = {
  matrix: (body) => {
    const { runId } = run(body);
    return { runId, source: source(body), shaping: shaping(body) };
  },
  profile: (body) => {
    const { runId, kind, direction, item } = run(body);
    if (!isKind(kind) || !isIndex(item) || (direction !== 'from' && direction !== 'to')) throw malformed();
    return { runId, kind, direction, item, shaping: shaping(body) };
  },
  headMetrics: (body) => ({ runId: run(body).runId }),
  similarHeads: (body) => {
    const { runId, count } = run(body);
    if (!isIndex(count) || count > MOST_HEADS) throw malformed();
    return { runId, count, ...head(body) };
  },
  headProbe: (body) => {
    const { runId, seed } = run(body);
    if (!isIndex(seed) || seed > 0xffffffff) throw malformed();
    return { runId, seed };
  },
  cell: (body) => {
    const { runId, query, key } = run(body);
    if (!isIndex(query) || !isIndex(key)) throw malformed();
    return { runId, ...head(body), query, key };
  },
  difference: (body) => {
    const { runId, other } = run(body);
    if (!isRunId(other)) throw malformed();
    return { runId, other, source: source(body), shaping: shaping(body) };
  },
};

function run(body: unknown): Record<string, unknown> & { runId: string } {
  if (isRecord(body) && isRunId(body.runId)) return { ...body, runId: body.runId };
  throw malformed();
}

function head(body: unknown) {
  if (isRecord(body) && isKind(body.kind) && isIndex(body.layer) && isIndex(body.head)) {
    return { kind: body.kind, layer: body.layer, head: body.head };
  }
  throw malformed();
}

/** The source inside a request. */
export function source(body: unknown): MatrixSource {
  const given = isRecord(body) ? body.source : undefined;
  if (!isRecord(given) || !isKind(given.kind)) throw malformed();
  const { from, kind, reduce } = given;
  const isReduction = reduce === 'mean' || reduce === 'max';
  if (from === 'head') return { from, ...head(given) };
  if (from === 'heads' && isIndex(given.layer) && isReduction)
    return { from, kind, layer: given.layer, reduce };
  if (from === 'layers' && isReduction) return { from, kind, reduce };
  if (from === 'rollout') return { from, kind };
  if (from === 'flow' && kind !== 'cross') return { from, kind };
  throw malformed();
}

/** The shaping inside a request. */
export function shaping(body: unknown): Shaping {
  const given = isRecord(body) ? body.shaping : undefined;
  if (!isRecord(given)) throw malformed();
  const { hideSpecial, hideSinks, renormalize, grain, threshold } = given;
  const flags = [hideSpecial, hideSinks, renormalize];
  if (!flags.every((flag) => typeof flag === 'boolean') || !isShare(threshold)) throw malformed();
  if (grain !== 'token' && grain !== 'word' && grain !== 'line') throw malformed();
  return {
    hideSpecial: hideSpecial === true,
    hideSinks: hideSinks === true,
    renormalize: renormalize === true,
    grain,
    threshold,
  };
}

function malformed(): ProbeError {
  return new ProbeError('usage', 'The panel sent a malformed request.');
}
