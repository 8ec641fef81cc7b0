import * as l10n from '@vscode/l10n';
import { realpath, stat } from 'node:fs/promises';
import { dirname, join, posix, relative, sep, win32 } from 'node:path';
import { WireError } from './wire';

/** The runtime's marker for tensors that lie in its own memory; never valid in a file. */
const MEMORY_MARKER = '_ORT_MEM_ADDR_';

interface WeightsFile {
  /** Bytes. */
  size: number;
  /** Path relative to `WeightsFolder.directory`, links followed. */
  path: string;
}

/**
 * The files that hold a model's weights. The Hugging Face cache makes the model and its weights links into a folder of
 * blobs; the runtime follows no link out of the model's folder, so the folder is where the model really is.
 */
export class WeightsFolder {
  /** Where the model file really is. */
  readonly directory: string;
  private readonly files = new Map<string, WeightsFile>();

  /** `path`: the model as the user named it; `real`: the same with links followed. */
  constructor(
    private readonly path: string,
    real: string,
  ) {
    this.directory = dirname(real);
    this.own = relative(this.directory, real);
  }

  /** The model file itself, as a location. */
  readonly own: string;

  known(location: string): WeightsFile | undefined {
    return this.files.get(location);
  }

  /** Looks a location up, once. Throws WireError if it is not a file inside the folder. */
  async find(location: string): Promise<WeightsFile> {
    const file = await this.look(location);
    this.files.set(location, file);
    return file;
  }

  /** Locations that are links, and what they have to be replaced by. */
  moved(): Map<string, string> {
    return new Map(
      [...this.files]
        .filter(([from, { path }]) => join(from) !== path)
        .map(([from, { path }]) => [from, path]),
    );
  }

  private async look(location: string): Promise<WeightsFile> {
    if (!staysInside(location))
      throw new WireError(l10n.t('it refers to a weights file outside of its folder'));
    const folder = location === this.own ? this.directory : dirname(this.path);
    const real = await realpath(join(folder, location)).catch(() => null);
    const info = real === null ? null : await stat(real).catch(() => null);
    if (real === null || !info?.isFile()) {
      throw new WireError(l10n.t`its weights file "${shown(location)}" is missing; put it next to the model`);
    }
    const path = relative(this.directory, real);
    if (!staysInside(path)) {
      throw new WireError(
        l10n.t`its weights file "${shown(location)}" is a link out of its folder; put the file itself there`,
      );
    }
    return { size: info.size, path: path.split(sep).join('/') };
  }
}

function staysInside(location: string): boolean {
  if (location === '' || location.includes('\0') || location.includes(MEMORY_MARKER)) return false;
  if (posix.isAbsolute(location) || win32.isAbsolute(location) || /^[a-z]:/i.test(location)) return false;
  return !location.split(/[\\/]/).includes('..');
}

/** A name out of the file, short and on one line. */
export function shown(name: string): string {
  return name.replace(/[\p{C}"]/gu, '?').slice(0, 80);
}
