import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';

/** Row-major numbers. */
export interface Matrix {
  rows: number;
  columns: number;
  values: number[];
}

const MOST_ROWS = 16;
const MOST_COLUMNS = 16;
const LARGEST = 1e6;

/** A matrix as people type it: a line a row, numbers with blanks or commas between. Throws ProbeError `input`. */
export function parseMatrix(name: string, text: string): Matrix {
  const lines = text
    .split(/[\n;]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const rows = lines.map((line, i) =>
    line
      .split(/[\s,]+/)
      .filter((cell) => cell !== '')
      .map((cell) => numberOf(name, cell, i)),
  );
  const columns = rows[0]?.length ?? 0;
  if (rows.length === 0 || columns === 0)
    throw wrong(name, l10n.t('has no numbers. Write a row a line, such as "1 0 2"'));
  if (rows.length > MOST_ROWS || columns > MOST_COLUMNS)
    throw wrong(
      name,
      l10n.t`is ${rows.length} x ${columns}. At most ${MOST_ROWS} rows and ${MOST_COLUMNS} columns can be followed`,
    );
  rows.forEach((row, i) => {
    if (row.length !== columns)
      throw wrong(
        name,
        l10n.t`has ${columns} numbers in its first row and ${row.length} in row ${i + 1}. Give every row the same`,
      );
  });
  return { rows: rows.length, columns, values: rows.flat() };
}

function numberOf(name: string, cell: string, row: number): number {
  const value = Number(cell);
  if (/^[-+.\deE]+$/.test(cell) && Math.abs(value) <= LARGEST) return value;
  throw wrong(name, l10n.t`has something in row ${row + 1} that is no number from -${LARGEST} to ${LARGEST}`);
}

function wrong(name: string, what: string): ProbeError {
  return new ProbeError('input', `${name} ${what}.`);
}

/** Columns [from, to). */
export function columnsOf({ rows, columns, values }: Matrix, from: number, to: number): Matrix {
  const part = Array.from({ length: rows }, (_, row) =>
    values.slice(row * columns + from, row * columns + to),
  );
  return { rows, columns: to - from, values: part.flat() };
}

/** Matrices of the same height, side by side. */
export function sideBySide(parts: readonly Matrix[]): Matrix {
  const rows = parts[0]?.rows ?? 0;
  const values = Array.from({ length: rows }, (_, row) =>
    parts.flatMap((part) => part.values.slice(row * part.columns, (row + 1) * part.columns)),
  );
  return { rows, columns: parts.reduce((sum, { columns }) => sum + columns, 0), values: values.flat() };
}
