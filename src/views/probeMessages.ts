import type { ExportFormat, ProbePanelState, ProbeViewEvents, Settings } from '../shared/probe';
import { PROBE_PROTOCOL_VERSION } from '../shared/probe';
import type { ReportAction, TextSpan } from '../shared/report';
import type { Check } from './messages';
import { isIndex, isRecord } from '../shared/panelState';
import { isText } from './messages';

/** Checks of what a probe's panel sends. Settings are checked against the probe's fields afterwards. */

const MAX_PICTURE = 32 * 2 ** 20;
const isName = (value: unknown): value is string => typeof value === 'string' && /^[\w-]{1,64}$/.test(value);

export const checkProbeState: Check<ProbePanelState> = (body) => {
  if (!isRecord(body) || body.version !== PROBE_PROTOCOL_VERSION || !isName(body.probe)) return undefined;
  const { probe, resultId } = body;
  if (!(resultId === null || isName(resultId))) return undefined;
  return { version: PROBE_PROTOCOL_VERSION, probe, resultId };
};

const settings: Check<Settings> = (body) => (isRecord(body) ? (body as Settings) : undefined);
const span: Check<TextSpan> = (body) =>
  isRecord(body) && isIndex(body.segment) && isIndex(body.start) && isIndex(body.end)
    ? { segment: body.segment, start: body.start, end: body.end }
    : undefined;
const field: Check<{ field: string }> = (body) =>
  isRecord(body) && isName(body.field) ? { field: body.field } : undefined;
const action: Check<ReportAction> = (body) => {
  if (!isRecord(body)) return undefined;
  const { kind, probe, model, component, label, settings: wanted } = body;
  if (!isText(label)) return undefined;
  if (kind === 'probe' && isName(probe) && (wanted === undefined || isRecord(wanted))) {
    return { kind, label, probe, ...(wanted && { settings: wanted as Settings }) };
  }
  if (kind !== 'anatomy' || !isText(model) || !(component === undefined || isText(component)))
    return undefined;
  return { kind, label, model, ...(component !== undefined && { component }) };
};
const FORMATS: readonly unknown[] = ['csv', 'json', 'markdown'] satisfies ExportFormat[];

export const checkProbeEvent: { [K in keyof ProbeViewEvents]: Check<ProbeViewEvents[K]> } = {
  ready: (body) => (isRecord(body) ? { state: checkProbeState(body.state) ?? null } : undefined),
  run: (body) => {
    if (!isRecord(body) || !isRecord(body.settings)) return undefined;
    if (body.text !== undefined && !isText(body.text)) return undefined;
    return { settings: body.settings as Settings, text: body.text };
  },
  settings,
  read: (body) => (body === 'selection' || body === 'sample' ? body : undefined),
  cancel: (body) => (body === null ? null : undefined),
  chooseModel: field,
  chooseFile: field,
  hover: (body) => (body === null ? null : span(body)),
  reveal: span,
  act: action,
  export: (body) => {
    if (!isRecord(body) || !FORMATS.includes(body.format)) return undefined;
    if (body.to !== 'file' && body.to !== 'clipboard') return undefined;
    if (body.table !== undefined && !isName(body.table)) return undefined;
    return { format: body.format as ExportFormat, table: body.table, to: body.to };
  },
  picture: (body) => {
    if (!isRecord(body) || !isName(body.figure) || typeof body.data !== 'string') return undefined;
    if (body.data.length > MAX_PICTURE || (body.format !== 'png' && body.format !== 'svg')) return undefined;
    return { format: body.format, figure: body.figure, data: body.data };
  },
};
