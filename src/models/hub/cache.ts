import * as l10n from '@vscode/l10n';
import { randomUUID } from 'node:crypto';
import { readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ProbeError } from '../../shared/errors';
import type { Precision } from './files';
import { digestFile } from './hash';
import { commitFolders, leftovers } from './layout';
import { isLockLive } from './lock';
import { look, putFile, readRecord, updateRecord, type ModelRecord, type StoredFile } from './record';

/** One commit of a model in the cache. */
export interface CachedModel {
  id: string;
  commit: string;
  /** Folder in the Hub's own layout, to open as a model. */
  folder: string;
  /** Null where a download has begun and no file is whole yet. */
  record: ModelRecord | null;
  /** Bytes on the disk, unfinished files included. */
  bytes: number;
  /** Bytes of unfinished files that a new download would go on with. */
  unfinishedBytes: number;
  /** The precisions of which every file is here. */
  precisions: Precision[];
}

/** What checking a file found: `ok`, or what is wrong with it. */
export interface FileState {
  path: string;
  state: 'ok' | 'missing' | 'size' | 'contents';
}

/** All models of the cache, by id, newest commit first. */
export async function listModels(cacheDir: string): Promise<CachedModel[]> {
  const models = await Promise.all((await commitFolders(cacheDir)).map(describe));
  return models.sort((a, b) => compare(a.id, b.id) || compare(dateOf(b), dateOf(a)));
}

/**
 * The cached model of an id, the newest that fits; null where none is whole. `revision` is a branch or tag as it was
 * at the download, a commit, or its beginning.
 */
export async function findModel(
  cacheDir: string,
  id: string,
  { revision, precision }: { revision?: string; precision?: Precision } = {},
): Promise<CachedModel | null> {
  const models = await listModels(cacheDir);
  const wanted = id.toLowerCase();
  const isNamed = ({ record, id: own }: CachedModel) =>
    [own, ...(record?.aliases ?? [])].some((name) => name.toLowerCase() === wanted);
  const fits = (model: CachedModel) =>
    isNamed(model) &&
    model.precisions.length > 0 &&
    (precision === undefined || model.precisions.includes(precision)) &&
    (revision === undefined || isRevision(model, revision));
  return models.find(fits) ?? null;
}

/**
 * Checks the files of a model. Quickly, a file whose size and time are as they were counts as it was; `full` reads every
 * byte. A file that was only touched is noted with its new time.
 */
export async function verifyModel(
  model: CachedModel,
  full = false,
  signal?: AbortSignal,
): Promise<FileState[]> {
  const states: FileState[] = [];
  for (const file of model.record?.files ?? []) {
    states.push({ path: file.path, state: await check(model, file, full, signal) });
  }
  return states;
}

/**
 * Checks a folder of the cache before it is opened. Throws a ProbeError of code `model` that names the file that has
 * changed since its download. A folder that is not of the cache passes: there is nothing to check it by.
 */
export async function assertUnchanged(folder: string, signal?: AbortSignal): Promise<void> {
  const record = await readRecord(folder);
  if (record === null) return;
  const states = await verifyModel(
    await describe({ id: record.id, commit: record.commit, folder }),
    false,
    signal,
  );
  const bad = states.find(({ state }) => state !== 'ok');
  if (!bad) return;
  throw new ProbeError(
    'model',
    l10n.t`${sentence(bad)} of ${record.id}, so it is not run. Download it again.`,
    {
      reason: 'changed',
      id: record.id,
    },
  );
}

/** What is wrong with a file, as the beginning of a sentence that goes on with the model's name. */
export function sentence({ path, state }: FileState): string {
  if (state === 'missing') return l10n.t`${path} is missing from the download`;
  return state === 'size'
    ? l10n.t`${path} has another size than the download`
    : l10n.t`${path} has other bytes than the download`;
}

/** Removes a model. Returns the bytes freed. Throws a ProbeError of code `usage` while it is being downloaded. */
export async function removeModel(model: CachedModel): Promise<number> {
  if (await isBusy(model.folder)) {
    throw new ProbeError(
      'usage',
      l10n.t`${model.id} is being downloaded. Stop the download, then remove it.`,
    );
  }
  const freed = await sizeOf(model.folder, true);
  const parent = dirname(model.folder);
  // Renamed first, so that a folder that is removed by half is never taken for a model.
  const doomed = join(dirname(parent), `.removed-${randomUUID()}`);
  try {
    await rename(model.folder, doomed);
    await rm(doomed, { recursive: true, force: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ProbeError(
      'runtime',
      l10n.t`${model.id} cannot be removed (${String(code)}). Close what is using it and try again.`,
    );
  }
  await rmdir(parent).catch(() => undefined);
  return freed;
}

async function describe({
  id,
  commit,
  folder,
}: Pick<CachedModel, 'id' | 'commit' | 'folder'>): Promise<CachedModel> {
  const record = await readRecord(folder);
  const left = await leftovers(folder);
  const unfinishedBytes = left
    .filter(({ path }) => path.endsWith('.partial'))
    .reduce((sum, each) => sum + each.bytes, 0);
  const precisions = record === null ? [] : await wholeSets(folder, record);
  return { id, commit, folder, record, bytes: await sizeOf(folder), unfinishedBytes, precisions };
}

async function wholeSets(folder: string, record: ModelRecord): Promise<Precision[]> {
  const missing = new Set<string>();
  for (const file of record.files) {
    if (['missing', 'size'].includes(await look(folder, file))) missing.add(file.path);
  }
  const here = new Set(record.files.map(({ path }) => path).filter((path) => !missing.has(path)));
  const whole = Object.entries(record.sets).filter(([, paths]) => paths.every((path) => here.has(path)));
  return whole.map(([precision]) => precision as Precision);
}

async function check(model: CachedModel, file: StoredFile, full: boolean, signal?: AbortSignal) {
  const found = await look(model.folder, file);
  if (found === 'missing' || found === 'size') return found;
  if (found === 'same' && !full) return 'ok';
  const path = join(model.folder, file.path);
  const digest = await digestFile(path, { kind: 'sha256', hex: file.sha256 }, file.size, signal);
  const mtimeMs = digest.matches ? (await stat(path)).mtimeMs : NEVER;
  if (model.record && mtimeMs !== file.mtimeMs) {
    const change = (record: ModelRecord) => putFile(record, { ...file, mtimeMs });
    // Only spares the next check its work: a cache that cannot be written to may still be read.
    await updateRecord(model.folder, model.record, change).catch(() => undefined);
  }
  return digest.matches ? 'ok' : 'contents';
}

/** A time that no file has: one found damaged is read again at each check, whatever its real time says. */
const NEVER = -1;

async function isBusy(folder: string): Promise<boolean> {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  const locks = entries.filter((entry) => entry.endsWith('.lock'));
  const live = await Promise.all(locks.map((lock) => isLockLive(join(folder, lock))));
  return live.includes(true);
}

/** Bytes of a folder; with `freed`, those that its removal frees: a file that has another name elsewhere stays. */
async function sizeOf(folder: string, freed = false): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const facts = await stat(join(entry.parentPath, entry.name)).catch(() => null);
    if (facts && !(freed && facts.nlink > 1)) bytes += facts.size;
  }
  return bytes;
}

function isRevision({ commit, record }: CachedModel, revision: string): boolean {
  const isShort = /^[0-9a-f]{7,40}$/.test(revision) && commit.startsWith(revision);
  return isShort || (record?.revisions.includes(revision) ?? false);
}

function dateOf({ record, folder }: CachedModel): string {
  return record?.date || basename(folder);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
