import { axisTokens } from '../../../src/shared/attention';
import type {
  AttentionKind,
  AttentionResult,
  HeadAddress,
  HeadMatrix,
  Overview,
} from '../../../src/shared/attention';
import type { ErrorMessage } from '../../../src/shared/errors';
import type { PanelSnapshot, PanelState, ViewEvents } from '../../../src/shared/protocol';
import type { Token } from '../../../src/shared/tokens';
import type { Theme } from '../../theme';

/** Which side of the text a token is on. */
export type Side = 'input' | 'target';

/** The row and column under the pointer or the keyboard's focus, as indices of the axes. */
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
  loading: boolean;
  /** Why the overview or the head could not be had. */
  failure: ErrorMessage | null;
  theme: Theme;
}

/** What the user can do; the parts call these and nothing else. */
export interface Actions {
  choose(address: Partial<HeadAddress>): void;
  pin(query: number | null): void;
  /** Marks cells; `hover` says which token the editor should mark. */
  point(pointer: Pointer | null, hover: ViewEvents['hover']): void;
  setView(view: PanelState['view']): void;
  setScale(scale: 'head' | 'absolute'): void;
  /** Asks again for what could not be had. */
  reload(): void;
  say(text: string): void;
  send<K extends keyof ViewEvents>(name: K, body: ViewEvents[K]): void;
}

/** A part of the panel: its element, and how it follows the view. */
export interface Part {
  element: HTMLElement;
  update(view: View): void;
}

export const KIND_NAMES: Record<AttentionKind, string> = {
  encoder: 'Encoder self-attention',
  decoder: 'Decoder self-attention',
  cross: 'Cross-attention',
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

/**
 * The query whose keys are listed and coloured in the text: the pinned one, else the one pointed at, else the cursor's,
 * else a first pick: the last ordinary token of a decoder (its row sees most), the first one otherwise.
 */
export function activeQuery(view: View): number | null {
  const { result } = view.snapshot;
  const { head, state, pointer } = view;
  if (!result || !head) return null;
  const { queries } = axisTokens(result, head.kind);
  const wanted = state.query ?? pointer?.query ?? cursorRow(view);
  if (wanted !== null && wanted < queries.length) return wanted;
  const ordinary = (token: Token) => !token.special;
  const first = head.kind === 'encoder' ? queries.findIndex(ordinary) : queries.findLastIndex(ordinary);
  return first >= 0 ? first : queries.length > 0 ? 0 : null;
}
