import type { Direction, MatrixSource, Profile, ShapedMatrix, Shaping } from './aggregate';
import type { AttentionKind, AttentionResult, HeadAddress, HeadMatrix, Overview } from './attention';
import type { CellAddress, CellArithmetic } from './cell';
import type { Comparison, DifferenceMatrix } from './compare';
import type { ErrorMessage } from './errors';
import type { ExportRequest } from './export';
import type { GenerationOptions } from './generation';
import type { HeadProbe, HeadTable, MetricName, SimilarHead } from './metrics';

/**
 * The whole contract between the extension host and the attention panel. The panel owns nothing: it says `ready`, gets
 * a complete snapshot, and asks for what is on the screen. Only complete snapshots are sent, never deltas, because a
 * hidden webview loses messages.
 */
export const PROTOCOL_VERSION = 1;

/** The panel's views. They share one choice of layer, head and tokens, one aggregate and one shaping. */
export const PANEL_TABS = [
  'matrix',
  'lines',
  'text',
  'arithmetic',
  'heads',
  'cross',
  'generation',
  'compare',
] as const;
export type PanelTab = (typeof PANEL_TABS)[number];

/** What is shown instead of the chosen head: see `MatrixSource`. */
export const COMBINATIONS = [
  'head',
  'heads-mean',
  'heads-max',
  'layers-mean',
  'layers-max',
  'rollout',
  'flow',
] as const;
export type Combination = (typeof COMBINATIONS)[number];

/** What the panel keeps across hiding and reload: where the user was looking, never results. */
export interface PanelState {
  version: typeof PROTOCOL_VERSION;
  runId: string | null;
  kind: AttentionKind | null;
  layer: number;
  head: number;
  /** Query row whose strongest keys are listed; null for none. */
  query: number | null;
  view: 'matrix' | 'table';
  /** What the darkest or brightest colour stands for: the largest weight of the head, or 1. Absent: `head`. */
  scale?: 'head' | 'absolute';
  /** Absent: `matrix`. */
  tab?: PanelTab;
  /** Key whose column is chosen, as a token; null or absent for none. */
  key?: number | null;
  /** Absent: `head`. */
  combination?: Combination;
  /** Absent: nothing is hidden or joined. */
  shaping?: Shaping;
  /** Heads drawn as lines besides the chosen one. */
  lines?: number[];
  /** Text is coloured by what the chosen token reads (`from`) or by what reads it (`to`). Absent: `from`. */
  reading?: Direction;
  /** The colours of the text are in the editor too. */
  inEditor?: boolean;
  /** Measure that the overview is ordered by; absent: by layer and head. */
  order?: MetricName;
}

/** Everything needed to paint the panel. */
export interface PanelSnapshot {
  /** Null before the first analysis. */
  result: AttentionResult | null;
  /** Set while a new analysis runs; the old result stays visible. */
  busy: { message: string } | null;
  /** The last failure; a result from before it stays visible. */
  error: ErrorMessage | null;
  /** True when the text in the editor is no longer the text that was analysed. */
  stale: boolean;
  /** False when there is no editor to point into (typed text, closed document). */
  linked: boolean;
  /** What this result is compared with; null or absent while nothing is compared. */
  comparison?: Comparison | null;
}

/** Host -> view, no answer expected. */
export interface HostEvents {
  snapshot: PanelSnapshot;
  /** The editor's cursor is in this token of `tokens`; null when it is in none. */
  cursor: { token: number | null };
  /** Asked for by a command: move the panel's choice. */
  select: Partial<HeadAddress>;
  /** Asked for by a command: look where a session file was made. */
  look: PanelState;
  /** Asked for by a command: color the text in the editor as in the panel, or no longer. */
  toggleEditorColors: null;
}

/** View -> host, no answer expected. */
export interface ViewEvents {
  ready: { state: PanelState | null };
  /** Pointer or focus is on this token: of the input (`tokens`) or of the target; null when it left. */
  hover: { side: 'input' | 'target'; token: number } | null;
  /** Show the token's range in the editor and put the cursor there. */
  reveal: { token: number };
  /** Analyse this text (edited in the panel) with the same model; the choice of layer and head is kept. */
  rerun: { text: string; target?: string };
  /** Analyse the text in the editor as it is now (offered while the snapshot is stale). */
  refresh: null;
  /** Analyse another window of an over-long text. */
  window: { index: number };
  cancel: null;
  /** Let the model go on from the analysed text (decoders), or write the target (encoder-decoders); a new result comes. */
  generate: GenerationOptions;
  /** Let the user choose an earlier result to compare with. */
  compare: null;
  stopComparing: null;
  /** Color the tokens of the input in the editor, 0 (not at all) to 1, one number a token; null takes the color away. */
  colorEditor: { weights: number[] } | null;
  chooseModel: null;
  analyzeSelection: null;
}

/** View -> host, answered: method name -> [parameters, result]. */
export interface ViewRequests {
  overview: [{ runId: string; side: number }, Overview];
  head: [{ runId: string } & HeadAddress, HeadMatrix];
  /** Any head or aggregate, with tokens hidden or grouped. */
  matrix: [{ runId: string; source: MatrixSource; shaping: Shaping }, ShapedMatrix];
  /** Row or column `item` of the shaped axis, in every head of a kind. */
  profile: [
    { runId: string; kind: AttentionKind; direction: Direction; item: number; shaping: Shaping },
    Profile,
  ];
  /** Measures and labels of every head. */
  headMetrics: [{ runId: string }, HeadTable];
  /** The heads of the same kind that are most like this one, itself left out, most similar first. */
  similarHeads: [{ runId: string; count: number } & HeadAddress, SimilarHead[]];
  /** Runs the repeated-random-token probe with the run's model. */
  headProbe: [{ runId: string; seed: number }, HeadProbe];
  /** Runs the model again where its queries and keys were not kept. */
  cell: [{ runId: string } & CellAddress, CellArithmetic];
  /** `other` minus `runId`. */
  difference: [{ runId: string; other: string; source: MatrixSource; shaping: Shaping }, DifferenceMatrix];
  /** Asks where to save; the file's name without its folder, null if the user saved nothing. */
  export: [{ runId: string; request: ExportRequest }, { file: string | null }];
}

/** One envelope for everything, both ways. */
export type Envelope =
  | { type: 'event'; name: string; body: unknown }
  | { type: 'request'; id: number; name: string; body: unknown }
  | { type: 'cancel'; id: number }
  | { type: 'progress'; id: number; body: unknown }
  | { type: 'ok'; id: number; body: unknown }
  | { type: 'error'; id: number; error: ErrorMessage };
