import * as l10n from '@vscode/l10n';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { ProbeError } from '../shared/errors';

export type JsonRecord = Record<string, unknown>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object under a key, or an empty one. */
export function recordAt(value: unknown, key: string): JsonRecord {
  const found = ownValue(value, key);
  return isRecord(found) ? found : {};
}

/** A key's value where the object has it itself: `__proto__` and the like find nothing. */
export function ownValue(value: unknown, key: string): unknown {
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

export function stringAt(value: unknown, key: string): string | null {
  const found = ownValue(value, key);
  return typeof found === 'string' ? found : null;
}

export function booleanAt(value: unknown, key: string, fallback: boolean): boolean {
  const found = ownValue(value, key);
  return typeof found === 'boolean' ? found : fallback;
}

/** A whole number between `least` and `most`, or null: wrong types and absurd sizes count as absent. */
export function integerAt(value: unknown, key: string, least = 0, most = 2 ** 31 - 1): number | null {
  const found = ownValue(value, key);
  return typeof found === 'number' && Number.isInteger(found) && found >= least && found <= most
    ? found
    : null;
}

export function listAt(value: unknown, key: string): unknown[] {
  const found = ownValue(value, key);
  return Array.isArray(found) ? found : [];
}

/** Reads a JSON file of at most `maxBytes`; null where there is none. Throws a ProbeError that names the file. */
export async function readJson(path: string, maxBytes: number): Promise<unknown> {
  const text = await readText(path, maxBytes);
  if (text === null) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ProbeError(
      'model',
      l10n.t`${basename(path)} is not valid JSON. Download it again, or export the model again.`,
    );
  }
}

/** Reads a JSON file that holds an object; null where there is no file. Throws a ProbeError that names the file. */
export async function readRecord(path: string, maxBytes: number): Promise<JsonRecord | null> {
  const json = await readJson(path, maxBytes);
  if (isRecord(json) || (json === null && !(await isThere(path)))) return json;
  throw new ProbeError('model', l10n.t`${basename(path)} does not hold a JSON object. Download it again.`);
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Reads a UTF-8 file of at most `maxBytes`; null where there is none. A byte order mark is dropped. */
export async function readText(path: string, maxBytes: number): Promise<string | null> {
  const name = basename(path);
  try {
    const { size } = await stat(path);
    if (size > maxBytes) {
      const limit = Math.round(maxBytes / 2 ** 20);
      throw new ProbeError('model', l10n.t`${name} is larger than ${limit} MB, so it is not read.`);
    }
    return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    if (error instanceof ProbeError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new ProbeError('model', l10n.t`${name} cannot be read. Check that it is a file and may be opened.`);
  }
}
