import * as l10n from '@vscode/l10n';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ProbeError } from '../../shared/errors';
import type { HubClient, RepoFile, Repository } from './client';
import { Transient, WrongBytes } from './fault';
import { digestFile } from './hash';
import type { Reply } from './http';
import { FileLock } from './lock';
import { PartialFile, partialPath, removePartial } from './partial';
import { candidates, takeOver } from './reuse';
import type { StoredFile } from './record';
import { withRetries } from './retry';

/** One file to bring into the cache. */
export interface FileTask {
  client: HubClient;
  repository: Repository;
  file: RepoFile;
  /** The folder of the commit, in the folder of the model. */
  folder: string;
  /** Hugging Face caches that may hold the file already. */
  hfCaches: string[];
  signal?: AbortSignal;
  /** Told how many bytes of the file are here, and whether they came over the network just now. */
  onBytes: (held: number, received: number) => void;
}

/**
 * Brings one file into the cache: finds it there, takes it over from another cache, or downloads what is missing of it.
 * It appears under its name only when all its bytes are checked. One process at a time; the others wait and then find
 * it. Throws a ProbeError; what has arrived is kept.
 */
export async function fetchFile(task: FileTask): Promise<StoredFile> {
  try {
    return await fetchLocked(task);
  } catch (error) {
    throw asProbeError(error, task);
  }
}

async function fetchLocked(task: FileTask): Promise<StoredFile> {
  const target = join(task.folder, task.file.path);
  await mkdir(dirname(target), { recursive: true });
  const onWait = async () => task.onBytes((await stat(partialPath(target)).catch(() => null))?.size ?? 0, 0);
  const lock = await FileLock.acquire(`${target}.lock`, { signal: task.signal, onWait });
  try {
    const sha256 =
      (await findHere(task, target)) ??
      (await findElsewhere(task, target)) ??
      (await download(task, target, lock));
    const { size, mtimeMs } = await stat(target);
    task.onBytes(size, 0);
    return { path: task.file.path, size, sha256, mtimeMs };
  } finally {
    await lock.release();
  }
}

/** SHA-256 of the file under its final name. One that has other bytes by now is removed: it must never be used. */
async function findHere({ file, signal }: FileTask, target: string): Promise<string | null> {
  const facts = await stat(target).catch(() => null);
  if (facts === null) return null;
  const digest = facts.size === file.size ? await digestFile(target, file.hash, file.size, signal) : null;
  if (digest?.matches) {
    await removePartial(target);
    return digest.sha256;
  }
  await rm(target, { force: true, recursive: true });
  return null;
}

async function findElsewhere(task: FileTask, target: string): Promise<string | null> {
  const { repository, file, folder, hfCaches, signal } = task;
  const paths = await candidates(dirname(folder), repository, file, hfCaches);
  const found = await takeOver(paths, file, target, signal);
  if (found === null) return null;
  if (!found.isLinked) await rename(partialPath(target), target);
  await removePartial(target);
  task.client.log(`${file.path} of ${repository.id}: taken over from ${found.path}`);
  return found.sha256;
}

/** Downloads what is missing. Wrong bytes of the right length get one more chance, from the beginning. */
async function download(task: FileTask, target: string, lock: FileLock): Promise<string> {
  const { client, file, repository, signal } = task;
  for (let chances = 2; ; chances--) {
    const partial = await PartialFile.open(target, repository, file, signal);
    try {
      task.onBytes(partial.bytes, 0);
      const isWrong = await fill(task, partial, lock);
      const digest = partial.digest();
      if (digest.matches && !isWrong) {
        await lock.assertHeld();
        await partial.finish();
        return digest.sha256;
      }
    } catch (error) {
      await partial.keep().catch(() => undefined);
      throw error;
    }
    await partial.keep();
    await removePartial(target);
    client.log(`${file.path} of ${repository.id} came with wrong bytes; they are deleted`);
    if (chances === 1) throw wrongTwice(task);
  }
}

