import * as l10n from '@vscode/l10n';
import type {
  AnatomyPanelState,
  AnatomyTab,
  AnatomyViewEvents,
  AnatomyViewRequests,
  SliceWindow,
} from '../../shared/anatomyProtocol';
import { ANATOMY_PROTOCOL_VERSION } from '../../shared/anatomyProtocol';
import { ProbeError } from '../../shared/errors';
import type { Check } from '../messages';

/**
 * Checks of everything that the anatomy page sends: shape and ranges, nothing is trusted. Each returns the message's body
 * with only the known fields, or undefined when it is malformed.
 */

type Events = AnatomyViewEvents;
type Params<K extends keyof AnatomyViewRequests> = AnatomyViewRequests[K][0];

const TABS: readonly AnatomyTab[] = ['diagram', 'tensors', 'graph', 'about', 'compare'];
const MAX_ID = 1000;
const MAX_EXPANDED = 10_000;
const MAX_TEXT = 1_000_000;
const MAX_PICTURE = 64 * 2 ** 20;
const MAX_SIDE = 2000;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isText = (value: unknown, most = MAX_ID): value is string =>
  typeof value === 'string' && value.length <= most;
const isKey = (value: unknown): value is string => typeof value === 'string' && /^[\w-]{1,64}$/.test(value);
const isNullOr = <T>(value: unknown, is: (value: unknown) => value is T): value is T | null =>
  value === null || is(value);
const isId = (value: unknown): value is string => isText(value);

export const checkAnatomyState: Check<AnatomyPanelState> = (body) => {
  if (!isRecord(body) || body['version'] !== ANATOMY_PROTOCOL_VERSION) return undefined;
  const { key, tab, selected, expanded, tensor, filter } = body;
  if (!isNullOr(key, isKey) || !isNullOr(selected, isId) || !isNullOr(tensor, isIndex)) return undefined;
  if (!Array.isArray(expanded) || expanded.length > MAX_EXPANDED || !expanded.every(isId)) return undefined;
  const known = TABS.find((each) => each === tab);
  if (known === undefined || !isText(filter)) return undefined;
  return { version: ANATOMY_PROTOCOL_VERSION, key, tab: known, selected, expanded, tensor, filter };
};

const nothing: Check<null> = (body) => (body === null || body === undefined ? null : undefined);

export const checkAnatomyEvent: { [K in keyof Events]: Check<Events[K]> } = {
  ready: (body) => (isRecord(body) ? { state: checkAnatomyState(body['state']) ?? null } : undefined),
  refresh: nothing,
  cancel: nothing,
  addComparison: nothing,
  openModel: nothing,
  reveal: (body) => {
    if (!isRecord(body)) return undefined;
    if (isId(body['component'])) return { component: body['component'] };
    return isIndex(body['tensor']) ? { tensor: body['tensor'] } : undefined;
  },
  showAttention: (body) => {
    if (!isRecord(body) || !isIndex(body['layer'])) return undefined;
    const { kind, layer } = body;
    if (kind !== null && kind !== 'encoder' && kind !== 'decoder' && kind !== 'cross') return undefined;
    return { kind, layer };
  },
  removeComparison: (body) => (isRecord(body) && isKey(body['key']) ? { key: body['key'] } : undefined),
  copy: (body) => {
    if (!isRecord(body) || !isNullOr(body['component'], isId)) return undefined;
    const { format, component } = body;
    if (format !== 'json' && format !== 'markdown' && format !== 'csv') return undefined;
    return { format, component };
  },
  copyText: (body) => (isRecord(body) && isText(body['text'], MAX_TEXT) ? { text: body['text'] } : undefined),
};

/** The parameters of each request; throws ProbeError `usage` for malformed ones. */
export const anatomyParams: { [K in keyof AnatomyViewRequests]: (body: unknown) => Params<K> } = {
  operators: (body) => {
    const { key, component, layer } = record(body);
    if (!isKey(key) || !isId(component) || !isNullOr(layer, isIndex)) throw malformed();
    return { key, component, layer };
  },
  nodes: (body) => {
    const { key, graph, from, to } = record(body);
    if (!isKey(key) || !isIndex(graph) || !isIndex(from) || !isIndex(to)) throw malformed();
    return { key, graph, from, to };
  },
  statistics: (body) => {
    const { key, tensor } = record(body);
    if (!isKey(key) || !isIndex(tensor)) throw malformed();
    return { key, tensor };
  },
  slice: (body) => {
    const { key, tensor, side, window } = record(body);
    if (!isKey(key) || !isIndex(tensor) || !isIndex(side)) throw malformed();
    if (side < 1 || side > MAX_SIDE) throw malformed();
    return { key, tensor, side, window: windowOf(window) };
  },
  structure: (body) => {
    const { key, other } = record(body);
    if (!isKey(key) || !isKey(other)) throw malformed();
    return { key, other };
  },
  weights: (body) => {
    const { key, other } = record(body);
    if (!isKey(key) || !isKey(other)) throw malformed();
    return { key, other };
  },
  savePicture: (body) => {
    const { key, format, data } = record(body);
    if (!isKey(key)) throw malformed();
    if (format === 'svg' && isText(data, MAX_PICTURE)) return { key, format, data };
    if (format === 'png' && data instanceof Uint8Array && data.length <= MAX_PICTURE)
      return { key, format, data };
    throw malformed();
  },
};

function windowOf(value: unknown): SliceWindow {
  const { rows, columns } = record(value);
  return {
    ...(rows !== undefined && { rows: pairOf(rows) }),
    ...(columns !== undefined && { columns: pairOf(columns) }),
  };
}

function pairOf(value: unknown): [number, number] {
  const [from, to, more] = Array.isArray(value) ? (value as unknown[]) : [];
  if (!isIndex(from) || !isIndex(to) || to < from || more !== undefined) throw malformed();
  return [from, to];
}

function record(body: unknown): Record<string, unknown> {
  if (!isRecord(body)) throw malformed();
  return body;
}

function malformed(): ProbeError {
  return new ProbeError('usage', l10n.t('The panel sent a malformed request.'));
}
