import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { ModelFiles } from '../../anatomy/files';
import type { ByteSource } from '../../anatomy/source';
import { isFileName, shown } from '../../anatomy/source';
import { ProbeError } from '../../shared/errors';

/**
 * VS Code reads files of virtual workspaces (those with another scheme than `file`) whole or not at all: there is no
 * ranged read. Larger files than this are not read; what an index or a graph says of them is shown all the same.
 */
const MAX_BYTES = 256 * 2 ** 20;

/** The files in a folder of any file system that VS Code knows. */
export function workspaceFiles(folder: vscode.Uri): ModelFiles {
  return {
    name: folder.path.slice(folder.path.lastIndexOf('/') + 1),
    async list() {
      const inside = await filesIn(vscode.Uri.joinPath(folder, 'onnx')).catch(() => []);
      return [...(await filesIn(folder)), ...inside.map((name) => `onnx/${name}`)].sort();
    },
    open: (path) => (isFileName(path) ? WorkspaceFile.open(vscode.Uri.joinPath(folder, path)) : noFile()),
  };
}

/** A file as a path in its model's folder: the one above where the file lies in `onnx`. */
export function inWorkspaceFolder(file: vscode.Uri): { folder: vscode.Uri; path: string } {
  const parts = file.path.split('/');
  const depth = parts.at(-2) === 'onnx' ? 2 : 1;
  return {
    folder: vscode.Uri.joinPath(file, ...Array.from({ length: depth }, () => '..')),
    path: parts.slice(-depth).join('/'),
  };
}

async function filesIn(folder: vscode.Uri): Promise<string[]> {
  const entries = await vscode.workspace.fs.readDirectory(folder);
  return entries.flatMap(([name, type]) => (type & vscode.FileType.File ? [name] : []));
}

function noFile(): Promise<null> {
  return Promise.resolve(null);
}

/** A file that is read whole when its first byte is needed. */
class WorkspaceFile implements ByteSource {
  private content: Promise<Uint8Array> | null = null;

  private constructor(
    private readonly uri: vscode.Uri,
    readonly name: string,
    readonly size: number,
    readonly stamp: string,
  ) {}

  static async open(uri: vscode.Uri): Promise<WorkspaceFile | null> {
    const name = uri.path.slice(uri.path.lastIndexOf('/') + 1);
    try {
      const { type, size, mtime } = await vscode.workspace.fs.stat(uri);
      if (!(type & vscode.FileType.File))
        throw new ProbeError('model', l10n.t`${shown(name)}: this is not a file.`);
      return new WorkspaceFile(uri, name, size, String(mtime));
    } catch (error) {
      if (error instanceof vscode.FileSystemError && error.code === 'FileNotFound') return null;
      throw error instanceof ProbeError ? error : unreadable(name);
    }
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (this.size > MAX_BYTES) throw this.tooLarge();
    const content = await (this.content ??= this.load());
    if (offset + length > content.length)
      throw new ProbeError('model', l10n.t`${shown(this.name)} changed while it was read; try again.`);
    return content.subarray(offset, offset + length);
  }

  close(): Promise<void> {
    this.content = null;
    return Promise.resolve();
  }

  private async load(): Promise<Uint8Array> {
    try {
      return await vscode.workspace.fs.readFile(this.uri);
    } catch {
      throw unreadable(this.name);
    }
  }

  private tooLarge(): ProbeError {
    const limit = MAX_BYTES / 2 ** 20;
    return new ProbeError(
      'model',
      l10n.t`${shown(this.name)} has more than ${limit} MB. In this kind of workspace files can only be read whole, so larger ones are not. Copy it to a local folder and open it there.`,
    );
  }
}

function unreadable(name: string): ProbeError {
  return new ProbeError(
    'model',
    l10n.t`${shown(name)} cannot be read from this workspace. Check that it is there.`,
  );
}
