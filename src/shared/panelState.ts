import type { Shaping } from './aggregate';
import type { AttentionKind } from './attention';
import { METRICS } from './metrics';
import type { MetricName } from './metrics';
import type { PanelState } from './protocol';
import { COMBINATIONS, PANEL_TABS, PROTOCOL_VERSION } from './protocol';

/*
 * Checks of what a webview kept, a session file says or a message carries: shape and ranges, nothing is trusted. Each
 * returns the known fields only, or undefined where the value is malformed.
 */

/** No model has more layers, or heads in one. */
const MOST_HEADS = 10_000;
/** No run has more tokens. */
const MOST_TOKENS = 1_000_000;

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
export const isIndex = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
export const isKind = (value: unknown): value is AttentionKind =>
  value === 'encoder' || value === 'decoder' || value === 'cross';
export const isRunId = (value: unknown): value is string =>
  typeof value === 'string' && /^[\w-]{1,64}$/.test(value);
export const isShare = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= 1;

const isBelow = (value: unknown, most: number): value is number => isIndex(value) && value < most;
const isMetric = (name: unknown): name is MetricName =>
  typeof name === 'string' && Object.hasOwn(METRICS, name);

/** Where the user was looking; fields that may be absent are left out where they are malformed. */
export function checkPanelState(body: unknown): PanelState | undefined {
  if (!isRecord(body) || body.version !== PROTOCOL_VERSION) return undefined;
  const { runId, kind, layer, head, query, view } = body;
  if (!(runId === null || isRunId(runId)) || !(kind === null || isKind(kind))) return undefined;
  if (!isBelow(layer, MOST_HEADS) || !isBelow(head, MOST_HEADS)) return undefined;
  if (!(query === null || isBelow(query, MOST_TOKENS))) return undefined;
  if (view !== 'matrix' && view !== 'table') return undefined;
  return { version: PROTOCOL_VERSION, runId, kind, layer, head, query, view, ...lookOf(body) };
}

function lookOf(body: Record<string, unknown>): Partial<PanelState> {
  const { scale, key, lines, reading, inEditor, order } = body;
  const tab = PANEL_TABS.find((one) => one === body.tab);
  const combination = COMBINATIONS.find((one) => one === body.combination);
  const shaping = checkShaping(body.shaping);
  return {
    ...((scale === 'head' || scale === 'absolute') && { scale }),
    ...(tab && { tab }),
    ...((key === null || isBelow(key, MOST_TOKENS)) && { key }),
    ...(combination && { combination }),
    ...(shaping && { shaping }),
    ...(isHeadList(lines) && { lines: [...new Set(lines)] }),
    ...((reading === 'from' || reading === 'to') && { reading }),
    ...(typeof inEditor === 'boolean' && { inEditor }),
    ...(isMetric(order) && { order }),
  };
}

const isHeadList = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= MOST_HEADS && value.every((head) => isBelow(head, MOST_HEADS));

/** The shaping of a matrix. */
export function checkShaping(body: unknown): Shaping | undefined {
  if (!isRecord(body)) return undefined;
  const { hideSpecial, hideSinks, renormalize, grain, threshold } = body;
  const isFlag = (flag: unknown): flag is boolean => typeof flag === 'boolean';
  if (!isFlag(hideSpecial) || !isFlag(hideSinks) || !isFlag(renormalize) || !isShare(threshold))
    return undefined;
  if (grain !== 'token' && grain !== 'word' && grain !== 'line') return undefined;
  return { hideSpecial, hideSinks, renormalize, grain, threshold };
}
