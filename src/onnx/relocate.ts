import type { Kind } from './outline';
import { EXTERNAL_DATA, LEADS } from './outline';
import { bytesField, BYTES, concat, Fields, stringField } from './wire';

/** A model whose external data locations are replaced; nothing else changes. For files that are links to elsewhere. */
export function relocate(bytes: Uint8Array, locations: ReadonlyMap<string, string>): Uint8Array {
  return rewrite('model', new Fields(bytes), locations);
}

function rewrite(kind: Kind, f: Fields, locations: ReadonlyMap<string, string>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let from = f.stop; f.next(); from = f.stop) {
    const inner = f.type === BYTES ? LEADS[kind][f.number] : undefined;
    if (inner) parts.push(bytesField(f.number, rewrite(inner, f.message(), locations)));
    else if (kind === 'tensor' && f.number === EXTERNAL_DATA) parts.push(entry(f.message(), locations));
    else parts.push(f.bytes.subarray(from, f.stop));
  }
  return concat(parts);
}

function entry(f: Fields, locations: ReadonlyMap<string, string>): Uint8Array {
  let key = '';
  let value = '';
  while (f.next()) {
    if (f.number === 1) key = f.string();
    else if (f.number === 2) value = f.string();
  }
  const moved = key === 'location' ? (locations.get(value) ?? value) : value;
  return bytesField(EXTERNAL_DATA, concat([stringField(1, key), stringField(2, moved)]));
}
