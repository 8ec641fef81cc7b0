import * as l10n from '@vscode/l10n';
import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import { ProbeError } from '../shared/errors';
import type { Family } from '../shared/model';
import { readConfig, type ModelConfig } from './config';
import { genaiGraph, readGenaiConfig } from './genai';
import { chooseGraphs, graphsOfFile, type Graph } from './graphs';
import { findNested, GENAI_CONFIG } from './nested';

/** A model's files, found. Nothing but config.json has been read yet. */
export interface ModelFolder {
  /** The reference by which it was asked for. */
  id: string;
  /** Short name for titles: the folder, and the file where one was named. */
  name: string;
  /** The folder that holds config.json. */
  directory: string;
  config: ModelConfig | null;
  /** One graph of role `model`, whatever its file is called, or an `encoder` and a `decoder`. */
  graphs: Graph[];
  /** tokenizer.json, or vocab.txt, or vocab.json; null where there is none. */
  tokenizerPath: string | null;
}

export interface LocateOptions {
  /** Folder of the models that come with the program. */
  bundledDir: string;
  /** Folders to look in for a relative reference, such as `owner/model`. */
  folders?: string[];
  cwd?: string;
}

/**
 * Finds a model by a bundled name, the path of its folder (or of the `onnx` folder in it), or the path of an .onnx file.
 * Throws a ProbeError of code `model` that says what was looked for.
 */
export async function locateModel(reference: string, options: LocateOptions): Promise<ModelFolder> {
  const id = reference.trim();
  if (!id || id.includes('\0')) {
    throw new ProbeError(
      'usage',
      l10n.t('No model named. Give a bundled name, a model folder or an .onnx file.'),
    );
  }
  const path = await findPath(id, options);
  if (path === null) throw await noSuchModel(id, options.bundledDir);
  const isFile = (await stat(path)).isFile();
  if (isFile && extname(path) !== '.onnx') {
    throw new ProbeError(
      'model',
      l10n.t`${basename(path)} is not an .onnx file. Name the model's folder or its .onnx file.`,
    );
  }
  return openFolder(id, isFile ? dirname(path) : path, isFile ? basename(path) : null);
}

/** The family by config.json, or by the files where the config does not tell; null where neither does. */
export function familyOf(folder: Pick<ModelFolder, 'config' | 'graphs'>): Family | null {
  if (folder.graphs.length > 1) return 'encoder-decoder';
  const family = folder.config?.family ?? null;
  if (family !== null && family !== 'encoder-decoder') return family;
  const file = basename(folder.graphs[0]?.path ?? '');
  return file.startsWith('decoder_') ? 'decoder-only' : null;
}

async function openFolder(id: string, folder: string, file: string | null): Promise<ModelFolder> {
  const directory =
    basename(folder) === 'onnx' && !(await exists(join(folder, 'config.json'))) ? dirname(folder) : folder;
  const listing = await list(directory);
  const inside = await list(join(directory, 'onnx'));
  const isHere = [...listing, ...inside].some((name) => name.endsWith('.onnx'));
  const nested = file === null && !isHere ? await findNested(directory) : null;
  if (nested !== null) return openNested(id, directory, nested);
  const config = await readConfig(directory);
  const isPair = config?.family === 'encoder-decoder';
  const graphs =
    file === null
      ? ((await statedGraph(directory, listing)) ?? chooseGraphs(directory, listing, inside, isPair))
      : graphsOfFile(join(folder, file), folder === directory ? listing : inside, isPair);
  const name = basename(directory) + (file === null ? '' : `/${file}`);
  return { id, name, directory, config, graphs, tokenizerPath: tokenizerPath(directory, listing) };
}

/** A model in a folder of its own below the one that was named; what is missing there is taken from above. */
async function openNested(id: string, directory: string, nested: string): Promise<ModelFolder> {
  const found = await openFolder(id, nested, null);
  const name = `${basename(directory)}/${relative(directory, nested).split(sep).join('/')}`;
  const isWhole = found.config !== null || found.tokenizerPath !== null;
  return {
    ...found,
    name,
    directory: isWhole ? nested : directory,
    config: found.config ?? (await readConfig(directory)),
    tokenizerPath: found.tokenizerPath ?? tokenizerPath(directory, await list(directory)),
  };
}

/** The graph that genai_config.json names, if it is there. */
async function statedGraph(directory: string, listing: string[]): Promise<Graph[] | null> {
  if (!listing.includes(GENAI_CONFIG)) return null;
  const genai = await readGenaiConfig(directory);
  const name = genai && genaiGraph(genai);
  if (name === null || !listing.includes(name)) return null;
  return [{ role: 'model', path: join(directory, name) }];
}

function tokenizerPath(directory: string, listing: string[]): string | null {
  const found = ['tokenizer.json', 'vocab.txt', 'vocab.json'].find((name) => listing.includes(name));
  return found === undefined ? null : join(directory, found);
}

/** The path that a reference means: a bundled model's folder, or what is on the disk by that name. Null for neither. */
export async function findPath(
  id: string,
  { bundledDir, folders = [], cwd }: LocateOptions,
): Promise<string | null> {
  const typed = /^~(?=$|[\\/])/.test(id) ? join(homedir(), id.slice(1)) : id;
  const isName = /^[\w][\w.-]*$/.test(id);
  const candidates = [
    ...(isName ? [join(bundledDir, id)] : []),
    resolve(cwd ?? process.cwd(), typed),
    ...folders.map((folder) => resolve(folder, typed)),
  ];
  for (const candidate of candidates) if (await exists(candidate)) return candidate;
  return null;
}

async function noSuchModel(id: string, bundledDir: string): Promise<ProbeError> {
  const names = await bundledNames(bundledDir);
  const bundled = names.length
    ? l10n.t`The bundled models are ${names.join(', ')}.`
    : l10n.t('No models are bundled here.');
  const shown = id.length > 200 ? `${id.slice(0, 200)}…` : id;
  return new ProbeError(
    'model',
    l10n.t`There is no model "${shown}". ${bundled} A folder or an .onnx file works too.`,
  );
}

/** Names of the bundled models: the folders of `bundledDir` that hold a config.json. */
export async function bundledNames(bundledDir: string): Promise<string[]> {
  const names = [];
  for (const name of await list(bundledDir)) {
    if (await exists(join(bundledDir, name, 'config.json'))) names.push(name);
  }
  return names;
}

async function list(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch {
    return [];
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
