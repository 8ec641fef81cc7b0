import * as l10n from '@vscode/l10n';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Anatomy } from '../shared/anatomy';
import { ProbeError } from '../shared/errors';
import { findModel } from '../models/hub/cache';
import { findInCatalogue } from './catalogue';
import { inLocalFolder } from './files';
import { configModel } from './fromConfig/anatomy';
import { openPath } from './open';
import type { OpenedModel } from './raw';

/** Where models are looked for. */
export interface ModelPlaces {
  bundledDir: string;
  /** Folder of the downloaded models. */
  cacheDir: string;
}

/** The anatomy of a bundled model, a path, a download or a well-known name, in that order; null if it is none of them. */
export async function findAnatomy(name: string, places: ModelPlaces): Promise<Anatomy | null> {
  const opened = await openFound(name, places);
  await opened?.close();
  return opened && opened.anatomy;
}

/** The same; throws `noSuchModel` where there is none. */
export async function requireAnatomy(name: string, places: ModelPlaces): Promise<Anatomy> {
  const anatomy = await findAnatomy(name, places);
  if (!anatomy) throw noSuchModel();
  return anatomy;
}

export function noSuchModel(): ProbeError {
  return new ProbeError(
    'model',
    l10n.t('There is no such model here, and no well-known config of that name.'),
  );
}

/** As `findAnatomy`, still open: its tensors can be read, unless only its config is known. Whoever opens it closes it. */
export async function openFound(
  name: string,
  places: ModelPlaces,
  signal?: AbortSignal,
): Promise<OpenedModel | null> {
  const isName = /^\w[\w.-]*$/.test(name);
  for (const path of [...(isName ? [join(places.bundledDir, name)] : []), resolve(name)]) {
    const info = await stat(path).catch(() => null);
    if (info?.isDirectory()) return openPath(path, null, signal);
    const file = inLocalFolder(path);
    if (info) return openPath(file.directory, file.path, signal);
  }
  const downloaded = await findModel(places.cacheDir, name);
  if (downloaded) {
    const opened = await openPath(downloaded.folder, null, signal);
    return { ...opened, anatomy: { ...opened.anatomy, name: downloaded.id } };
  }
  const entry = findInCatalogue(name);
  return entry && configModel(entry.id, entry.config);
}
