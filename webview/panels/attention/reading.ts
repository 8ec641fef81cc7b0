import type { AxisItem, Direction } from '../../../src/shared/aggregate';
import type { AttentionResult } from '../../../src/shared/attention';
import { matrixRow } from '../../charts/rows';
import { rowOfToken } from './shown';
import { activeQuery, keySide, querySide, sideTokens } from './view';
import type { Side, View } from './view';

/** The token whose attention colours the text, and which way it is read. */
export interface Reading {
  direction: Direction;
  /** Row (`from`) or column (`to`) of the shown matrix. */
  row: number;
  item: AxisItem;
  tokens: number[];
}

/** What colours the text; null where nothing is shown. */
export function activeReading(view: View): Reading | null {
  const { shown, state } = view;
  if (!shown) return null;
  const direction = state.reading ?? 'from';
  const axis = direction === 'from' ? shown.queries : shown.keys;
  const wanted = direction === 'from' ? activeQuery(view) : activeKey(view);
  const row = rowOfToken(axis, wanted);
  const item = row === null ? undefined : axis.items[row];
  return row === null || !item ? null : { direction, row, item, tokens: item.tokens };
}

/** Weight of each token of a side under the active reading, null for hidden ones; null where the side is not coloured. */
export function weightsOfSide(view: View, result: AttentionResult, side: Side): (number | null)[] | null {
  const { shown } = view;
  const reading = activeReading(view);
  if (!shown || !reading) return null;
  const { matrix, queries, keys } = shown;
  const from = reading.direction === 'from';
  if ((from ? keySide(result, matrix.kind) : querySide(result, matrix.kind)) !== side) return null;
  const weightAt = from
    ? (row: number) => matrixRow(matrix, reading.row)[row] as number
    : (row: number) => matrix.weights[row * matrix.keys + reading.row] as number;
  return sideTokens(result, side).map((_, token) => {
    const row = rowOfToken(from ? keys : queries, token);
    return row === null ? null : weightAt(row);
  });
}

/** The chosen key, else the one pointed at, else the first ordinary one. */
function activeKey({ shown, state, pointer }: View): number | null {
  if (!shown) return null;
  const wanted = state.key ?? pointer?.key ?? null;
  if (rowOfToken(shown.keys, wanted) !== null) return wanted;
  const { items } = shown.keys;
  const ordinary = items.find(({ special }) => !special) ?? items[0];
  return ordinary?.tokens[0] ?? null;
}
