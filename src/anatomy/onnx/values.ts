import type { Tensor } from '../../onnx/graph';
import { Fields } from '../../onnx/wire';

/**
 * The values of a tensor that is inside the skeleton, as little-endian bytes of its dtype; null where they are in another
 * form (strings) or of another number than stated.
 */
export function inlineBytes(tensor: Tensor, bytes: number): Uint8Array | null {
  if (tensor.where.kind !== 'inline') return null;
  const f = new Fields(tensor.where.message);
  const numbers: number[] = [];
  while (f.next()) {
    if (f.number === 9) return f.view().length === bytes ? f.view() : null;
    if (f.number === 4) f.floats(numbers);
    else if (f.number === 5 || f.number === 7) f.ints(numbers);
    else if (f.number === 10) return f.view().length === bytes ? f.view() : null;
    if (numbers.length > bytes) return null;
  }
  return pack(tensor.dataType, numbers, bytes);
}

/** Typed data fields hold small types in wider numbers: half floats as their bits, bytes as int32. */
function pack(dataType: number, numbers: readonly number[], bytes: number): Uint8Array | null {
  const make = PACKERS[dataType];
  if (!make) return null;
  const packed = make(numbers);
  return packed.byteLength === bytes
    ? new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength)
    : null;
}

const PACKERS: Record<number, (numbers: readonly number[]) => ArrayBufferView> = {
  1: (numbers) => Float32Array.from(numbers),
  2: (numbers) => Uint8Array.from(numbers),
  3: (numbers) => Int8Array.from(numbers),
  6: (numbers) => Int32Array.from(numbers),
  7: (numbers) => BigInt64Array.from(numbers, BigInt),
  9: (numbers) => Uint8Array.from(numbers),
  10: (numbers) => Uint16Array.from(numbers),
  16: (numbers) => Uint16Array.from(numbers),
};
