import type { Shaping } from '../shared/aggregate';
import type { AttentionKind, HeadAddress } from '../shared/attention';
import { ProbeError } from '../shared/errors';
import type { GenerationOptions } from '../shared/generation';
import { MAX_NEW_TOKENS } from '../shared/generation';
import { METRICS } from '../shared/metrics';
import type { MetricName } from '../shared/metrics';
import type { PanelState, ViewEvents, ViewRequests } from '../shared/protocol';
import { COMBINATIONS, PANEL_TABS, PROTOCOL_VERSION } from '../shared/protocol';
import type { EventHandlers } from '../shared/rpc';

/**
 * Checks of everything that a webview sends: shape and ranges, nothing is trusted. Each returns the message's body with
 * only the known fields, or undefined when it is malformed.
 */
export type Check<T> = (body: unknown) => T | undefined;

/** Wraps each handler so that it only sees bodies that passed their check. */
export function checked<E>(
  checks: { [K in keyof E]: Check<E[K]> },
  handlers: EventHandlers<E>,
): EventHandlers<E> {
  const wrap = <K extends keyof E>(name: K) => {
    return (body: unknown) => {
      const valid = checks[name](body);
      if (valid !== undefined) handlers[name](valid);
    };
  };
  const names = Object.keys(handlers) as (keyof E)[];
  return Object.fromEntries(names.map((name) => [name, wrap(name)])) as unknown as EventHandlers<E>;
}

const MAX_TEXT = 4_000_000;
const MAX_TOKENS = 1_000_000;

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
export const isIndex = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;
export const isKind = (value: unknown): value is AttentionKind =>
  value === 'encoder' || value === 'decoder' || value === 'cross';
export const isRunId = (value: unknown): value is string =>
  typeof value === 'string' && /^[\w-]{1,64}$/.test(value);
export const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MAX_TEXT;

export const checkPanelState: Check<PanelState> = (body) => {
  if (!isRecord(body) || body.version !== PROTOCOL_VERSION) return undefined;
  const { runId, kind, layer, head, query, view } = body;
  if (!(runId === null || isRunId(runId)) || !(kind === null || isKind(kind))) return undefined;
  if (!isIndex(layer) || !isIndex(head) || !(query === null || isIndex(query))) return undefined;
  if (view !== 'matrix' && view !== 'table') return undefined;
  return { version: PROTOCOL_VERSION, runId, kind, layer, head, query, view, ...lookOf(body) };
};

export const isShare = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= 1;
const within = (value: unknown, least: number, most: number): value is number =>
  typeof value === 'number' && value >= least && value <= most;

/** The shaping of a matrix, with the known fields only. */
export const checkShaping: Check<Shaping> = (body) => {
  if (!isRecord(body)) return undefined;
  const { hideSpecial, hideSinks, renormalize, grain, threshold } = body;
  const isFlag = (flag: unknown): flag is boolean => typeof flag === 'boolean';
  if (!isFlag(hideSpecial) || !isFlag(hideSinks) || !isFlag(renormalize) || !isShare(threshold))
    return undefined;
  if (grain !== 'token' && grain !== 'word' && grain !== 'line') return undefined;
  return { hideSpecial, hideSinks, renormalize, grain, threshold };
};

/** The fields of a panel's state that may be absent; malformed ones are left out. */
function lookOf(body: Record<string, unknown>): Partial<PanelState> {
  const { scale, key, lines, reading, inEditor, order } = body;
  const tab = PANEL_TABS.find((one) => one === body.tab);
  const combination = COMBINATIONS.find((one) => one === body.combination);
  const shaping = checkShaping(body.shaping);
  const isMetric = (name: unknown): name is MetricName =>
    typeof name === 'string' && Object.hasOwn(METRICS, name);
  return {
    ...((scale === 'head' || scale === 'absolute') && { scale }),
    ...(tab && { tab }),
    ...(isIndex(key) && { key }),
    ...(combination && { combination }),
    ...(shaping && { shaping }),
    ...(Array.isArray(lines) && lines.every(isIndex) && { lines }),
    ...((reading === 'from' || reading === 'to') && { reading }),
    ...(typeof inEditor === 'boolean' && { inEditor }),
    ...(isMetric(order) && { order }),
  };
}

/** Options of a generation, each inside the range that the contract states. */
export const checkGeneration: Check<GenerationOptions> = (body) => {
  if (!isRecord(body)) return undefined;
  const { method, temperature, topK, topP, beams, lengthPenalty, maxNewTokens, seed } = body;
  if (method !== 'greedy' && method !== 'sample' && method !== 'beam') return undefined;
  if (!within(temperature, 0.01, 100) || !within(topP, 0, 1) || !within(lengthPenalty, -10, 10))
    return undefined;
  if (!isIndex(topK) || !isIndex(seed) || seed > 0xffffffff) return undefined;
  if (!isIndex(beams) || !within(beams, 1, 16)) return undefined;
  if (!isIndex(maxNewTokens) || !within(maxNewTokens, 1, MAX_NEW_TOKENS)) return undefined;
  return { method, temperature, topK, topP, beams, lengthPenalty, maxNewTokens, seed };
};

const nothing: Check<null> = (body) => (body === null || body === undefined ? null : undefined);

export const checkEvent: { [K in keyof ViewEvents]: Check<ViewEvents[K]> } = {
  generate: (body) => checkGeneration(body),
  compare: (body) => nothing(body),
  stopComparing: (body) => nothing(body),
  colorEditor: (body) => {
    if (body === null) return null;
    if (!isRecord(body) || !Array.isArray(body.weights) || body.weights.length > MAX_TOKENS) return undefined;
    const weights = body.weights as unknown[];
    return weights.every(isShare) ? { weights } : undefined;
  },
  ready: (body) => (isRecord(body) ? { state: checkPanelState(body.state) ?? null } : undefined),
  hover: (body) => {
    if (body === null) return null;
    if (!isRecord(body) || !isIndex(body.token) || (body.side !== 'input' && body.side !== 'target'))
      return undefined;
    return { side: body.side, token: body.token };
  },
  reveal: (body) => (isRecord(body) && isIndex(body.token) ? { token: body.token } : undefined),
  rerun: (body) => {
    if (!isRecord(body) || !isText(body.text)) return undefined;
    if (body.target !== undefined && !isText(body.target)) return undefined;
    return { text: body.text, target: body.target };
  },
  window: (body) => (isRecord(body) && isIndex(body.index) ? { index: body.index } : undefined),
  refresh: nothing,
  cancel: nothing,
  chooseModel: nothing,
  analyzeSelection: nothing,
};

/** Checks the parameters of `overview`: a thumbnail side of 1 to 256 cells. */
export function overviewParams(body: unknown): ViewRequests['overview'][0] {
  if (isRecord(body) && isRunId(body.runId) && isIndex(body.side) && body.side >= 1 && body.side <= 256) {
    return { runId: body.runId, side: body.side };
  }
  throw new ProbeError('usage', 'The panel sent a malformed overview request.');
}

export function headParams(body: unknown): { runId: string } & HeadAddress {
  if (
    isRecord(body) &&
    isRunId(body.runId) &&
    isKind(body.kind) &&
    isIndex(body.layer) &&
    isIndex(body.head)
  ) {
    return { runId: body.runId, kind: body.kind, layer: body.layer, head: body.head };
  }
  throw new ProbeError('usage', 'The panel sent a malformed head request.');
}
