import * as l10n from '@vscode/l10n';
import type { AxisItem, Shaping } from '../../../src/shared/aggregate';
import type {
  AttentionKind,
  AttentionResult,
  HeadAddress,
  HeadMatrix,
  Overview,
} from '../../../src/shared/attention';
import type { HostFormat } from '../../../src/shared/export';
import type { ErrorMessage } from '../../../src/shared/errors';
import type {
  Combination,
  PanelSnapshot,
  PanelState,
  PanelTab,
  ViewEvents,
  ViewRequests,
} from '../../../src/shared/protocol';
import type { Token } from '../../../src/shared/tokens';
import type { Theme } from '../../theme';
import type { Fetched, Work } from './remote';
import { rowOfToken } from './shown';
import type { Shown } from './shown';

/** Which side of the text a token is on. */
export type Side = 'input' | 'target';

/** The query and key under the pointer or the keyboard's focus, as tokens (not rows: those depend on the filter). */
export interface Pointer {
  query: number | null;
  key: number | null;
}

/** Everything that the panel's parts draw themselves from. Replaced, never changed. */
export interface View {
  snapshot: PanelSnapshot;
  state: PanelState;
  /** Token of the input that the editor's cursor is in. */
  cursor: number | null;
  pointer: Pointer | null;
  overview: Overview | null;
  /** The matrix on the screen: the chosen head's, or the one before while the next is on its way. */
  head: HeadMatrix | null;
  /** What is drawn: that head, or an aggregate, after the shaping. */
  shown: Shown | null;
  loading: boolean;
  /** An aggregate or a shaped matrix is on its way. */
  waiting: boolean;
  /** An answer of the host that takes long. */
  work: Work | null;
  /** Why the overview or the head could not be had. */
  failure: ErrorMessage | null;
  theme: Theme;
}

/** A picture that a view made of itself. */
export interface ViewPicture {
  format: 'picture';
  ending: 'png' | 'svg';
  bytes: Uint8Array;
}

/** What the user can do; the parts call these and nothing else. */
export interface Actions {
  choose(address: Partial<HeadAddress>): void;
  pin(query: number | null): void;
  /** Marks cells; `hover` says which token the editor should mark. */
  point(pointer: Pointer | null, hover: ViewEvents['hover']): void;
  setView(view: PanelState['view']): void;
  setScale(scale: 'head' | 'absolute'): void;
  setTab(tab: PanelTab): void;
  setShaping(change: Partial<Shaping>): void;
  setCombination(combination: Combination): void;
  /** Changes what is kept of the choice and has no rule of its own. */
  setState(change: Pick<Partial<PanelState>, 'key' | 'lines' | 'reading' | 'inEditor' | 'order'>): void;
  /** What the host answers; asks on the first call, and draws again with the answer. */
  fetch<K extends keyof ViewRequests>(method: K, params: ViewRequests[K][0]): Fetched<ViewRequests[K][1]>;
  /** Another head of the chosen layer, shaped like the chosen one; null until it is there. */
  shownHead(head: number): Shown | null;
  /** Hands a picture, or what is on the screen, to the host, which asks where to save it. */
  export(what: ViewPicture | { format: HostFormat }): void;
  /** Stops what takes long. */
  stopWork(): void;
  /** Asks again for what could not be had. */
  reload(): void;
  say(text: string): void;
  send<K extends keyof ViewEvents>(name: K, body: ViewEvents[K]): void;
}

/** A part of the panel: its element, and how it follows the view. */
export interface Part {
  element: HTMLElement;
  update(view: View): void;
  /** What it shows as an SVG document, for papers; null while there is nothing. Absent: it has none of its own. */
  svg?(): string | null;
}

export const KIND_NAMES: Record<AttentionKind, string> = {
  encoder: l10n.t('Encoder self-attention'),
  decoder: l10n.t('Decoder self-attention'),
  cross: l10n.t('Cross-attention'),
};

const KIND_ORDER: AttentionKind[] = ['encoder', 'decoder', 'cross'];

/** Kinds of attention in a result, in reading order. */
export function kindsOf({ layers }: AttentionResult): AttentionKind[] {
  return KIND_ORDER.filter((kind) => layers.some((layer) => layer.kind === kind));
}

export function layersOf({ layers }: AttentionResult, kind: AttentionKind | null) {
  return layers.filter((layer) => layer.kind === kind).sort((a, b) => a.layer - b.layer);
}

export function querySide(result: AttentionResult, kind: AttentionKind): Side {
  return kind === 'encoder' || !result.target ? 'input' : 'target';
}

export function keySide(result: AttentionResult, kind: AttentionKind): Side {
  return kind === 'decoder' ? querySide(result, kind) : 'input';
}

export function sideTokens(result: AttentionResult, side: Side): Token[] {
  return side === 'input' ? result.tokens : (result.target?.tokens ?? []);
}

/** A token of one side as row and column of a kind's matrix, where it is one. */
export function pointerOf(result: AttentionResult, kind: AttentionKind, side: Side, token: number): Pointer {
  return {
    query: querySide(result, kind) === side ? token : null,
    key: keySide(result, kind) === side ? token : null,
  };
}

/** The editor's cursor as a row of the matrix. */
export function cursorRow({ snapshot: { result }, state: { kind }, cursor }: View): number | null {
  return result && kind && cursor !== null && querySide(result, kind) === 'input' ? cursor : null;
}

/** Views with all heads and the row's keys beside them; the others have the whole width. */
export const BESIDE: ReadonlySet<PanelTab> = new Set(['matrix', 'lines', 'text', 'generation']);

/** Views that ask a model or another result, which a self-contained page does not have. */
export const NEEDS_HOST: ReadonlySet<PanelTab> = new Set(['arithmetic', 'generation', 'compare']);

/** Cross-attention needs both sides, and an encoder alone writes nothing. */
export function hasTab({ model: { family } }: AttentionResult, tab: PanelTab): boolean {
  if (tab === 'cross') return family === 'encoder-decoder';
  return tab !== 'generation' || family !== 'encoder-only';
}

export const tabOf = ({ tab }: PanelState): PanelTab => tab ?? 'matrix';

/**
 * The query whose keys are listed and coloured in the text, as a token: the pinned one, else the one pointed at, else the
 * cursor's, else a first pick: the last ordinary token of a decoder (its row sees most), the first one otherwise.
 */
export function activeQuery(view: View): number | null {
  const { shown, state, pointer } = view;
  if (!shown) return null;
  const wanted = state.query ?? pointer?.query ?? cursorRow(view);
  if (rowOfToken(shown.queries, wanted) !== null) return wanted;
  const { items } = shown.queries;
  const ordinary = ({ special }: AxisItem) => !special;
  const first = shown.matrix.kind === 'encoder' ? items.findIndex(ordinary) : items.findLastIndex(ordinary);
  return items[Math.max(0, first)]?.tokens[0] ?? null;
}
