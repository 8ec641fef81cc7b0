import { stat } from 'node:fs/promises';
import { join, posix, win32 } from 'node:path';
import type { Tensor } from './graph';
import { WireError } from './wire';

/** Bits of one element, by TensorProto.DataType; types that are not here (strings) have no fixed size. */
const BITS: Record<number, number> = {
  ...{ 1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64, 15: 128 },
  ...{ 16: 16, 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8, 25: 2, 26: 2 },
};

/** The runtime's marker for tensors that lie in its own memory; never valid in a file. */
const MEMORY_MARKER = '_ORT_MEM_ADDR_';

/** Checks every tensor's claims against what its file holds, before anything maps it. Throws WireError. */
export async function checkTensors(tensors: readonly Tensor[], directory: string): Promise<void> {
  const sizes = new Map<string, number>();
  for (const tensor of tensors) {
    const expected = statedBytes(tensor);
    if (tensor.where.kind === 'inline') continue;
    const { location, offset, length } = tensor.where;
    let size = sizes.get(location);
    if (size === undefined) sizes.set(location, (size = await sizeOf(location, directory)));
    const has = length ?? size - offset;
    if (!isCount(offset) || !isCount(has) || offset + has > size) {
      throw new WireError(`${named(tensor)} reaches beyond the end of "${shown(location)}"; is it complete?`);
    }
    if (expected !== null && expected > has) {
      throw new WireError(`${named(tensor)} states more values than it has`);
    }
  }
}

/** Bytes that a tensor's dims and type ask for; null where the type has no fixed size. */
function statedBytes(tensor: Tensor): number | null {
  let elements = 1;
  for (const dim of tensor.dims) {
    if (!isCount(dim)) throw new WireError(`${named(tensor)} has an impossible size`);
    elements *= dim;
  }
  if (!isCount(elements)) throw new WireError(`${named(tensor)} has an impossible size`);
  const bits = BITS[tensor.dataType];
  return bits === undefined ? null : Math.ceil((elements * bits) / 8);
}

async function sizeOf(location: string, directory: string): Promise<number> {
  if (!staysInside(location)) throw new WireError('it refers to a weights file outside of its folder');
  const info = await stat(join(directory, location)).catch(() => null);
  if (!info?.isFile()) {
    throw new WireError(`its weights file "${shown(location)}" is missing; put it next to the model`);
  }
  return info.size;
}

function staysInside(location: string): boolean {
  if (location === '' || location.includes('\0') || location.includes(MEMORY_MARKER)) return false;
  if (posix.isAbsolute(location) || win32.isAbsolute(location) || /^[a-z]:/i.test(location)) return false;
  return !location.split(/[\\/]/).includes('..');
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function named(tensor: Tensor): string {
  return tensor.name ? `tensor "${shown(tensor.name)}"` : 'a tensor';
}

/** A name out of the file, short and on one line. */
function shown(name: string): string {
  return name.replace(/[\p{C}"]/gu, '?').slice(0, 80);
}
