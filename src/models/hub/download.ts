import * as l10n from '@vscode/l10n';
import { mkdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { ProbeError } from '../../shared/errors';
import { findModel } from './cache';
import type { HubClient, RepoFile, Repository } from './client';
import { fetchFile } from './fetchFile';
import { companionsOf } from './catalogue';
import { chooseFiles, companionsIn, plusFiles, type Choice, type Precision } from './files';
import { commitFolder, tidy } from './layout';
import { checkRepoId, checkRevision } from './names';
import { partialPath } from './partial';
import { ProgressMeter, type Progress } from './progress';
import { look, putFile, readRecord, updateRecord, type StoredFile } from './record';
import { huggingFaceCaches, snapshotOf } from './reuse';
import { throwIfCancelled } from './retry';

/** What a download would do: what comes from where, and how big it is. */
export interface DownloadPlan {
  repository: Repository;
  choice: Choice;
  /** Host that is asked. */
  host: string;
  /** Where the model will be. */
  folder: string;
  /** Bytes that are not here yet. */
  bytesToFetch: number;
}

export interface DownloadTarget {
  client: HubClient;
  cacheDir: string;
  /** Hugging Face caches to take files from; those of the environment if absent. */
  hfCaches?: string[];
}

export interface ModelRequest {
  id: string;
  /** Branch, tag or commit; `main` if absent. */
  revision?: string;
  /** The nearest to the trained weights if absent. */
  precision?: Precision;
}

export interface DownloadOptions {
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

const PARALLEL = 4;
/** Space left over for everything else on the disk. */
const SPARE_BYTES = 64 * 2 ** 20;

/**
 * Looks a model up and says what a download would bring. Offline, a Hugging Face cache may stand in for the Hub. Throws
 * a ProbeError where the model cannot be had.
 */
export async function planDownload(
  target: DownloadTarget,
  request: ModelRequest,
  signal?: AbortSignal,
): Promise<DownloadPlan> {
  const { client, cacheDir } = target;
  const id = checkRepoId(request.id);
  const revision = checkRevision(request.revision ?? 'main');
  const local = client.offline
    ? await snapshotOf(id, revision, target.hfCaches ?? huggingFaceCaches())
    : null;
  const repository = local ?? (await client.repository(id, revision, signal));
  const choice = await withCompanions(client, repository, chooseFiles(repository, request.precision), signal);
  const folder = commitFolder(cacheDir, repository.id, repository.commit);
  const missing = await Promise.all(choice.files.map((file) => missingBytes(folder, file)));
  const bytesToFetch = missing.reduce((sum, bytes) => sum + bytes, 0);
  return { repository, choice, host: client.endpoint.host, folder, bytesToFetch };
}

/** Adds configuration and tokenizer from where the catalogue says, for repositories that hold graphs only. */
async function withCompanions(
  client: HubClient,
  repository: Repository,
  choice: Choice,
  signal?: AbortSignal,
): Promise<Choice> {
  const id = companionsOf(repository.id);
  if (id === null || client.offline) return choice;
  const from = await client.repository(id, 'main', signal);
  return plusFiles(
    choice,
    companionsIn(from.files).map((file) => ({ ...file, from })),
  );
}

/**
 * Does what a plan says: up to four files at a time, each checked before it gets its name. Returns the model's folder.
 * Throws a ProbeError; calling it again goes on where it ended.
 */
export async function runDownload(
  target: DownloadTarget,
  plan: DownloadPlan,
  { signal, onProgress }: DownloadOptions = {},
): Promise<string> {
  throwIfCancelled(signal);
  await mkdir(target.cacheDir, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new ProbeError(
      'runtime',
      l10n.t`The cache ${target.cacheDir} cannot be made (${String(error.code)}). Choose another folder.`,
    );
  });
  await tidy(target.cacheDir);
  await checkSpace(target.cacheDir, plan);
  const { files, bytes } = plan.choice;
  const meter = new ProgressMeter(bytes, files.length, onProgress ?? (() => undefined));
  const fetched: StoredFile[] = [];
  let isWhole = false;
  try {
    await inParallel(files, signal, async (file, inner) => {
      const stored = await bring(target, plan, file, meter, inner);
      if (stored) fetched.push(stored);
    });
    isWhole = true;
  } finally {
    // Without the note, after a killed process, the files are only read once more to check them.
    await note(plan, (record) => {
      for (const file of fetched) putFile(record, file);
      if (isWhole) record.sets[plan.choice.precision] = files.map(({ path }) => path);
    });
  }
  return plan.folder;
}

/** The folder of a model: from the cache if it is there, else downloaded. */
export async function fetchModel(
  target: DownloadTarget,
  request: ModelRequest,
  options: DownloadOptions & { onPlan?: (plan: DownloadPlan) => Promise<void> | void } = {},
): Promise<string> {
  if (target.client.offline) {
    const cached = await findModel(target.cacheDir, request.id, { revision: 'main', ...request });
    if (cached) return cached.folder;
  }
  const plan = await planDownload(target, request, options.signal);
  await options.onPlan?.(plan);
  return runDownload(target, plan, options);
}

/** Brings a file; returns what to note of it, or null where it was here and noted. */
async function bring(
  { client, ...target }: DownloadTarget,
  { repository, folder }: DownloadPlan,
  file: RepoFile,
  meter: ProgressMeter,
  signal: AbortSignal,
): Promise<StoredFile | null> {
  const record = await readRecord(folder);
  const stored = record?.files.find(({ path }) => path === file.path);
  const isHere = stored && isWanted(stored, file) && (await look(folder, stored)) === 'same';
  const onBytes = (held: number, received: number) => meter.add(file.path, held, received);
  if (isHere) onBytes(file.size, 0);
  const hfCaches = target.hfCaches ?? huggingFaceCaches();
  const fetched = isHere
    ? null
    : await fetchFile({
        client,
        repository: file.from ?? repository,
        file,
        folder,
        hfCaches,
        signal,
        onBytes,
      });
  meter.finish(file.path);
  return fetched;
}

/** Small files have git's checksum only, which their path at this commit already stands for. */
function isWanted(stored: StoredFile, { size, hash }: RepoFile): boolean {
  return stored.size === size && (hash.kind === 'git-sha1' || stored.sha256 === hash.hex);
}

async function note(plan: DownloadPlan, change: Parameters<typeof updateRecord>[2]): Promise<void> {
  const { id, askedId, commit, revision, license } = plan.repository;
  const beginning = { id, aliases: [], commit, revisions: [], license, host: plan.host };
  await updateRecord(plan.folder, beginning, (record) => {
    record.revisions = [...new Set([...record.revisions, revision])];
    record.aliases = [...new Set([...record.aliases, askedId])].filter((name) => name !== id);
    change(record);
  });
}

async function missingBytes(folder: string, { path, size }: RepoFile): Promise<number> {
  const sizeAt = async (file: string) => (await stat(file).catch(() => null))?.size;
  const target = join(folder, path);
  if ((await sizeAt(target)) === size) return 0;
  return size - Math.min(size, (await sizeAt(partialPath(target))) ?? 0);
}

async function checkSpace(cacheDir: string, { repository, bytesToFetch }: DownloadPlan): Promise<void> {
  const { bavail, bsize } = await statfs(cacheDir);
  const free = bavail * bsize;
  if (bytesToFetch === 0 || bytesToFetch + SPARE_BYTES <= free) return;
  throw new ProbeError(
    'runtime',
    l10n.t`${repository.id} needs ${megabytes(bytesToFetch)} MB more and the disk of the cache has ${megabytes(free)} MB free. Make room, or choose another cache folder.`,
  );
}

/** Runs a step for each item, a few at a time. The first failure stops the others, which end before it is thrown. */
async function inParallel<T>(
  items: T[],
  signal: AbortSignal | undefined,
  step: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const inner = new AbortController();
  const stop = () => inner.abort();
  signal?.addEventListener('abort', stop);
  const failures: unknown[] = [];
  const queue = [...items];
  const work = async () => {
    for (let item = queue.shift(); item !== undefined && !inner.signal.aborted; item = queue.shift()) {
      await step(item, inner.signal).catch((error: unknown) => {
        failures.push(error);
        inner.abort();
      });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  signal?.removeEventListener('abort', stop);
  throwIfCancelled(signal);
  if (failures.length > 0) throw failures[0];
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}
