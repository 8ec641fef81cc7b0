import * as l10n from '@vscode/l10n';
import type { MatrixSource, Shaping } from '../shared/aggregate';
import { ProbeError } from '../shared/errors';
import type { HostFormat } from '../shared/export';
import { checkPanelState, checkShaping, isIndex, isKind, isRecord, isRunId } from '../shared/panelState';
import type { ViewRequests } from '../shared/protocol';

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
  const found = checkShaping(isRecord(body) ? body.shaping : undefined);
  if (found) return found;
  throw malformed();
}

const MAX_PICTURE_BYTES = 256 * 2 ** 20;
const FORMATS: readonly HostFormat[] = ['csv', 'npz', 'json', 'svg', 'html', 'session'];

/** Parameters of `export`. */
export function exportParams(body: unknown): ViewRequests['export'][0] {
  const { runId, request } = run(body);
  if (!isRecord(request)) throw malformed();
  if (request.format === 'picture') {
    const { name, bytes, ending } = request;
    const isPicture = bytes instanceof Uint8Array && bytes.length <= MAX_PICTURE_BYTES;
    if (typeof name !== 'string' || name.length > 200 || !isPicture) throw malformed();
    if (ending !== 'png' && ending !== 'svg') throw malformed();
    return { runId, request: { format: 'picture', ending, name, bytes } };
  }
  const format = FORMATS.find((one) => one === request.format);
  const state = checkPanelState(request.state);
  if (!format || !state) throw malformed();
  return { runId, request: { format, source: source(request), shaping: shaping(request), state } };
}

function malformed(): ProbeError {
  return new ProbeError('usage', l10n.t('The panel sent a malformed request.'));
}
