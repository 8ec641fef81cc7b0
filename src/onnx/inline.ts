import * as l10n from '@vscode/l10n';
import { openSync, closeSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { EXTERNAL_DATA, LEADS } from './outline';
import type { Kind } from './outline';
import { bytesField, BYTES, concat, Fields, WireError } from './wire';

const RAW_DATA = 9;
const DATA_LOCATION = 14;

/**
 * A skeleton with the values that it refers to put into it, so that it needs no other file. For graphs that refer to
 * little, such as one whose weights were replaced. Reads at most `limit` bytes. Throws WireError.
 */
export function inlineWeights(bytes: Uint8Array, directory: string, limit: number): Uint8Array {
  let read = 0;
  const load = (external: Map<string, string>): Uint8Array => {
    const length = Number(external.get('length') ?? 'NaN');
    read += length;
    if (!(read <= limit)) throw new WireError(l10n.t('it refers to too many values'));
    return readRange(join(directory, external.get('location') ?? ''), Number(external.get('offset')), length);
  };
  return rewrite('model', new Fields(bytes), load);
}

type Load = (external: Map<string, string>) => Uint8Array;

function rewrite(kind: Kind, f: Fields, load: Load): Uint8Array {
  const parts: Uint8Array[] = [];
  const external = new Map<string, string>();
  for (let from = f.stop; f.next(); from = f.stop) {
    const inner = f.type === BYTES ? LEADS[kind][f.number] : undefined;
    if (inner) parts.push(bytesField(f.number, rewrite(inner, f.message(), load)));
    else if (kind === 'tensor' && f.number === EXTERNAL_DATA) external.set(...entry(f.message()));
    else if (kind !== 'tensor' || f.number !== DATA_LOCATION) parts.push(f.bytes.subarray(from, f.stop));
  }
  if (external.size > 0) parts.push(bytesField(RAW_DATA, load(external)));
  return concat(parts);
}

function entry(f: Fields): [string, string] {
  let [key, value] = ['', ''];
  while (f.next()) {
    if (f.number === 1) key = f.string();
    else if (f.number === 2) value = f.string();
  }
  return [key, value];
}

function readRange(path: string, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const file = openSync(path, 'r');
  try {
    for (let at = 0; at < length;) {
      const count = readSync(file, bytes, at, length - at, offset + at);
      if (count === 0) throw new WireError(l10n.t('its weights end too early'));
      at += count;
    }
  } finally {
    closeSync(file);
  }
  return bytes;
}
