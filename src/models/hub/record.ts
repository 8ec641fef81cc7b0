import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { integerAt, isRecord, listAt, readJson, recordAt, stringAt, type JsonRecord } from '../json';
import { FileLock } from './lock';
import { isCommit, pathProblem } from './names';
import { writeWhole } from './partial';

/** A downloaded file as it was when it was last checked. */
export interface StoredFile {
  path: string;
  /** Bytes. */
  size: number;
  sha256: string;
  /** Time of change in milliseconds, by which a touched file is noticed without reading it. */
  mtimeMs: number;
}

/** model.json in a model's folder: what is downloaded of one commit. */
export interface ModelRecord {
  id: string;
  /** Other ids by which it was asked for. */
  aliases: string[];
  commit: string;
  /** Branches and tags that pointed to the commit when it was downloaded. */
  revisions: string[];
  license: string | null;
  /** Host that it came from. */
  host: string;
  /** Last download, ISO 8601. */
  date: string;
  files: StoredFile[];
  /** Paths of each whole download, by precision. */
  sets: Record<string, string[]>;
}

export const RECORD_NAME = 'model.json';
const MAX_RECORD_BYTES = 8 * 2 ** 20;

/** Reads a folder's record; null where there is none or it is damaged: its files are then checked anew. */
export async function readRecord(folder: string): Promise<ModelRecord | null> {
  const json = await readJson(join(folder, RECORD_NAME), MAX_RECORD_BYTES).catch(() => null);
  const id = stringAt(json, 'id');
  const commit = stringAt(json, 'commit') ?? '';
  if (id === null || !isCommit(commit)) return null;
  const sets = Object.entries(recordAt(json, 'sets')).map(([name, paths]) => [name, strings(paths)] as const);
  return {
    id,
    aliases: strings(listAt(json, 'aliases')),
    commit,
    revisions: strings(listAt(json, 'revisions')),
    license: stringAt(json, 'license'),
    host: stringAt(json, 'host') ?? '',
    date: stringAt(json, 'date') ?? '',
    files: listAt(json, 'files').flatMap(asStored),
    sets: Object.fromEntries(sets),
  };
}

/** Changes a folder's record, one process at a time. `change` gets the present one, or the beginning of a new one. */
export async function updateRecord(
  folder: string,
  beginning: Omit<ModelRecord, 'files' | 'sets' | 'date'>,
  change: (record: ModelRecord) => void,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const lock = await FileLock.acquire(join(folder, `${RECORD_NAME}.lock`));
  try {
    const record = (await readRecord(folder)) ?? { ...beginning, date: '', files: [], sets: {} };
    change(record);
    record.date = new Date().toISOString();
    await writeWhole(join(folder, RECORD_NAME), JSON.stringify(record, null, 1));
  } finally {
    await lock.release();
  }
}

/** Puts a file into a record, in place of what it said of the same path. */
export function putFile(record: ModelRecord, file: StoredFile): void {
  record.files = [...record.files.filter(({ path }) => path !== file.path), file];
  record.files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** How a file is now, against how it was: `same` by size and time alone, without reading it. */
export async function look(folder: string, file: StoredFile): Promise<'same' | 'missing' | 'size' | 'time'> {
  const facts = await stat(join(folder, file.path)).catch(() => null);
  if (!facts?.isFile()) return 'missing';
  if (facts.size !== file.size) return 'size';
  return facts.mtimeMs === file.mtimeMs ? 'same' : 'time';
}

/** A path is trusted no more here than in a listing: the record lies on a disk that others write to. */
function asStored(entry: unknown): StoredFile[] {
  if (!isRecord(entry)) return [];
  const path = stringAt(entry, 'path');
  const size = integerAt(entry, 'size', 0, Number.MAX_SAFE_INTEGER);
  const sha256 = stringAt(entry, 'sha256');
  const { mtimeMs } = entry as JsonRecord;
  if (path === null || pathProblem(path) !== null || size === null) return [];
  if (sha256 === null || !/^[0-9a-f]{64}$/.test(sha256) || typeof mtimeMs !== 'number') return [];
  return [{ path, size, sha256, mtimeMs }];
}

function strings(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : [];
}
