import * as l10n from '@vscode/l10n';
import { basename, relative } from 'node:path';
import { ProbeError } from '../shared/errors';
import { chooseGraphs } from '../models/graphs';
import { findNested } from '../models/nested';
import type { JsonRecord } from '../models/json';
import { assemble } from './assemble';
import type { ModelFiles } from './files';
import { configOf, inLocalFolder, localFiles, siblingsIn } from './files';
import { configModel } from './fromConfig/anatomy';
import { readGguf } from './gguf';
import { mergeHalves } from './merge';
import { readOnnx } from './onnx/reader';
import type { OpenedModel, RawModel } from './raw';
import { readSafetensors, readSharded } from './safetensors';
import type { ByteSource, OpenSibling } from './source';
import { shown } from './source';

export interface OpenOptions {
  /** The model's config.json, where there is one. */
  config?: JsonRecord | null;
  signal?: AbortSignal;
}

const INDEX = /\.safetensors\.index\.json$/;

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
export async function openFile(file: string, signal?: AbortSignal): Promise<OpenedModel> {
  const { directory, path } = inLocalFolder(file);
  return openModel(localFiles(directory), path, signal);
}

/** Opens the model of a local folder, as `openFiles` does, or the one in a folder below (onnxruntime-genai). */
export async function openFolder(directory: string, signal?: AbortSignal): Promise<OpenedModel | null> {
  const here = await openFiles(localFiles(directory), signal);
  if (here) return here;
  const nested = await findNested(directory);
  const below = nested === null ? null : await openFiles(localFiles(nested), signal);
  if (below) below.anatomy.name = basename(directory);
  return below;
}

/** Opens a local file, or the model of a local folder: by its config.json alone where nothing else is there. */
export async function openPath(
  directory: string,
  path: string | null,
  signal?: AbortSignal,
): Promise<OpenedModel> {
  const folder = path === null ? await openFolder(directory, signal) : null;
  return folder ?? openModel(localFiles(directory), path, signal);
}

/**
 * Opens one file of a model, or the model that its files are: by its config.json alone where nothing else is there.
 * Throws ProbeError `model` where there is no model.
 */
export async function openModel(
  files: ModelFiles,
  path: string | null,
  signal?: AbortSignal,
): Promise<OpenedModel> {
  if (path === null) return (await openFiles(files, signal)) ?? openConfig(files, '');
  if (basename(path) === 'config.json') return openConfig(files, path);
  const source = await files.open(path);
  if (!source) throw new ProbeError('model', l10n.t`${shown(basename(path))}: there is no such file.`);
  const config = await configOf(files, path);
  return openSource(source, siblingsIn(files, path), { config, signal });
}

/**
 * Opens the model that files are: safetensors (by their index where there is one), else GGUF, else ONNX, both files of
 * an encoder-decoder. Null where there is none of them.
 */
export async function openFiles(files: ModelFiles, signal?: AbortSignal): Promise<OpenedModel | null> {
  const names = await files.list();
  const top = names.filter((name) => !name.includes('/'));
  const single =
    top.find((name) => INDEX.test(name)) ??
    oneOf(top, /\.safetensors$/, 'model.safetensors') ??
    oneOf(top, /\.gguf$/i, 'model.gguf');
  if (single !== undefined) {
    const opened = await openModel(files, single, signal);
    opened.anatomy.name = files.name;
    return opened;
  }
  const config = await configOf(files);
  const graphs = onnxFiles(files.name, names, config);
  return graphs.length === 0 ? null : openGraphs(files, graphs, config, signal);
}

/** The model that a config.json describes, without any weights. */
async function openConfig(files: ModelFiles, path: string): Promise<OpenedModel> {
  const config = await configOf(files, path);
  if (config) return configModel(files.name, config);
  throw new ProbeError(
    'model',
    l10n.t`${shown(files.name)} holds no model: no .safetensors, .gguf or .onnx file and no config.json.`,
  );
}

async function openGraphs(
  files: ModelFiles,
  paths: string[],
  config: JsonRecord | null,
  signal?: AbortSignal,
): Promise<OpenedModel> {
  const opened: ByteSource[] = [];
  const read = async (path: string) => {
    const source = keep(await files.open(path), opened);
    if (!source) throw new ProbeError('model', l10n.t`${shown(basename(path))}: there is no such file.`);
    const openSibling = siblingsIn(files, path);
    return readOnnx(source, async (file) => keep(await openSibling(file), opened), signal);
  };
  const readAll = async () => {
    const [first, second] = paths as [string, string?];
    const model = await read(first);
    return second === undefined
      ? { ...model, name: files.name }
      : mergeHalves(files.name, model, await read(second));
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
    l10n.t`${shown(source.name)}: only .onnx, .safetensors, .gguf and .safetensors.index.json files can be opened.`,
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

/** Paths of the .onnx files of a model, in the order of computation. */
function onnxFiles(name: string, paths: string[], config: JsonRecord | null): string[] {
  const [root, inside] = [/^[^/]+$/, /^onnx\/[^/]+$/].map((where) =>
    paths.filter((path) => where.test(path)),
  );
  const isOnnx = (path: string) => path.endsWith('.onnx');
  if (![...(root ?? []), ...(inside ?? [])].some(isOnnx)) return [];
  const isPair = config?.['is_encoder_decoder'] === true;
  const names = (inside ?? []).map((path) => basename(path));
  return chooseGraphs(name, root ?? [], names, isPair).map(({ path }) =>
    relative(name, path).replaceAll('\\', '/'),
  );
}
