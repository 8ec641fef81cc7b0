import { PLAIN } from '../../../src/shared/aggregate';
import type { AxisItem, MatrixSource, ShapedMatrix, Shaping } from '../../../src/shared/aggregate';
import { axisTokens } from '../../../src/shared/attention';
import type { AttentionResult, HeadAddress, HeadMatrix } from '../../../src/shared/attention';
import type { Combination, PanelState } from '../../../src/shared/protocol';
import type { Token } from '../../../src/shared/tokens';

/** One side of a shown matrix. */
export interface Axis {
  /** What each row or column stands for: a token, a word or a line. */
  items: AxisItem[];
  /** Row or column of each token; -1 where it is hidden. */
  rowOf: Int32Array;
}

/** A matrix as it is shown: a head or an aggregate, hidden tokens left out, the rest joined. */
export interface Shown {
  /** Rows and columns are those of the axes; `layer` and `head` are the chosen ones where an aggregate is shown. */
  matrix: HeadMatrix;
  queries: Axis;
  keys: Axis;
}

/** A head as it is. */
export function showHead(head: HeadMatrix, result: AttentionResult): Shown {
  const { queries, keys } = axisTokens(result, head.kind);
  return {
    matrix: head,
    queries: axisOf(queries.map(itemOf), queries.length),
    keys: axisOf(keys.map(itemOf), keys.length),
  };
}

/** A matrix that the host shaped. */
export function showShaped(shaped: ShapedMatrix, address: HeadAddress, result: AttentionResult): Shown {
  const { queries, keys } = axisTokens(result, address.kind);
  return {
    matrix: { ...address, queries: shaped.queries.length, keys: shaped.keys.length, weights: shaped.weights },
    queries: axisOf(shaped.queries, queries.length),
    keys: axisOf(shaped.keys, keys.length),
  };
}

/** True when the matrix has a weight for each pair of its rows and columns. */
export function isShaped({ queries, keys, weights }: ShapedMatrix): boolean {
  return Array.isArray(queries) && Array.isArray(keys) && weights.length === queries.length * keys.length;
}

export const shapingOf = ({ shaping }: PanelState): Shaping => shaping ?? PLAIN;

export const isPlain = (shaping: Shaping): boolean =>
  !shaping.hideSpecial && !shaping.hideSinks && shaping.threshold === 0 && shaping.grain === 'token';

/** What the host is asked for; null where there is no attention. Cross-attention has no flow: its rollout is shown. */
export function sourceOf({ kind, layer, head, combination = 'head' }: PanelState): MatrixSource | null {
  if (kind === null) return null;
  const sources: Record<Combination, MatrixSource> = {
    head: { from: 'head', kind, layer, head },
    'heads-mean': { from: 'heads', kind, layer, reduce: 'mean' },
    'heads-max': { from: 'heads', kind, layer, reduce: 'max' },
    'layers-mean': { from: 'layers', kind, reduce: 'mean' },
    'layers-max': { from: 'layers', kind, reduce: 'max' },
    rollout: { from: 'rollout', kind },
    flow: kind === 'cross' ? { from: 'rollout', kind } : { from: 'flow', kind },
  };
  return sources[combination];
}

/** First token of a row or column; null for none. */
export const tokenOf = (axis: Axis, row: number | null): number | null =>
  row === null ? null : (axis.items[row]?.tokens[0] ?? null);

/** Row or column of a token; null where it has none. */
export function rowOfToken(axis: Axis | null | undefined, token: number | null | undefined): number | null {
  const row = token === null || token === undefined ? -1 : (axis?.rowOf[token] ?? -1);
  return row < 0 ? null : row;
}

/** How many keys a row can see: in causal self-attention those up to its own last token. */
export function visibleCount({ matrix, queries, keys }: Shown, row: number): number {
  if (matrix.kind !== 'decoder') return keys.items.length;
  const last = queries.items[row]?.tokens.at(-1) ?? 0;
  const beyond = keys.items.findIndex(({ tokens }) => (tokens[0] ?? 0) > last);
  return beyond < 0 ? keys.items.length : beyond;
}

/** True where the cells right of the diagonal are those that a causal query cannot see. */
export const isMasked = ({ matrix }: Shown): boolean =>
  matrix.kind === 'decoder' && matrix.queries === matrix.keys;

function itemOf(token: Token, index: number): AxisItem {
  return { text: token.text || token.piece, tokens: [index], special: token.special };
}

function axisOf(items: AxisItem[], tokens: number): Axis {
  const rowOf = new Int32Array(tokens).fill(-1);
  items.forEach((item, row) => item.tokens.forEach((token) => (rowOf[token] = row)));
  return { items, rowOf };
}
