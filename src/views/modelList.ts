import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { bundledModels } from '../models/catalogue';
import { readConfig } from '../models/config';
import { listModels, type CachedModel } from '../models/hub/cache';
import { look } from '../models/hub/record';
import { checkBundled } from '../models/intact';
import type { Anatomy } from '../shared/anatomy';
import type { Family } from '../shared/model';

/**
 * - `verified`: every file is as it was when its checksum was last right.
 * - `touched`: a file was written to since; opening it or Verify reads it again.
 * - `damaged`: a file is missing, or has another size or other bytes.
 * - `unfinished`: the download has not ended.
 */
export type ModelState = 'verified' | 'touched' | 'damaged' | 'unfinished';

/** A model of this machine, as the models view shows it. */
export interface ListedModel {
  /** By what it is opened: its name, its Hub id, or its folder where the id means another commit. */
  reference: string;
  name: string;
  family: Family | null;
  folder: string;
  /** Bytes on the disk. */
  bytes: number;
  precisions: string[];
  state: ModelState;
  license: string | null;
  /** Null for bundled models. */
  cached: CachedModel | null;
}

/** What a bundled model is made of, read where nobody waits for it; undefined where that cannot be read. */
export type ReadAnatomy = (name: string) => Promise<Pick<Anatomy, 'precisions'> | undefined>;

/** Every bundled and every downloaded model. */
export async function listAllModels(
  bundledDir: string,
  cacheDir: string,
  read: ReadAnatomy,
): Promise<ListedModel[]> {
  const bundled = await bundledModels(bundledDir);
  const cached = await listModels(cacheDir);
  return Promise.all([
    ...bundled.map(({ id, family, license }) =>
      listBundled({ id, family, license, folder: join(bundledDir, id) }, read),
    ),
    ...cached.map((model) => listCached(model, cached)),
  ]);
}

type BundledModel = Pick<ListedModel, 'family' | 'license' | 'folder'> & { id: string };

async function listBundled({ id, folder, ...facts }: BundledModel, read: ReadAnatomy): Promise<ListedModel> {
  const state = await checkBundled({ directory: folder }).then(
    () => 'verified' as const,
    () => 'damaged' as const,
  );
  const [bytes, precisions] = await Promise.all([bytesOf(folder), storedPrecisions(id, read)]);
  return { reference: id, name: id, folder, ...facts, bytes, precisions, state, cached: null };
}

async function listCached(model: CachedModel, all: CachedModel[]): Promise<ListedModel> {
  const { id, folder, record, bytes, precisions } = model;
  const newest = all.find((other) => other.id === id && other.precisions.length > 0);
  const config = await readConfig(folder).catch(() => null);
  return {
    reference: newest === undefined || newest === model ? id : folder,
    name: id,
    family: config?.family ?? null,
    folder,
    bytes,
    precisions,
    state: await stateOf(model),
    license: record?.license ?? null,
    cached: model,
  };
}

/** By sizes and times alone: nothing is read for a list. */
async function stateOf({ folder, record, precisions }: CachedModel): Promise<ModelState> {
  const looks = await Promise.all((record?.files ?? []).map((file) => look(folder, file)));
  if (looks.includes('missing') || looks.includes('size')) return 'damaged';
  if (precisions.length === 0) return 'unfinished';
  return looks.includes('time') ? 'touched' : 'verified';
}

/** The type of most of the weights, from the graph's header; empty where it cannot be read. */
async function storedPrecisions(name: string, read: ReadAnatomy): Promise<string[]> {
  const anatomy = await read(name).catch(() => undefined);
  const dtype = anatomy?.precisions[0]?.dtype;
  return dtype === undefined ? [] : [NAMES[dtype] ?? dtype.toLowerCase()];
}
const NAMES: Record<string, string> = { F32: 'fp32', F16: 'fp16', I8: 'int8', U8: 'uint8', Q4: 'q4' };

async function bytesOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true });
  const facts = await Promise.all(entries.map((entry) => stat(join(folder, entry)).catch(() => null)));
  return facts.reduce((sum, found) => sum + (found?.isFile() ? found.size : 0), 0);
}
