import { join } from 'node:path';
import type { ModelFolder } from './folder';
import { isRecord, ownValue, readRecord } from './json';

const MAX_BYTES = 16 * 2 ** 20;
const MAX_LABEL = 100;

/** Names of a classifier's classes from config.json's `id2label`: class number -> name. */
export async function readLabels({
  directory,
}: Pick<ModelFolder, 'directory'>): Promise<ReadonlyMap<number, string>> {
  const config = await readRecord(join(directory, 'config.json'), MAX_BYTES);
  const labels = ownValue(config, 'id2label');
  if (!isRecord(labels)) return new Map();
  return new Map(
    Object.entries(labels).flatMap(([id, label]): [number, string][] =>
      /^\d{1,9}$/.test(id) && typeof label === 'string' ? [[Number(id), label.slice(0, MAX_LABEL)]] : [],
    ),
  );
}
