import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import { MAX_CLASSES, MAX_DATA_LINES } from '../../shared/training';
import { delimitedRows, delimiterOf } from './delimited';

/** A row of a data file. */
export interface DataRow {
  text: string;
  label: string;
  /** Null where the file does not say. */
  split: 'train' | 'test' | null;
}

const TEXT_NAMES = ['text', 'sentence', 'review', 'comment', 'content', 'message', 'input'];
const LABEL_NAMES = ['label', 'class', 'category', 'sentiment', 'target', 'tag', 'output'];
const SPLIT_NAMES = ['split', 'set', 'fold', 'subset'];
const TEST_NAMES = ['test', 'dev', 'validation', 'valid', 'val', 'eval'];

/** Rows that are read without letting anybody else have the thread. */
const SLICE = 2000;

interface Columns {
  text: number;
  label: number;
  /** Absent in most files. */
  split: number | undefined;
}

/**
 * Reads CSV, TSV or JSONL: what it is shows in the text itself. The columns are found by the names in the first row, or,
 * without such names, the label is the column of two with the fewer different values.
 */
export async function readRecords(name: string, text: string): Promise<DataRow[]> {
  return /^\s*\{/.test(text) ? readJsonLines(name, text) : readTable(name, text);
}

async function readTable(name: string, text: string): Promise<DataRow[]> {
  const rows: string[][] = [];
  for (const row of delimitedRows(text, delimiterOf(text))) {
    rows.push(row);
    await pause(name, rows.length);
  }
  const header = namedColumns(rows[0] ?? []);
  const columns = header ?? guessedColumns(name, rows);
  return (header ? rows.slice(1) : rows).map((row) => ({
    text: row[columns.text] ?? '',
    label: row[columns.label] ?? '',
    split: splitOf(columns.split === undefined ? '' : (row[columns.split] ?? '')),
  }));
}

async function readJsonLines(name: string, text: string): Promise<DataRow[]> {
  const records: DataRow[] = [];
  let line = 0;
  for (const source of text.split(/\r?\n/)) {
    line++;
    await pause(name, line);
    if (source.trim() === '') continue;
    const row = asObject(source);
    if (row === null) throw bad(l10n.t`Line ${line} of ${name} is no JSON object. Each line needs one.`);
    const [text, label] = [pick(row, TEXT_NAMES), pick(row, LABEL_NAMES)];
    if (text === undefined || label === undefined) {
      throw bad(l10n.t`Line ${line} of ${name} lacks a "text" or a "label". Each line needs both.`);
    }
    records.push({ text, label, split: splitOf(pick(row, SPLIT_NAMES) ?? '') });
  }
  return records;
}

/** Counts against the limit, and gives the thread away now and then. */
async function pause(name: string, rows: number): Promise<void> {
  if (rows > MAX_DATA_LINES) {
    throw bad(
      l10n.t`${name} has more than ${MAX_DATA_LINES.toLocaleString('en-US')} lines. Give a part of it; a few hundred sentences are enough here.`,
    );
  }
  if (rows % SLICE === 0) await new Promise(setImmediate);
}

function namedColumns(row: string[]): Columns | null {
  const names = row.map((name) => name.trim().toLowerCase());
  const find = (known: string[]) => {
    const at = known.map((name) => names.indexOf(name)).filter((i) => i >= 0);
    return at[0];
  };
  const [text, label, split] = [find(TEXT_NAMES), find(LABEL_NAMES), find(SPLIT_NAMES)];
  return text === undefined || label === undefined ? null : { text, label, split };
}

function guessedColumns(name: string, rows: string[][]): Columns {
  const width = Math.max(0, ...rows.slice(0, 100).map((row) => row.length));
  if (rows.length === 0) throw bad(l10n.t`${name} is empty. It needs a text and a label in each line.`);
  const distinct = [0, 1].map((column) => new Set(rows.map((row) => row[column])).size);
  const label = (distinct[0] ?? 0) < (distinct[1] ?? 0) ? 0 : 1;
  if (width !== 2 || (distinct[label] ?? 0) > MAX_CLASSES) {
    throw bad(
      l10n.t`The columns of ${name} are not clear. Name them in its first line: text, label and, if you like, split.`,
    );
  }
  return { text: 1 - label, label, split: undefined };
}

function splitOf(value: string): DataRow['split'] {
  const name = value.trim().toLowerCase();
  if (name === '') return null;
  return TEST_NAMES.includes(name) ? 'test' : 'train';
}

function asObject(source: string): object | null {
  try {
    const value: unknown = JSON.parse(source);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function pick(row: object, names: string[]): string | undefined {
  for (const name of names) {
    const value: unknown = Object.hasOwn(row, name) ? Reflect.get(row, name) : undefined;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      return String(value);
    }
  }
  return undefined;
}

function bad(message: string): ProbeError {
  return new ProbeError('input', message);
}
