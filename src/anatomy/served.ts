import * as l10n from '@vscode/l10n';
import type { Rpc } from '../shared/rpc';
import type { RequestHandlers } from '../shared/rpc';
import { ProbeError } from '../shared/errors';
import type { ModelFiles } from './files';
import type { ByteSource } from './source';
import type { ServingMethods } from './wire';

/** The asking end of the wire. */
type Asking = Pick<Rpc<ServingMethods, Record<never, never>>, 'request'>;

/** Files that the other side of a wire reads. */
export function servedFiles(rpc: Asking, files: number, name: string, signal?: AbortSignal): ModelFiles {
  return {
    name,
    list: () => rpc.request('list', { files }, signal),
    async open(path) {
      const file = await rpc.request('openFile', { files, path }, signal);
      if (!file) return null;
      const { source, stamp, ...facts } = file;
      return {
        ...facts,
        ...(stamp !== null && { stamp }),
        read: (offset, length, readSignal) => rpc.request('read', { source, offset, length }, readSignal),
        close: async () => void (await rpc.request('closeFile', { source })),
      };
    },
  };
}

/** The side that reads: hands out numbers for files and answers what the worker asks of them. */
export class FileServer {
  private readonly files = new Map<number, ModelFiles>();
  private readonly sources = new Map<number, ByteSource>();
  private next = 1;

  readonly handlers: RequestHandlers<ServingMethods> = {
    list: ({ files }) => this.filesOf(files).list(),
    openFile: async ({ files, path }) => {
      const opened = await this.filesOf(files).open(path);
      if (!opened) return null;
      const source = this.next++;
      this.sources.set(source, opened);
      const { name, size, stamp = null } = opened;
      return { source, name, size, stamp };
    },
    read: ({ source, offset, length }, signal) => this.sourceOf(source).read(offset, length, signal),
    closeFile: async ({ source }) => {
      await this.sources.get(source)?.close();
      this.sources.delete(source);
      return null;
    },
  };

  add(files: ModelFiles): number {
    this.files.set(this.next, files);
    return this.next++;
  }

  /** No more files of these are opened; those that are open stay so. */
  remove(files: number): void {
    this.files.delete(files);
  }

  /** Closes everything: the other side is gone. */
  clear(): void {
    for (const source of this.sources.values()) void source.close();
    this.sources.clear();
    this.files.clear();
  }

  private filesOf(number: number): ModelFiles {
    return this.files.get(number) ?? gone();
  }

  private sourceOf(number: number): ByteSource {
    return this.sources.get(number) ?? gone();
  }
}

function gone(): never {
  throw new ProbeError('usage', l10n.t('The file is no longer open. Open the model again.'));
}
