import type { AxisItem } from '../shared/aggregate';
import type { Matrix } from './matrix';
import { normalizeRows, zeros } from './matrix';

/** Positions of a row's or column's tokens: all that shaping needs of an `AxisItem`. */
export type Group = Pick<AxisItem, 'tokens'>;

/**
 * Rows and columns that no group names are left out; rows are renormalized over the columns that stay, if wanted; then
 * weights are summed over the keys of a group and averaged over its queries, and those below the threshold become 0.
 */
export function shapeMatrix(
  matrix: Matrix,
  queries: readonly Group[],
  keys: readonly Group[],
  { renormalize, threshold }: { renormalize: boolean; threshold: number },
): Matrix {
  const summed = sumColumns(matrix, keys);
  if (renormalize) normalizeRows(summed);
  const out = averageRows(summed, queries);
  if (threshold > 0) {
    for (let i = 0; i < out.values.length; i++) if ((out.values[i] as number) < threshold) out.values[i] = 0;
  }
  return out;
}

function sumColumns({ rows, columns, values }: Matrix, groups: readonly Group[]): Matrix {
  const out = zeros(rows, groups.length);
  for (const [group, { tokens }] of groups.entries()) {
    for (const key of tokens) {
      for (let row = 0; row < rows; row++) {
        const at = row * groups.length + group;
        out.values[at] = (out.values[at] as number) + (values[row * columns + key] as number);
      }
    }
  }
  return out;
}

function averageRows({ columns, values }: Matrix, groups: readonly Group[]): Matrix {
  const out = zeros(groups.length, columns);
  for (const [group, { tokens }] of groups.entries()) {
    for (const query of tokens) {
      for (let k = 0; k < columns; k++) {
        const at = group * columns + k;
        out.values[at] = (out.values[at] as number) + (values[query * columns + k] as number) / tokens.length;
      }
    }
  }
  return out;
}
