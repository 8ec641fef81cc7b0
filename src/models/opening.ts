import * as l10n from '@vscode/l10n';
import { join, resolve } from 'node:path';
import { ProbeError } from '../shared/errors';
import { bundledNames, findPath, locateModel, type LocateOptions, type ModelFolder } from './folder';
import { assertUnchanged, findModel, type CachedModel } from './hub/cache';
import { wellKnown } from './hub/catalogue';
import { checkRepoId } from './hub/names';
import { checkBundled } from './intact';

export interface OpeningOptions extends LocateOptions {
  /** Folder of the downloaded models; absent: none are looked for. */
  cacheDir?: string;
}

/** A model's files, while they are checked. */
export interface FoundFiles {
  folder: ModelFolder;
  /**
   * Rejects with a ProbeError of code `model` that names a file which is not the one that was bundled. It is computed
   * beside the opening: what was opened counts once this has resolved.
   */
  intact: Promise<void>;
}

/**
 * Finds the files that a reference means, and checks that they are the ones that were bundled or downloaded: a bundled
 * name or a path first, then a Hub id or the name of a well-known model among the downloaded ones. Throws a ProbeError of
 * code `model` whose detail tells what a download would help with, or when files were changed since their download.
 */
export async function findModelFiles(reference: string, options: OpeningOptions): Promise<FoundFiles> {
  const name = reference.trim();
  const id = options.cacheDir === undefined ? null : asHubId(name);
  if (id === null || (await findPath(name, options)) !== null)
    return checked(await locateModel(name, options), options);
  const cached = await findModel(options.cacheDir ?? '', id);
  if (cached === null) throw await notDownloaded(name, id, options.bundledDir);
  await assertUnchanged(cached.folder);
  const found = await wholeFiles(cached, options);
  const folder = { ...found, id: name, name: cached.id.slice(cached.id.indexOf('/') + 1) };
  return { folder, intact: Promise.resolve() };
}

/** The repository that a reference may mean: `owner/name`, or a well-known model's name. Null for anything else. */
export function asHubId(reference: string): string | null {
  const known = wellKnown(reference);
  if (known !== null) return known.repository;
  if (!/^\w[\w.-]*\/\w[\w.-]*$/.test(reference) || reference.endsWith('.onnx')) return null;
  try {
    return checkRepoId(reference);
  } catch {
    return null;
  }
}

async function checked(folder: ModelFolder, { bundledDir }: OpeningOptions): Promise<FoundFiles> {
  if (resolve(folder.directory, '..') === resolve(bundledDir))
    return { folder, intact: checkBundled(folder) };
  await assertUnchanged(folder.directory);
  return { folder, intact: Promise.resolve() };
}

/** The graphs of a download that is whole, where a part of another precision lies beside it. */
async function wholeFiles(
  { folder, record, precisions }: CachedModel,
  options: OpeningOptions,
): Promise<ModelFolder> {
  const whole = precisions.map((precision) => record?.sets[precision] ?? []);
  const paths = new Set(whole.flat().map((path) => join(folder, path)));
  const found = await locateModel(folder, options);
  if (found.graphs.every(({ path }) => paths.has(path))) return found;
  const graph = whole[0]?.find((path) => path.endsWith('.onnx'));
  return graph === undefined ? found : locateModel(join(folder, graph), options);
}

async function notDownloaded(name: string, id: string, bundledDir: string): Promise<ProbeError> {
  const bundled = await bundledNames(bundledDir);
  const others = bundled.length ? l10n.t` The bundled models are ${bundled.join(', ')}.` : '';
  const message = l10n.t`"${name}" is not on this machine. Download it: Choose Model in VS Code, or transformer-probe models fetch ${id} on the command line.${others}`;
  return new ProbeError('model', message, { reason: 'not-downloaded', id });
}
