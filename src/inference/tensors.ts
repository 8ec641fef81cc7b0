import * as l10n from '@vscode/l10n';
import type { Tensor } from 'onnxruntime-node';
import { ProbeError } from '../shared/errors';
import type { KeptTensor } from '../shared/inference';
import { loadRuntime } from './runtime';

/** A kept tensor with its row-major values. */
export type TensorData = KeptTensor & { data: Float32Array };

/** Element types of ONNX Runtime that are fed here. */
export type ElementType = 'int64' | 'int32' | 'float32' | 'float16' | 'bool';

/** IEEE 754 binary16 of 1. */
const HALF_ONE = 0x3c00;

/** A tensor of whole numbers in the element type that the graph asks for. */
export async function numberTensor(type: ElementType, values: number[], dims: number[]): Promise<Tensor> {
  const { Tensor: TensorClass } = await loadRuntime();
  const tensor = new TensorClass(type, elements(type, values), dims);
  return readyToFeed(tensor);
}

function elements(type: ElementType, values: number[]) {
  switch (type) {
    case 'int64':
      return BigInt64Array.from(values, BigInt);
    case 'int32':
      return Int32Array.from(values);
    case 'bool':
      return Uint8Array.from(values, Number);
    case 'float32':
      return Float32Array.from(values);
    case 'float16':
      return Uint16Array.from(values, wholeToHalf);
  }
}

/** Masks are the only half-precision inputs made from numbers. */
function wholeToHalf(value: number): number {
  if (value !== 0 && value !== 1) throw new RangeError('Only 0 and 1 are fed in half precision.');
  return value * HALF_ONE;
}

/**
 * A runtime with `Float16Array` makes half tensors that onnxruntime-node 1.30 refuses ("not enough space"); the same
 * bytes as `Uint16Array` pass.
 */
export function readyToFeed(tensor: Tensor): Tensor {
  const { data } = tensor;
  if (tensor.type === 'float16' && !(data instanceof Uint16Array)) {
    const { buffer, byteOffset, length } = data as unknown as Uint16Array<ArrayBuffer>;
    Reflect.set(tensor, 'cpuData', new Uint16Array(buffer, byteOffset, length));
  }
  return tensor;
}

/** A float tensor's values in single precision; shares memory where it is that already. */
export function floats(name: string, tensor: Tensor): Float32Array {
  const { data } = tensor;
  if (data instanceof Float32Array) return data;
  if (data instanceof Float64Array) return Float32Array.from(data);
  if (tensor.type !== 'float16') {
    throw new ProbeError(
      'model',
      l10n.t`The model's tensor "${name}" holds ${tensor.type}, not floating-point numbers.`,
    );
  }
  const { buffer, byteOffset, length } = data as unknown as Uint16Array<ArrayBuffer>;
  return Float32Array.from(new Uint16Array(buffer, byteOffset, length), halfToNumber);
}

/** IEEE 754 binary16 to number. */
export function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** A tensor as plain data, without its batch dimension of 1. Tensors of the rank `bare` have none. */
export function batchOfOne(name: string, tensor: Tensor, bare = 1): TensorData {
  const { dims } = tensor;
  const shape = dims[0] === 1 && dims.length > bare ? dims.slice(1) : [...dims];
  return { name, shape, data: floats(name, tensor) };
}

/** The last two dimensions swapped. */
export function transposed({ name, shape, data }: TensorData): TensorData {
  const [rows = 1, columns = 1] = shape.slice(-2);
  const swapped = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += rows * columns) {
    for (let i = 0; i < rows * columns; i++) {
      const [row, column] = [Math.floor(i / columns), i % columns];
      swapped[start + column * rows + row] = data[start + i] as number;
    }
  }
  return { name, shape: [...shape.slice(0, -2), columns, rows], data: swapped };
}
