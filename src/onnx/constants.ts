import type { GraphIndex, Tensor } from './graph';
import { Fields, WireError } from './wire';

/** No constant that this program reasons about (scale, axis, shape) is longer. */
const MAX_VALUES = 1024;

const FLOAT16 = 10;
const BFLOAT16 = 16;

/** Values of a small tensor that is in the skeleton, row-major; null if it is elsewhere, too long or of another type. */
export function tensorValues(tensor: Tensor): number[] | null {
  if (tensor.where.kind !== 'inline') return null;
  const count = tensor.dims.reduce((product, dim) => product * dim, 1);
  if (!(count >= 0 && count <= MAX_VALUES) || tensor.bytes > 10 * MAX_VALUES) return null;
  try {
    const values = readValues(tensor.where.message, tensor.dataType);
    return values.length === count ? values : null;
  } catch (error) {
    // Damaged values are unknown values; the runtime refuses them with its own words.
    if (error instanceof WireError) return null;
    throw error;
  }
}

function readValues(message: Uint8Array, dataType: number): number[] {
  const f = new Fields(message);
  const values: number[] = [];
  while (f.next()) {
    if (f.number === 4) f.floats(values);
    else if (f.number === 5 || f.number === 7) f.ints(values);
    else if (f.number === 9) values.push(...(rawValues(f.view(), dataType) ?? []));
    else if (f.number === 10) for (let at = f.start; at + 8 <= f.stop; at += 8) values.push(double(f, at));
  }
  return values;
}

/** Values of a tensor of the graph: an initializer's or a `Constant` node's, through Identity; else null. */
export function constantValues(index: GraphIndex, name: string): number[] | null {
  const tensor = constantTensor(index, name);
  return tensor && tensorValues(tensor);
}

/** The initializer or `Constant` tensor behind a name, through Identity; null if there is none. */
export function constantTensor(index: GraphIndex, name: string): Tensor | null {
  for (let hops = 0; hops < 16; hops++) {
    const initializer = index.initializers.get(name);
    if (initializer) return initializer;
    const node = index.producer.get(name);
    const value = node?.opType === 'Constant' ? node.attributes.get('value') : undefined;
    if (value?.type === 'tensor') return value.value;
    if (node?.opType !== 'Identity') return null;
    name = node.inputs[0] ?? '';
  }
  return null;
}

function rawValues(raw: Uint8Array, dataType: number): number[] | null {
  const data = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const read = READERS[dataType];
  if (!read) return null;
  const [size, at] = read;
  return Array.from({ length: Math.floor(raw.length / size) }, (_, i) => at(data, i * size));
}

const READERS: Record<number, [size: number, read: (data: DataView, at: number) => number]> = {
  1: [4, (data, at) => data.getFloat32(at, true)],
  2: [1, (data, at) => data.getUint8(at)],
  3: [1, (data, at) => data.getInt8(at)],
  6: [4, (data, at) => data.getInt32(at, true)],
  7: [8, (data, at) => Number(data.getBigInt64(at, true))],
  9: [1, (data, at) => data.getUint8(at)],
  [FLOAT16]: [2, (data, at) => fromHalf(data.getUint16(at, true))],
  11: [8, (data, at) => data.getFloat64(at, true)],
  [BFLOAT16]: [2, (data, at) => fromBfloat(data.getUint16(at, true))],
};

function double(f: Fields, at: number): number {
  return new DataView(f.bytes.buffer, f.bytes.byteOffset + at, 8).getFloat64(0, true);
}

/** IEEE 754 binary16 as a number. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function fromBfloat(bits: number): number {
  const data = new DataView(new ArrayBuffer(4));
  data.setUint32(0, bits << 16);
  return data.getFloat32(0);
}
