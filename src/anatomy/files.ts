import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isRecord } from '../models/json';
import type { JsonRecord } from '../models/json';
import type { ByteSource, OpenSibling } from './source';
import { localFolder } from './source';

/** File names that can be opened. */
export const MODEL_FILE = /\.(onnx|safetensors|gguf)$|\.safetensors\.index\.json$/i;

/**
 * The files of one model, wherever they are: on this disk, in a remote workspace, on the Hub. Paths are relative to its
 * folder, with forward slashes.
 */
export interface ModelFiles {
  /** The folder's short name, for titles. */
  readonly name: string;
  /** Files of the folder and of its `onnx` folder; others may be left out. */
  list(): Promise<string[]>;
  /** Null for a file that is not there. */
  open: OpenSibling;
}

const MAX_CONFIG_BYTES = 16 * 2 ** 20;

/** The files in a local folder. */
export function localFiles(directory: string): ModelFiles {
  return {
    name: basename(directory),
    open: localFolder(directory),
    async list() {
      const inside = await readdir(join(directory, 'onnx')).catch(() => []);
      return [...(await readdir(directory)), ...inside.map((name) => `onnx/${name}`)].sort();
    },
  };
}

/** A local file as a path in its model's folder: the one above where the file lies in `onnx`. */
export function inLocalFolder(file: string): { directory: string; path: string } {
  const directory = dirname(file);
  const isInside = basename(directory) === 'onnx';
  return isInside
    ? { directory: dirname(directory), path: `onnx/${basename(file)}` }
    : { directory, path: basename(file) };
}

/** Files next to one of them, by the names that it uses. */
export function siblingsIn(files: ModelFiles, path: string): OpenSibling {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  return (name) => files.open(folder + name);
}

/** The config.json next to a file, or above it for an `onnx` folder. A damaged one counts as none: the file itself matters. */
export async function configOf(files: ModelFiles, path = ''): Promise<JsonRecord | null> {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  for (const place of new Set([folder, folder.replace(/(^|\/)onnx\/$/, '$1')])) {
    const config = await jsonOf(files, `${place}config.json`).catch(() => null);
    if (config) return config;
  }
  return null;
}

async function jsonOf(files: ModelFiles, path: string): Promise<JsonRecord | null> {
  const source = await files.open(path);
  if (!source) return null;
  try {
    if (source.size > MAX_CONFIG_BYTES) return null;
    const json: unknown = JSON.parse(await textOf(source));
    return isRecord(json) ? json : null;
  } finally {
    await source.close();
  }
}

async function textOf(source: ByteSource): Promise<string> {
  return new TextDecoder().decode(await source.read(0, source.size));
}
