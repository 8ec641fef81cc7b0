import { copyFile, link, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { RepoFile, Repository } from './client';
import { digestFile } from './hash';
import { folderOf, isCommit, pathProblem } from './names';
import { partialPath } from './partial';
import { readRecord } from './record';

type Environment = Readonly<Record<string, string | undefined>>;

/** Folders of existing Hugging Face caches: `models--owner--name` with blobs, refs and snapshots. Only ever read. */
export function huggingFaceCaches(env: Environment = process.env): string[] {
  const home = env['HF_HOME'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'huggingface');
  const named = [env['HF_HUB_CACHE'], env['HUGGINGFACE_HUB_CACHE']].filter(
    (path) => path !== undefined && path !== '',
  );
  return [...new Set([...(named as string[]), join(home, 'hub')])];
}

/**
 * Files of the right size that may hold a wanted file: other commits of the same repository in our cache, then the
 * caches of Hugging Face. What they hold is not yet checked.
 */
export async function candidates(
  modelDir: string,
  repository: Repository,
  file: RepoFile,
  hfCaches: string[],
): Promise<string[]> {
  const paths = await inOtherCommits(modelDir, repository.commit, file);
  for (const id of new Set([repository.id, repository.askedId])) {
    for (const cache of hfCaches) {
      const folder = join(cache, `models--${id.replace('/', '--')}`);
      paths.push(
        join(folder, 'blobs', file.hash.hex),
        join(folder, 'snapshots', repository.commit, file.path),
      );
    }
  }
  const checked = await Promise.all(paths.map((path) => isFileOfSize(path, file.size)));
  return paths.filter((_, index) => checked[index]);
}

/** Our own copies of the same bytes at other commits: a repository moves on far oftener than its weights do. */
async function inOtherCommits(modelDir: string, commit: string, file: RepoFile): Promise<string[]> {
  const paths: string[] = [];
  for (const other of await readdir(modelDir).catch(() => [])) {
    if (!isCommit(other) || other === commit) continue;
    const record = await readRecord(join(modelDir, other));
    const stored = record?.files.find(({ path }) => path === file.path);
    const isSame =
      stored?.size === file.size && (file.hash.kind !== 'sha256' || stored.sha256 === file.hash.hex);
    if (isSame) paths.push(join(modelDir, other, file.path));
  }
  return paths;
}

/**
 * Takes a file over from a candidate, if its bytes are the right ones: as a hard link, which costs no space, or as a
 * copy across disks. Returns the SHA-256, or null where no candidate holds the file.
 */
export async function takeOver(
  paths: string[],
  file: RepoFile,
  target: string,
  signal?: AbortSignal,
): Promise<{ sha256: string; isLinked: boolean; path: string } | null> {
  for (const candidate of paths) {
    const path = await realpath(candidate).catch(() => null);
    if (path === null) continue;
    const digest = await digestFile(path, file.hash, file.size, signal).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === undefined || signal?.aborted) throw error;
        return null;
      },
    );
    if (!digest?.matches) continue;
    const isLinked = await link(path, target).then(
      () => true,
      () => false,
    );
    // Under the partial name, without a note: a copy that is cut off counts for nothing.
    if (!isLinked) await copyFile(path, partialPath(target));
    return { sha256: digest.sha256, isLinked, path };
  }
  return null;
}

/** What a Hugging Face cache holds of a revision, as a listing: for use without a network. */
export async function snapshotOf(
  id: string,
  revision: string,
  hfCaches: string[],
): Promise<Repository | null> {
  for (const cache of hfCaches) {
    const folder = join(cache, `models--${folderOf(id)}`);
    const ref = await readFile(join(folder, 'refs', revision), 'utf8').catch(() => revision);
    const commit = ref.trim();
    if (!isCommit(commit)) continue;
    const files = await snapshotFiles(join(folder, 'snapshots', commit));
    if (files.length > 0) return { id, askedId: id, revision, commit, gated: false, license: null, files };
  }
  return null;
}

/** The files of a snapshot whose blob's name tells the checksum. Without links to blobs there is nothing to check by. */
async function snapshotFiles(snapshot: string): Promise<RepoFile[]> {
  const files: RepoFile[] = [];
  for (const entry of await readdir(snapshot, { recursive: true }).catch(() => [])) {
    const blob = await realpath(join(snapshot, entry)).catch(() => '');
    const facts = await stat(blob).catch(() => null);
    const hex = /(?:^|[\\/])([0-9a-f]{40}|[0-9a-f]{64})$/.exec(blob)?.[1];
    const path = entry.replaceAll('\\', '/');
    if (!facts?.isFile() || hex === undefined || pathProblem(path) !== null) continue;
    const kind = hex.length === 64 ? 'sha256' : 'git-sha1';
    files.push({ path, size: facts.size, hash: { kind, hex } });
  }
  return files;
}

async function isFileOfSize(path: string, size: number): Promise<boolean> {
  return stat(path).then(
    (facts) => facts.isFile() && facts.size === size,
    () => false,
  );
}
