import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Anatomy } from '../shared/anatomy';
import { ProbeError } from '../shared/errors';
import { chooseGraphs } from '../models/graphs';
import type { JsonRecord } from '../models/json';
import { isRecord, readJson } from '../models/json';
import { assemble } from './assemble';
import { readGguf } from './gguf';
import { mergeHalves } from './merge';
import { readOnnx } from './onnx/reader';
import type { RawModel } from './raw';
import { readSafetensors, readSharded } from './safetensors';
import type { ByteSource, OpenSibling } from './source';
import { localFolder, openLocal, shown, siblingsOf } from './source';

/** A model whose files stay open, so that tensors can be read when asked for. */
export interface OpenedModel {
  anatomy: Anatomy;
  /** Where the tensors' bytes are; in the order of `anatomy.tensors`. */
  raw: RawModel;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** The model's config.json, where there is one. */
  config?: JsonRecord | null;
  signal?: AbortSignal;
}

const MAX_CONFIG_BYTES = 16 * 2 ** 20;
const INDEX = /\.safetensors\.index\.json$/;

/** File names that can be opened. */
export const MODEL_FILE = /\.(onnx|safetensors|gguf)$|\.safetensors\.index\.json$/i;

/** Opens one file of any kind and place; what it refers to is opened by `openSibling`. Closes it if that fails. */
export async function openSource(
  source: ByteSource,
  openSibling: OpenSibling,
  options: OpenOptions = {},
): Promise<OpenedModel> {
  const opened: ByteSource[] = [source];
  const track: OpenSibling = async (name) => {
    const sibling = await openSibling(name);
    if (sibling) opened.push(sibling);
    return sibling;
  };
  return finish(opened, () => readAny(source, track, options.signal), options);
}

/** Opens a local model file, with the config.json next to it (or next to its `onnx` folder). */
export async function openFile(path: string, signal?: AbortSignal): Promise<OpenedModel> {
  const config = await nearestConfig(dirname(path));
  return openSource(await openLocal(path), siblingsOf(path), { config, signal });
}

/**
 * Opens a model folder: safetensors (by their index where there is one), else GGUF, else ONNX, both files of an
 * encoder-decoder. Null if it holds none of them.
 */
export async function openFolder(directory: string, signal?: AbortSignal): Promise<OpenedModel | null> {
  const names = (await readdir(directory)).sort();
  const config = await nearestConfig(directory);
  const single =
    names.find((name) => INDEX.test(name)) ??
    oneOf(names, /\.safetensors$/, 'model.safetensors') ??
    oneOf(names, /\.gguf$/i, 'model.gguf');
  if (single !== undefined) {
    const opened = await openFile(join(directory, single), signal);
    opened.anatomy.name = basename(directory);
    return opened;
  }
  const graphs = await onnxFiles(directory, names, config);
  return graphs.length === 0 ? null : openGraphs(basename(directory), graphs, config, signal);
}

async function openGraphs(
  name: string,
  paths: string[],
  config: JsonRecord | null,
  signal?: AbortSignal,
): Promise<OpenedModel> {
  const opened: ByteSource[] = [];
  const read = async (path: string) => {
    const source = await openLocal(path);
    opened.push(source);
    const openSibling = localFolder(dirname(path));
    return readOnnx(source, async (file) => keep(await openSibling(file), opened), signal);
  };
  const readAll = async () => {
    const [first, second] = paths as [string, string?];
    const model = await read(first);
    return second === undefined ? { ...model, name } : mergeHalves(name, model, await read(second));
  };
  return finish(opened, readAll, { config, signal });
}

async function finish(
  opened: readonly ByteSource[],
  read: () => Promise<RawModel>,
  options: OpenOptions,
): Promise<OpenedModel> {
  const close = async () => void (await Promise.all(opened.map((source) => source.close())));
  try {
    const raw = await read();
    return { raw, anatomy: await assemble(raw, options), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function readAny(
  source: ByteSource,
  openSibling: OpenSibling,
  signal?: AbortSignal,
): Promise<RawModel> {
  if (INDEX.test(source.name)) return readSharded(source, openSibling, signal);
  if (/\.safetensors$/i.test(source.name)) return readSafetensors(source, signal);
  if (/\.gguf$/i.test(source.name)) return readGguf(source, signal);
  if (/\.onnx$/i.test(source.name)) return readOnnx(source, openSibling, signal);
  throw new ProbeError(
    'model',
    `${shown(source.name)}: only .onnx, .safetensors, .gguf and .safetensors.index.json files can be opened.`,
  );
}

function keep(source: ByteSource | null, opened: ByteSource[]): ByteSource | null {
  if (source) opened.push(source);
  return source;
}

function oneOf(names: string[], pattern: RegExp, preferred: string): string | undefined {
  const found = names.filter((name) => pattern.test(name));
  return found.includes(preferred) ? preferred : found[0];
}

async function onnxFiles(directory: string, names: string[], config: JsonRecord | null): Promise<string[]> {
  const inside = await readdir(join(directory, 'onnx')).catch(() => []);
  if (![...names, ...inside].some((name) => name.endsWith('.onnx'))) return [];
  const isPair = config?.['is_encoder_decoder'] === true;
  return chooseGraphs(directory, names, inside.sort(), isPair).map(({ path }) => path);
}

/** The config.json in a folder, or above it for an `onnx` folder. A damaged one counts as none: the file itself matters. */
export async function nearestConfig(directory: string): Promise<JsonRecord | null> {
  for (const folder of [directory, ...(basename(directory) === 'onnx' ? [dirname(directory)] : [])]) {
    const config = await readJson(join(folder, 'config.json'), MAX_CONFIG_BYTES).catch(() => null);
    if (isRecord(config)) return config;
  }
  return null;
}

export async function isDirectory(path: string): Promise<boolean | null> {
  const info = await stat(path).catch(() => null);
  return info && info.isDirectory();
}
