import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Anatomy } from '../shared/anatomy';
import { findModel } from '../models/hub/cache';
import { findInCatalogue } from './catalogue';
import { inLocalFolder, localFiles } from './files';
import { anatomyFromConfig } from './fromConfig/anatomy';
import { openModel } from './open';

/** Where models are looked for. */
export interface ModelPlaces {
  bundledDir: string;
  /** Folder of the downloaded models. */
  cacheDir: string;
}

/** The anatomy of a bundled model, a path, a download or a well-known name, in that order; null if it is none of them. */
export async function findAnatomy(name: string, places: ModelPlaces): Promise<Anatomy | null> {
  const isName = /^\w[\w.-]*$/.test(name);
  for (const path of [...(isName ? [join(places.bundledDir, name)] : []), resolve(name)]) {
    const info = await stat(path).catch(() => null);
    const file = inLocalFolder(path);
    if (info) return info.isDirectory() ? anatomyOf(path, null) : anatomyOf(file.directory, file.path);
  }
  const downloaded = await findModel(places.cacheDir, name);
  if (downloaded) return { ...(await anatomyOf(downloaded.folder, null)), name: downloaded.id };
  const entry = findInCatalogue(name);
  return entry && anatomyFromConfig(entry.id, entry.config);
}

async function anatomyOf(directory: string, path: string | null): Promise<Anatomy> {
  const opened = await openModel(localFiles(directory), path);
  await opened.close();
  return opened.anatomy;
}
