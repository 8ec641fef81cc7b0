import * as l10n from '@vscode/l10n';
import { webcrypto } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ProbeError } from '../shared/errors';
import type { Family } from '../shared/model';
import { readConfig } from './config';
import { bundledNames, type ModelFolder } from './folder';
import { integerAt, isRecord, listAt, readJson, stringAt } from './json';

/** A model that comes with the program. */
export interface BundledModel {
  id: string;
  family: Family | null;
  /** Number of weights; null where the manifest does not say. */
  parameters: number | null;
  license: string | null;
  /** One sentence for the model picker; null where the manifest does not say. */
  description: string | null;
}

interface ManifestFile {
  /** Relative to the folder of the bundled models. */
  path: string;
  size: number;
  sha256: string;
}

const MAX_MANIFEST_BYTES = 4 * 2 ** 20;

/** The bundled models that are there, in the order of their names, with what models/manifest.json tells of them. */
export async function bundledModels(bundledDir: string): Promise<BundledModel[]> {
  const entries = await manifestEntries(bundledDir);
  const models = [];
  for (const id of await bundledNames(bundledDir)) {
    const entry = entries.get(id);
    const config = await readConfig(join(bundledDir, id)).catch(() => null);
    models.push({
      id,
      family: asFamily(stringAt(entry, 'family')) ?? config?.family ?? null,
      parameters: integerAt(entry, 'parameters', 1, Number.MAX_SAFE_INTEGER),
      license: stringAt(entry, 'license'),
      description: stringAt(entry, 'description'),
    });
  }
  return models;
}

/**
 * Checks a bundled model's files against the sizes and SHA-256 sums of models/manifest.json. Throws a ProbeError that
 * names the first file that differs. A model that the manifest does not list passes: there is nothing to check it by.
 */
export async function verifyBundled(folder: Pick<ModelFolder, 'directory'>): Promise<void> {
  const bundledDir = join(folder.directory, '..');
  const entry = (await manifestEntries(bundledDir)).get(basename(folder.directory));
  const files = filesOf(entry);
  for (const file of files) {
    const path = join(bundledDir, file.path);
    const size = await stat(path).then(
      (found) => found.size,
      () => null,
    );
    if (size === null) throw damaged(folder, file, 'is missing');
    if (size !== file.size) throw damaged(folder, file, l10n.t`has ${size} bytes instead of ${file.size}`);
  }
  const sums = await Promise.all(files.map(({ path }) => sha256(join(bundledDir, path))));
  const changed = files.find(({ sha256 }, i) => sha256 !== sums[i]);
  if (changed) throw damaged(folder, changed, l10n.t('has other contents than it was made with'));
}

function damaged(folder: Pick<ModelFolder, 'directory'>, file: ManifestFile, what: string): ProbeError {
  const model = basename(folder.directory);
  return new ProbeError(
    'model',
    l10n.t`${file.path} of the bundled model ${model} ${what}. Install the extension again to get the model back.`,
  );
}

function filesOf(entry: unknown): ManifestFile[] {
  return listAt(entry, 'files').map((value) => {
    const file = asFile(value);
    if (file) return file;
    throw new ProbeError('model', l10n.t('models/manifest.json is damaged. Install the extension again.'));
  });
}

async function manifestEntries(bundledDir: string): Promise<Map<string, unknown>> {
  const manifest = await readJson(join(bundledDir, 'manifest.json'), MAX_MANIFEST_BYTES);
  return new Map(listAt(manifest, 'models').map((entry) => [stringAt(entry, 'id') ?? '', entry]));
}

/** A file entry; null where it is malformed or points outside the model's folder. */
function asFile(value: unknown): ManifestFile | null {
  if (!isRecord(value)) return null;
  const path = stringAt(value, 'path');
  const size = integerAt(value, 'size', 0, Number.MAX_SAFE_INTEGER);
  const sha256 = stringAt(value, 'sha256');
  if (path === null || size === null || sha256 === null || /(^|[\\/])\.\.([\\/]|$)/.test(path)) return null;
  return { path, size, sha256: sha256.toLowerCase() };
}

function asFamily(value: string | null): Family | null {
  return value === 'encoder-only' || value === 'decoder-only' || value === 'encoder-decoder' ? value : null;
}

/** Computed outside of this thread; bundled files are small enough to be read whole. */
async function sha256(path: string): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', await readFile(path))).toString('hex');
}
