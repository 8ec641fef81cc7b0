import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file that the stand-in Hub serves. */
export interface ServedFile {
  path: string;
  bytes: Buffer;
  /** Kept in LFS, so that the Hub redirects to its storage and gives a SHA-256. */
  isLfs: boolean;
  /** What the listing says instead of the truth. */
  listed?: Record<string, unknown>;
}

export interface Commit {
  sha: string;
  files: Map<string, ServedFile>;
}

export interface Access {
  gated?: 'auto' | 'manual';
  private?: boolean;
  /** The token that opens a gated or private repository. */
  token?: string;
  license?: string;
}

/** A repository: branches that point to commits, and commits that stay. */
export class ServedRepository {
  readonly commits = new Map<string, Commit>();
  readonly branches = new Map<string, string>();

  constructor(
    readonly id: string,
    readonly access: Access,
  ) {}

  /** Makes a commit of these files and points `main` to it. Paths are served as they are, hostile ones too. */
  commit(contents: Record<string, Buffer | string>, branch = 'main'): Commit {
    const files = new Map<string, ServedFile>();
    for (const [path, content] of Object.entries(contents)) {
      const bytes = Buffer.from(content);
      files.set(path, { path, bytes, isLfs: /\.onnx|\.bin$/.test(path) });
    }
    const summary = [...files.values()].map((file) => `${file.path} ${sha256(file.bytes)}`).join('\n');
    const sha = createHash('sha1').update(`${this.id}\n${summary}`).digest('hex');
    const commit = { sha, files };
    this.commits.set(sha, commit);
    this.branches.set(branch, sha);
    return commit;
  }

  /** The commit of a branch or of a full commit id. */
  at(revision: string): Commit | undefined {
    return this.commits.get(this.branches.get(revision) ?? revision);
  }
}

/** Files of a folder on the disk, by their paths with forward slashes. */
export function folderContents(folder: string): Record<string, Buffer> {
  const contents: Record<string, Buffer> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) contents[path.slice(folder.length + 1).replaceAll('\\', '/')] = readFileSync(path);
  }
  return contents;
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The name that git gives a blob. */
export function gitSha1(bytes: Buffer): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

/** An entry of the Hub's listing of a commit. */
export function treeEntry({ path, bytes, isLfs, listed }: ServedFile): Record<string, unknown> {
  if (!isLfs) return { type: 'file', oid: gitSha1(bytes), size: bytes.length, path, ...listed };
  const pointer = Buffer.from(
    `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(bytes)}\nsize ${bytes.length}\n`,
  );
  const lfs = { oid: sha256(bytes), size: bytes.length, pointerSize: pointer.length };
  return { type: 'file', oid: gitSha1(pointer), size: bytes.length, path, lfs, ...listed };
}
