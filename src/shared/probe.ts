import * as l10n from '@vscode/l10n';
import type { ErrorMessage } from './errors';
import type { Family } from './model';
import type { Report, ReportAction, TextSpan } from './report';

/** The contract between the extension host and the panel that frames every probe. As in protocol.ts, the view owns nothing. */
export const PROBE_PROTOCOL_VERSION = 1;

/** Groups of the Probes view, in its order. */
export const PROBE_TOPICS = ['Field', 'Prediction', 'Attention', 'Architecture', 'Training', 'Cost'] as const;
export type ProbeTopic = (typeof PROBE_TOPICS)[number];

/** What people see of them. */
export const TOPIC_NAMES: Record<ProbeTopic, string> = {
  Field: l10n.t('Field'),
  Prediction: l10n.t('Prediction'),
  Attention: l10n.t('Attention'),
  Architecture: l10n.t('Architecture'),
  Training: l10n.t('Training'),
  Cost: l10n.t('Cost'),
};

/** Another field, a choice or a box, has one of these values. */
export interface Condition {
  field: string;
  is: readonly (string | boolean)[];
}

interface FieldBase {
  label: string;
  /** What it does, where the label does not say it. */
  help?: string;
  /** Where this does not hold, the field changes nothing and is not shown. */
  when?: Condition;
}

export interface NumberField extends FieldBase {
  kind: 'number';
  default: number;
  min: number;
  max: number;
  /** Whole numbers only. */
  integer?: boolean;
  /** Step of the slider; `log`: the slider's steps multiply. A plain number box where absent. */
  slider?: 'linear' | 'log';
  unit?: string;
}

export interface ChoiceField<V extends string = string> extends FieldBase {
  kind: 'choice';
  default: V;
  options: readonly { value: V; label: string }[];
}

export interface TextField extends FieldBase {
  kind: 'text';
  default: string;
  placeholder?: string;
  /** Lines of the box; 1 if absent. */
  lines?: number;
}

export interface BooleanField extends FieldBase {
  kind: 'boolean';
  default: boolean;
}

/** A model: a bundled name, a path or a Hub id; with `known`, also a well-known name whose config is enough. */
export interface ModelField extends FieldBase {
  kind: 'model';
  default: string;
  /** Families that fit; all if absent. */
  families?: readonly Family[];
  /** Where all fit: the family of the bundled model that stands in for none. */
  usual?: Family;
  known?: boolean;
}

/** A file or folder of the user's, chosen in a dialog; empty for none. */
export interface FileField extends FieldBase {
  kind: 'file';
  default: '';
  /** Extensions without the dot. */
  extensions: readonly string[];
  folder?: boolean;
}

export type Field = NumberField | ChoiceField | TextField | BooleanField | ModelField | FileField;
export type Fields = Record<string, Field>;
export type Settings = Record<string, number | string | boolean>;

/** What a probe is, for lists and for its panel's frame. */
export interface ProbeInfo {
  /** Lower case with dashes: the command line's name. */
  id: string;
  title: string;
  topic: ProbeTopic;
  /** One sentence. */
  summary: string;
  /** What is shown, what to look for, and what it does not prove. */
  shows: string;
  look: string;
  limits: string;
  /** Formula, paper or source. */
  links: readonly { label: string; href: string }[];
  /** `none`: it reads no text. `text`: the selection, the cursor's line, or else `sample`. */
  input: 'none' | 'text';
  sample?: string;
  /** Where this does not hold, the text is not read; it always is if absent. */
  reads?: Condition;
  /** True where it answers at once: each change of a setting runs it. */
  live?: boolean;
  fields: Fields;
}

/** Where the text came from. */
export type TextOrigin = 'selection' | 'sample' | 'typed';

export interface ProbeSnapshot {
  probe: ProbeInfo;
  settings: Settings;
  text: { origin: TextOrigin; segments: string[] } | null;
  /** What the model fields offer. */
  models: { id: string; family: Family | null }[];
  result: ProbeView | null;
  busy: { message: string; fraction: number | null } | null;
  error: ErrorMessage | null;
  /** The text in the editor is no longer the one that was read. */
  stale: boolean;
  /** There is an editor to point into. */
  linked: boolean;
}

/** A result as the panel shows it. */
export interface ProbeView {
  id: string;
  /** The probe's own typed result. */
  data: unknown;
  report: Report;
  /** The settings it was made with. */
  settings: Settings;
  /** More is on its way. */
  partial: boolean;
  runMs: number;
  createdAt: string;
}

/** What the panel keeps across hiding and reload. */
export interface ProbePanelState {
  version: typeof PROBE_PROTOCOL_VERSION;
  probe: string;
  resultId: string | null;
}

export type ExportFormat = 'csv' | 'json' | 'markdown';
export type PictureFormat = 'png' | 'svg';

export interface ProbeHostEvents {
  snapshot: ProbeSnapshot;
}

export interface ProbeViewEvents {
  ready: { state: ProbePanelState | null };
  /** `text` only where the user changed it in the panel. */
  run: { settings: Settings; text?: string };
  /** Kept for the next run; a live probe runs. */
  settings: Settings;
  /** Read the selection (or the cursor's line) as it is now, or the probe's sample. */
  read: 'selection' | 'sample';
  cancel: null;
  chooseModel: { field: string };
  chooseFile: { field: string };
  /** A range of the text under the pointer; null when it left. */
  hover: TextSpan | null;
  reveal: TextSpan;
  /** What the report offers: another probe, or the anatomy of a model. */
  act: ReportAction;
  /** Of the whole report; CSV and Markdown also of one table. */
  export: { format: ExportFormat; table?: string; to: 'file' | 'clipboard' };
  /** A chart's picture: base64 of a PNG, or SVG's text. */
  picture: { format: PictureFormat; figure: string; data: string };
}
