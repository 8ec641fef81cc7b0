import * as l10n from '@vscode/l10n';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ProbeError } from '../shared/errors';

/** A file that is read in ranges: on this disk, in a remote workspace or behind HTTP. */
export interface ByteSource {
  /** File name, for messages and types. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Another text once the file has other bytes, as far as its place knows: a time, a checksum. */
  readonly stamp?: string;
  /** The bytes [offset, offset + length), which callers keep inside the file. A view into a cache is fine. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** Lets go of the file. */
  close(): Promise<void>;
}

/** Opens files next to each other by name; null for one that is not there. */
export type OpenSibling = (name: string) => Promise<ByteSource | null>;

/** A local file. Throws ProbeError `model` if it is not one. */
export async function openLocal(path: string): Promise<ByteSource> {
  const source = await LocalFile.open(path);
  if (!source) throw new ProbeError('model', l10n.t`${basename(path)}: there is no such file.`);
  return source;
}

/** Files in one local folder. Names that lead out of it are not there. */
export function localFolder(directory: string): OpenSibling {
  return async (name) => (isFileName(name) ? LocalFile.open(join(directory, name)) : null);
}

/** The folder of a local file, as siblings. */
export function siblingsOf(path: string): OpenSibling {
  return localFolder(dirname(path));
}

/** True for a plain relative path that stays in its folder. */
export function isFileName(name: string): boolean {
  return (
    name !== '' && !/^([\\/]|[a-z]:)|\0/i.test(name) && !name.split(/[\\/]/).some((part) => part === '..')
  );
}

class LocalFile implements ByteSource {
  private constructor(
    readonly name: string,
    readonly size: number,
    readonly stamp: string,
    private readonly file: FileHandle,
  ) {}

  static async open(path: string): Promise<LocalFile | null> {
    const name = basename(path);
    const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
      throw new ProbeError('model', l10n.t`${name}: it cannot be opened (${String(error.code)}).`);
    });
    if (!file) return null;
    const info = await file.stat();
    if (info.isFile()) return new LocalFile(name, info.size, String(info.mtimeMs), file);
    await file.close();
    throw new ProbeError('model', l10n.t`${name}: this is not a file; choose the model file itself.`);
  }

  async read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    throwIfAborted(signal);
    const bytes = new Uint8Array(Math.min(length, this.size - offset));
    for (let got = 0; got < bytes.length;) {
      const { bytesRead } = await this.file.read(bytes, got, bytes.length - got, offset + got);
      if (bytesRead === 0)
        throw new ProbeError('model', l10n.t`${this.name} changed while it was read; try again.`);
      got += bytesRead;
    }
    return bytes;
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new ProbeError('cancelled', l10n.t('Cancelled.'));
}

/** A ProbeError about a file: its name, then a reason. */
export function badFile(source: Pick<ByteSource, 'name'>, reason: string): ProbeError {
  return new ProbeError('model', `${shown(source.name)}: ${reason}.`);
}

/** A name out of a file, short and on one line. */
export function shown(name: string): string {
  return name.replace(/[\p{C}"]/gu, '?').slice(0, 80);
}
