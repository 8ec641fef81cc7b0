import * as l10n from '@vscode/l10n';
import type { HeadAddress } from '../shared/attention';
import { ProbeError } from '../shared/errors';
import type { GenerationOptions } from '../shared/generation';
import { MAX_NEW_TOKENS } from '../shared/generation';
import { checkPanelState, isIndex, isKind, isRecord, isRunId, isShare } from '../shared/panelState';
import type { ViewEvents, ViewRequests } from '../shared/protocol';
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

export const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MAX_TEXT;

const within = (value: unknown, least: number, most: number): value is number =>
  typeof value === 'number' && value >= least && value <= most;

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
  throw new ProbeError('usage', l10n.t('The panel sent a malformed overview request.'));
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
  throw new ProbeError('usage', l10n.t('The panel sent a malformed head request.'));
}
