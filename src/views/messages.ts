import type { AttentionKind, HeadAddress } from '../shared/attention';
import { ProbeError } from '../shared/errors';
import type { PanelState, ViewEvents, ViewRequests } from '../shared/protocol';
import { PROTOCOL_VERSION } from '../shared/protocol';

/**
 * Checks of everything that a webview sends: shape and ranges, nothing is trusted. Each returns the message's body with
 * only the known fields, or undefined when it is malformed.
 */
type Check<T> = (body: unknown) => T | undefined;

const MAX_TEXT = 4_000_000;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
const isIndex = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;
const isKind = (value: unknown): value is AttentionKind =>
  value === 'encoder' || value === 'decoder' || value === 'cross';
const isRunId = (value: unknown): value is string => typeof value === 'string' && /^[\w-]{1,64}$/.test(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= MAX_TEXT;

export const checkPanelState: Check<PanelState> = (body) => {
  if (!isRecord(body) || body.version !== PROTOCOL_VERSION) return undefined;
  const { runId, kind, layer, head, query, view } = body;
  if (!(runId === null || isRunId(runId)) || !(kind === null || isKind(kind))) return undefined;
  if (!isIndex(layer) || !isIndex(head) || !(query === null || isIndex(query))) return undefined;
  if (view !== 'matrix' && view !== 'table') return undefined;
  return { version: PROTOCOL_VERSION, runId, kind, layer, head, query, view };
};

const nothing: Check<null> = (body) => (body === null || body === undefined ? null : undefined);

export const checkEvent: { [K in keyof ViewEvents]: Check<ViewEvents[K]> } = {
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
