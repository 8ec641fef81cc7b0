import type { AttentionKind, AttentionResult, HeadAddress, HeadMatrix, Overview } from './attention';
import type { ErrorMessage } from './errors';

/**
 * The whole contract between the extension host and the attention panel. The panel owns nothing: it says `ready`, gets
 * a complete snapshot, and asks for what is on the screen. Only complete snapshots are sent, never deltas, because a
 * hidden webview loses messages.
 */
export const PROTOCOL_VERSION = 1;

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
}

/** Host -> view, no answer expected. */
export interface HostEvents {
  snapshot: PanelSnapshot;
  /** The editor's cursor is in this token of `tokens`; null when it is in none. */
  cursor: { token: number | null };
  /** Asked for by a command: move the panel's choice. */
  select: Partial<HeadAddress>;
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
  chooseModel: null;
  analyzeSelection: null;
}

/** View -> host, answered: method name -> [parameters, result]. */
export interface ViewRequests {
  overview: [{ runId: string; side: number }, Overview];
  head: [{ runId: string } & HeadAddress, HeadMatrix];
}

/** One envelope for everything, both ways. */
export type Envelope =
  | { type: 'event'; name: string; body: unknown }
  | { type: 'request'; id: number; name: string; body: unknown }
  | { type: 'cancel'; id: number }
  | { type: 'progress'; id: number; body: unknown }
  | { type: 'ok'; id: number; body: unknown }
  | { type: 'error'; id: number; error: ErrorMessage };
