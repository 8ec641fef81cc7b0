import type {
  AttentionKind,
  AttentionResult,
  HeadAddress,
  HeadMatrix,
  Overview,
} from '../../../src/shared/attention';
import { PROTOCOL_VERSION } from '../../../src/shared/protocol';
import type { PanelSnapshot, PanelState } from '../../../src/shared/protocol';
import { axisTokens } from '../../../src/shared/attention';
import { MAX_FLOW_TOKENS } from '../../../src/shared/aggregate';
import { metricsFor } from '../../../src/shared/metrics';
import { hasTab, kindsOf, layersOf } from './view';

export const INITIAL_STATE: PanelState = {
  version: PROTOCOL_VERSION,
  runId: null,
  kind: null,
  layer: 0,
  head: 0,
  query: null,
  view: 'matrix',
  scale: 'head',
};

/**
 * The choice carried over to a result: kind, layer and head stay where the model has them and move to the nearest that
 * it has otherwise; views, aggregates and measures that it does not have are left. The pinned query belongs to one run and
 * its text.
 */
export function fitState(state: PanelState, result: AttentionResult | null): PanelState {
  if (!result) return state;
  const kinds = kindsOf(result);
  // The user has chosen nothing yet: the head that is worth seeing first.
  const start = state.kind === null ? { ...state, ...result.opening } : state;
  const kind = start.kind && kinds.includes(start.kind) ? start.kind : (kinds[0] ?? null);
  const layers = layersOf(result, kind);
  const layer = layers[clamp(start.layer, layers.length)];
  const sameRun = state.runId === result.runId;
  const kept = (token: number | null, count = 0) =>
    sameRun && state.kind === kind && inRange(token, count) ? token : null;
  const heads = layer?.heads ?? 0;
  return {
    ...state,
    runId: result.runId,
    kind,
    layer: layer?.layer ?? 0,
    head: clamp(start.head, heads),
    query: kept(state.query, layer?.queries),
    ...(state.key !== undefined && { key: kept(state.key, layer?.keys) }),
    ...(state.lines && { lines: state.lines.filter((head) => head < heads) }),
    ...(state.tab && !hasTab(result, state.tab) && { tab: undefined }),
    ...(state.combination === 'flow' && !hasFlow(result, kind) && { combination: 'rollout' }),
    ...(state.order && kind && !metricsFor(kind).includes(state.order) && { order: undefined }),
  };
}

/** Flow is for short self-attention only. */
export function hasFlow(result: AttentionResult, kind: AttentionKind | null): boolean {
  return kind !== null && kind !== 'cross' && axisTokens(result, kind).queries.length <= MAX_FLOW_TOKENS;
}

/** The choice after the user picked something; a pinned query does not outlive its kind's axis. */
export function chooseHead(
  state: PanelState,
  address: Partial<HeadAddress>,
  result: AttentionResult,
): PanelState {
  const moves = address.kind && address.kind !== state.kind;
  return fitState(
    { ...state, ...address, ...(moves && { query: null, ...(state.key !== undefined && { key: null }) }) },
    result,
  );
}

/** True for a message body with the shape of a snapshot, as far as the panel would otherwise break on it. */
export function isSnapshot(body: unknown): body is PanelSnapshot {
  if (typeof body !== 'object' || body === null) return false;
  const { result } = body as PanelSnapshot;
  if (result === null) return true;
  return (
    typeof result === 'object' &&
    typeof result.runId === 'string' &&
    [result.tokens, result.layers, result.segments].every((list) => Array.isArray(list)) &&
    typeof result.model === 'object'
  );
}

/** True when the matrix has the size that the result says its layer has. */
export function isHeadOf(head: HeadMatrix, result: AttentionResult): boolean {
  const layer = result.layers.find(({ kind, layer }) => kind === head.kind && layer === head.layer);
  return (
    layer?.queries === head.queries &&
    layer.keys === head.keys &&
    head.weights.length === head.queries * head.keys
  );
}

/** True when every thumbnail lies inside the bytes. */
export function isOverview({ layers, bytes }: Overview): boolean {
  return layers.every(
    ({ byteOffset, heads, rows, columns }) =>
      rows > 0 && columns > 0 && byteOffset >= 0 && byteOffset + heads * rows * columns <= bytes.length,
  );
}

function clamp(value: number, count: number): number {
  return Math.max(0, Math.min(Math.trunc(value) || 0, count - 1));
}

function inRange(value: number | null, count: number): boolean {
  return value !== null && value >= 0 && value < count;
}
