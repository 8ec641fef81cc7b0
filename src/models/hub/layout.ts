import { readdir, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { folderOf, idOf, isCommit } from './names';
import { isLockLive } from './lock';

/*
 * The cache: <cache>/<owner>--<name>/<commit>/ holds one commit's files by their paths in the repository, and model.json.
 */

type Environment = Readonly<Record<string, string | undefined>>;

/** The cache's folder: the setting, else `TRANSFORMER_PROBE_CACHE`, else the system's folder for caches. */
export function cacheDirectory(setting?: string, env: Environment = process.env): string {
  const named = setting?.trim() || env['TRANSFORMER_PROBE_CACHE']?.trim();
  if (named) return named.replace(/^~(?=$|[\\/])/, homedir());
  if (process.platform === 'win32') {
    return join(env['LOCALAPPDATA'] || join(homedir(), 'AppData', 'Local'), 'transformer-probe', 'Cache');
  }
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'transformer-probe');
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'transformer-probe');
}

/** The folder of one commit of a repository. */
export function commitFolder(cacheDir: string, id: string, commit: string): string {
  return join(cacheDir, folderOf(id), commit);
}

/** The folders of all commits in the cache. */
export async function commitFolders(
  cacheDir: string,
): Promise<{ id: string; commit: string; folder: string }[]> {
  const found = [];
  for (const name of (await names(cacheDir)).sort()) {
    if (name.startsWith('.')) continue;
    for (const commit of await names(join(cacheDir, name))) {
      if (isCommit(commit)) found.push({ id: idOf(name), commit, folder: join(cacheDir, name, commit) });
    }
  }
  return found;
}

/** A file that a download left behind. */
export interface Leftover {
  path: string;
  bytes: number;
  /** Time of change in milliseconds. */
  mtimeMs: number;
  /** `partial` can be resumed; `scrap` is of no use to anyone. */
  kind: 'partial' | 'scrap';
}

/** What a download and the cache write beside a file, and what is left without it. */
const BESIDE = /(\.partial(\.json(\.tmp)?)?|\.lock(\.takeover)?|\.tmp)$/;

/** What dead downloads have left in a folder. Files of downloads that are under way are not among them. */
export async function leftovers(folder: string): Promise<Leftover[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const there = new Set(paths);
  const found: Leftover[] = [];
  for (const path of paths) {
    if (!BESIDE.test(path)) continue;
    const target = path.replace(BESIDE, '');
    const isPair = there.has(`${target}.partial`) && there.has(`${target}.partial.json`);
    const isResumable = isPair && /\.partial(\.json)?$/.test(path);
    if (await isLockLive(`${target}.lock`)) continue;
    const facts = await stat(path).catch(() => null);
    if (facts)
      found.push({
        path,
        bytes: facts.size,
        mtimeMs: facts.mtimeMs,
        kind: isResumable ? 'partial' : 'scrap',
      });
  }
  return found;
}

/** Ages at which leftovers are given up. Scrap of the last minute may belong to a download that is just starting. */
const GIVEN_UP_MS = { partial: 14 * 24 * 3600 * 1000, scrap: 60 * 1000 };

/** Frees what is of no use to anyone, and partial files that nobody has gone on with for two weeks. Returns the bytes. */
export async function tidy(cacheDir: string): Promise<number> {
  let freed = 0;
  for (const name of await names(cacheDir)) {
    if (name.startsWith('.removed-')) await rm(join(cacheDir, name), { recursive: true, force: true });
  }
  for (const { path, bytes, mtimeMs, kind } of await leftovers(cacheDir)) {
    if (Date.now() - mtimeMs < GIVEN_UP_MS[kind]) continue;
    await rm(path, { force: true });
    freed += bytes;
  }
  return freed;
}

async function names(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}