/** Requests until every byte is there. Returns whether more came than the file has. */
async function fill(task: FileTask, partial: PartialFile, lock: FileLock): Promise<boolean> {
  const { client, file, repository, signal } = task;
  const way = { rangeFailures: 0 };
  let received = 0;
  const step = async () => {
    await lock.assertHeld();
    if (partial.bytes >= file.size) return;
    await receive(task, partial, way, (bytes) => (received += bytes));
  };
  const failure = l10n.t`${file.path} of ${repository.id} could not be downloaded`;
  const advice = l10n.t('Try again later; what has arrived is kept.');
  try {
    await withRetries(step, {
      failure,
      advice,
      policy: client.retry,
      signal,
      log: client.log,
      progress: () => received,
    });
    return false;
  } catch (error) {
    if (error instanceof WrongBytes) return true;
    throw error;
  }
}

/** One request for the rest of the file. Throws a Transient unless all of it came. */
async function receive(
  { client, repository, file, signal, onBytes }: FileTask,
  partial: PartialFile,
  way: { rangeFailures: number },
  count: (bytes: number) => void,
): Promise<void> {
  // Where ranges do not work, the whole file is asked for and what is held already is passed over.
  const from = way.rangeFailures < 2 ? partial.bytes : 0;
  const reply = await client.open(repository, file, from, signal);
  let skip: number;
  try {
    skip = partial.bytes - checkReply(reply, repository, file, from);
  } catch (error) {
    await reply.discard();
    if (error instanceof RangeFailure) way.rangeFailures++;
    throw error;
  }
  for await (const chunk of reply.body) {
    const fresh = chunk.subarray(Math.min(skip, chunk.length));
    skip -= chunk.length - fresh.length;
    if (fresh.length === 0) continue;
    await partial.append(fresh);
    count(fresh.length);
    onBytes(partial.bytes, fresh.length);
  }
  if (partial.bytes < file.size) throw new Transient(l10n.t('the connection ended before the file did'));
}

/** Position of the reply's first byte in the file. Throws a Transient where the reply is not for this very file. */
function checkReply(
  { status, headers, hubHeaders }: Reply,
  repository: Repository,
  file: RepoFile,
  from: number,
): number {
  const commit = hubHeaders.get('x-repo-commit');
  if (commit !== null && commit !== repository.commit)
    throw changed(l10n.t('the repository has changed meanwhile'));
  const linkedSize = hubHeaders.get('x-linked-size');
  const etag = hubHeaders.get('x-linked-etag')?.replace(/^W\/|"/g, '');
  if (linkedSize !== null && Number(linkedSize) !== file.size)
    throw changed(l10n.t('the Hub gives another size than before'));
  if (etag?.length === file.hash.hex.length && etag !== file.hash.hex)
    throw changed(l10n.t('the Hub gives another checksum than before'));
  if (status === 416)
    throw new RangeFailure(l10n.t('the server says that the file is shorter'), undefined, 'model');
  const start = status === 206 ? rangeStart(headers, file, from) : 0;
  const length = headers.get('content-length');
  if (length !== null && Number(length) !== file.size - start) {
    throw changed(l10n.t`the server announces ${length} bytes instead of ${file.size - start}`);
  }
  return start;
}

/** First position of a 206, which must be the one asked for, of a file of the right size. */
function rangeStart(headers: Headers, file: RepoFile, from: number): number {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
  const isWanted = Number(start) === from && (total === '*' || Number(total) === file.size);
  if (!isWanted)
    throw new RangeFailure(l10n.t('the server sent another part than was asked for'), undefined, 'model');
  return from;
}

/** The server does not do ranges right. */
class RangeFailure extends Transient {}

function changed(message: string): Transient {
  return new Transient(message, undefined, 'model');
}

function wrongTwice({ file, repository }: FileTask): ProbeError {
  return new ProbeError(
    'model',
    l10n.t`${file.path} of ${repository.id} came with other bytes than its checksum says, twice; it is deleted. Try again later, or set another Hub address if you use a mirror.`,
  );
}

/** The file system's errors in words. */
function asProbeError(error: unknown, { file, folder, repository }: FileTask): unknown {
  if (error instanceof Transient) {
    return new ProbeError(
      'runtime',
      l10n.t`${file.path} of ${repository.id}: ${error.message}. Fetch it again.`,
    );
  }
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof ProbeError || code === undefined) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new ProbeError(
      'runtime',
      l10n.t`The disk is full, so ${file.path} is not whole. Make room and fetch it again.`,
    );
  }
  return new ProbeError(
    'runtime',
    l10n.t`${file.path} cannot be written to ${folder} (${code}). Check the cache folder.`,
  );
}
