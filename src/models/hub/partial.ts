import { open, readFile, rename, rm, truncate, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { RepoFile } from './client';
import { FileHasher, feedFile, type Digest } from './hash';
import { WrongBytes } from './fault';

/** Bytes after which what has arrived is forced to the disk and noted beside it. */
const NOTE_EVERY = 16 * 2 ** 20;

/** What a partial file holds: enough to know that its bytes begin the wanted file, whatever host they came from. */
interface Note {
  repository: string;
  commit: string;
  path: string;
  size: number;
  hash: string;
  /** Bytes that are known to be on the disk; the file itself may hold more. */
  bytes: number;
}

/**
 * A file on its way: `<target>.partial` and a note beside it, `<target>.partial.json`. Only ever one process at a time
 * opens it (see FileLock). The bytes are hashed as they come.
 */
export class PartialFile {
  /** Bytes held. */
  bytes = 0;
  private noted = 0;
  private hasher: FileHasher;
  private handle!: FileHandle;

  private constructor(
    private readonly target: string,
    private readonly file: RepoFile,
    private readonly identity: Omit<Note, 'bytes'>,
  ) {
    this.hasher = new FileHasher(file.hash, file.size);
  }

  /** Opens what an earlier download has left of the same file, or begins anew. */
  static async open(
    target: string,
    repository: { id: string; commit: string },
    file: RepoFile,
    signal?: AbortSignal,
  ): Promise<PartialFile> {
    const { path, size, hash } = file;
    const identity = { repository: repository.id, commit: repository.commit, path, size, hash: hash.hex };
    const partial = new PartialFile(target, file, identity);
    const isSame = await partial.isNoted();
    // The note comes first: bytes without a note are never taken for the file's.
    if (isSame) await rm(`${notePath(target)}.tmp`, { force: true });
    else await partial.begin();
    partial.handle = await open(partial.path, isSame ? 'a+' : 'ax+', 0o600);
    try {
      await partial.resume(signal);
      return partial;
    } catch (error) {
      await partial.handle.close();
      throw error;
    }
  }

  get path(): string {
    return partialPath(this.target);
  }

  /** Adds bytes at the end. Throws WrongBytes where the file would grow beyond its size. */
  async append(chunk: Uint8Array): Promise<void> {
    if (this.bytes + chunk.length > this.file.size) throw new WrongBytes();
    await this.handle.appendFile(chunk);
    this.hasher.update(chunk);
    this.bytes += chunk.length;
    if (this.bytes - this.noted >= NOTE_EVERY) await this.note();
  }

  /** Forgets every byte. */
  async restart(): Promise<void> {
    await truncate(this.path, 0);
    this.hasher = new FileHasher(this.file.hash, this.file.size);
    this.bytes = 0;
    await this.note();
  }

  /** Closes the file and keeps it for the next time. */
  async keep(): Promise<void> {
    await this.note();
    await this.handle.close();
  }

  /** Whether the bytes are the wanted ones. To be asked once, when all are there. */
  digest(): Digest {
    return this.hasher.digest();
  }

  /** Gives the whole, checked file its name: all of it or nothing, after a power cut too. */
  async finish(): Promise<void> {
    await this.handle.sync();
    await this.handle.close();
    await rename(this.path, this.target);
    await syncDirectory(dirname(this.target));
    await unlink(notePath(this.target));
  }

  private async begin(): Promise<void> {
    await rm(this.path, { force: true });
    await this.note();
  }

  private async resume(signal?: AbortSignal): Promise<void> {
    const { size } = await this.handle.stat();
    if (size > this.file.size) return this.restart();
    await feedFile(this.hasher, this.path, size, signal);
    this.bytes = this.noted = size;
  }

  private async isNoted(): Promise<boolean> {
    const note = await readFile(notePath(this.target), 'utf8').catch(() => '');
    const noted = parse(note);
    return Object.entries(this.identity).every(([key, value]) => noted?.[key] === value);
  }

  private async note(): Promise<void> {
    if (this.bytes > 0) await this.handle.datasync();
    this.noted = this.bytes;
    const path = notePath(this.target);
    // Not forced to the disk: a note that a power cut has torn is no note, and the file is fetched anew.
    await writeWhole(path, JSON.stringify({ ...this.identity, bytes: this.bytes } satisfies Note), false);
  }
}

export function partialPath(target: string): string {
  return `${target}.partial`;
}

function notePath(target: string): string {
  return `${target}.partial.json`;
}

/** Frees what a download of this file has left. */
export async function removePartial(target: string): Promise<void> {
  await rm(partialPath(target), { force: true });
  await rm(notePath(target), { force: true });
  await rm(`${notePath(target)}.tmp`, { force: true });
}

/** Writes a small file so that a reader sees the old one or the new one. One writer at a time. */
export async function writeWhole(path: string, text: string, isSynced = true): Promise<void> {
  const handle = await open(`${path}.tmp`, 'w', 0o600);
  try {
    await handle.writeFile(text);
    if (isSynced) await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.tmp`, path);
}

/** Makes a rename survive a power cut. Not possible on Windows, and not needed there. */
async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r').catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

function parse(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown> | null;
  } catch {
    return null;
  }
}
