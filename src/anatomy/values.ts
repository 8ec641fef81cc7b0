import * as l10n from '@vscode/l10n';
import { ProbeError } from '../shared/errors';
import { DECODERS } from './decode';
import { elements, layoutOf } from './dtypes';
import type { Quantized, RawModel, RawTensor } from './raw';
import { shown, throwIfAborted } from './source';

/** Bytes that are read and decoded at a time. */
const CHUNK = 1024 * 1024;
/** Scales and zero points are kept while their weight is read. */
const MAX_SCALES = 64 * 1024 * 1024;

/** A tensor's numbers as a matrix: rows are the first axis. */
export interface ValueShape {
  rows: number;
  columns: number;
}

/** Part of a tensor: consecutive numbers, row-major. */
export type Values = Float32Array | Float64Array;

/** Rows and columns of a tensor's numbers; of what they stand for where they are packed. */
export function matrixOf(tensor: RawTensor): ValueShape {
  if (tensor.quantized) return { rows: tensor.quantized.rows, columns: tensor.quantized.columns };
  const count = elements(tensor.shape) ?? 0;
  const rows = tensor.shape.length < 2 ? 1 : (tensor.shape[0] as number);
  return { rows, columns: rows === 0 ? 0 : count / rows };
}

/**
 * A tensor's numbers in order, about a megabyte at a time, dequantised. Nothing is read before the first is asked for.
 * Throws ProbeError `model` for tensors that are missing, cut off or of a type that cannot be read; `cancelled` when aborted.
 */
export async function* readValues(
  model: RawModel,
  tensor: RawTensor,
  signal?: AbortSignal,
): AsyncGenerator<Values> {
  const { rows } = matrixOf(tensor);
  yield* readRows(model, tensor, 0, rows, signal);
}

/** The numbers of the rows [from, to). Block formats need whole blocks a row, as GGUF's files have. */
export async function* readRows(
  model: RawModel,
  tensor: RawTensor,
  from: number,
  to: number,
  signal?: AbortSignal,
): AsyncGenerator<Values> {
  checkReadable(tensor);
  if (tensor.quantized) yield* dequantized(model, tensor, tensor.quantized, from, to, signal);
  else {
    const { columns } = matrixOf(tensor);
    yield* plainValues(model, tensor, from * columns, to * columns, signal);
  }
}

function checkReadable(tensor: RawTensor): void {
  const name = shown(tensor.name);
  if (tensor.state === 'missing') throw new ProbeError('model', l10n.t`The file with "${name}" is missing.`);
  if (tensor.state === 'cut')
    throw new ProbeError('model', l10n.t`"${name}" is cut off: its file ends before it does.`);
  if (!tensor.place) throw new ProbeError('model', l10n.t`"${name}" is stored in a way that cannot be read.`);
  if (!tensor.quantized && (!layoutOf(tensor.dtype) || !Object.hasOwn(DECODERS, tensor.dtype))) {
    throw new ProbeError(
      'model',
      l10n.t`"${name}" is of type ${shown(tensor.dtype)}, which cannot be read yet.`,
    );
  }
}

async function* plainValues(
  model: RawModel,
  tensor: RawTensor,
  from: number,
  to: number,
  signal?: AbortSignal,
): AsyncGenerator<Values> {
  const layout = layoutOf(tensor.dtype) ?? { values: 1, bytes: 1 };
  const decode = DECODERS[tensor.dtype];
  const step = Math.max(1, Math.floor(CHUNK / layout.bytes)) * layout.values;
  for (let at = from; decode && at < to; at += step) {
    const count = Math.min(step, to - at);
    const bytes = await bytesOf(
      model,
      tensor,
      (at / layout.values) * layout.bytes,
      (count / layout.values) * layout.bytes,
      signal,
    );
    yield decode(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), count);
  }
}

async function bytesOf(
  model: RawModel,
  { place, name }: RawTensor,
  offset: number,
  length: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  throwIfAborted(signal);
  if (place?.kind === 'inline') return place.data.subarray(offset, offset + length);
  const source = place && model.sources[place.file];
  if (!place || !source) throw new ProbeError('model', l10n.t`The file with "${shown(name)}" is missing.`);
  return source.read(place.offset + offset, length, signal);
}

async function* dequantized(
  model: RawModel,
  tensor: RawTensor,
  quantized: Quantized,
  from: number,
  to: number,
  signal?: AbortSignal,
): AsyncGenerator<Values> {
  const scales = await wholeTensor(model, tensor.file, quantized.scale, signal);
  const zeros = quantized.zero === null ? null : await zeroPoints(model, tensor.file, quantized, signal);
  const blocksPerRow = Math.ceil(quantized.columns / quantized.block);
  const rowBytes = quantized.packed
    ? blocksPerRow * ((quantized.block * quantized.bits) / 8)
    : quantized.columns;
  const step = Math.max(1, Math.floor(CHUNK / rowBytes));
  for (let row = from; row < to; row += step) {
    const count = Math.min(step, to - row);
    const bytes = await bytesOf(model, tensor, row * rowBytes, count * rowBytes, signal);
    yield unpack(bytes, quantized, row, count, rowBytes, scales, zeros);
  }
}

function unpack(
  bytes: Uint8Array,
  q: Quantized,
  first: number,
  rows: number,
  rowBytes: number,
  scales: Values,
  zeros: Values | null,
): Float32Array {
  const values = new Float32Array(rows * q.columns);
  const mask = 2 ** q.bits - 1;
  const middle = q.packed ? 2 ** (q.bits - 1) : 0;
  const perByte = 8 / q.bits;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < q.columns; column++) {
      const byte = bytes[row * rowBytes + Math.floor(column / perByte)] as number;
      const code = (byte >> (q.bits * (column % perByte))) & mask;
      const number = q.signed && code >= 128 ? code - 256 : code;
      const at = scaleIndex(q, first + row, column);
      values[row * q.columns + column] = (number - (zeros ? (zeros[at] ?? 0) : middle)) * (scales[at] ?? NaN);
    }
  }
  return values;
}

function scaleIndex(q: Quantized, row: number, column: number): number {
  if (q.packed) return row * Math.ceil(q.columns / q.block) + Math.floor(column / q.block);
  return q.axis === null ? 0 : q.axis === 0 ? row : column;
}

/** Zero points by scale: numbers of their own, or packed like the weights, each row from a whole byte on. */
async function zeroPoints(
  model: RawModel,
  file: number,
  q: Quantized,
  signal?: AbortSignal,
): Promise<Values | null> {
  const stored = await wholeTensor(model, file, q.zero ?? '', signal);
  const perRow = Math.ceil(q.columns / q.block);
  if (!q.packed || stored.length === q.rows * perRow) return stored;
  const rowBytes = Math.ceil((perRow * q.bits) / 8);
  const perByte = 8 / q.bits;
  return Float32Array.from({ length: q.rows * perRow }, (_, i) => {
    const [row, block] = [Math.floor(i / perRow), i % perRow];
    const byte = stored[row * rowBytes + Math.floor(block / perByte)] ?? 0;
    return (byte >> (q.bits * (block % perByte))) & (2 ** q.bits - 1);
  });
}

async function wholeTensor(
  model: RawModel,
  file: number,
  name: string,
  signal?: AbortSignal,
): Promise<Values> {
  const tensor =
    model.tensors.find((one) => one.name === name && one.file === file) ??
    model.tensors.find((one) => one.name === name);
  const count = tensor ? (elements(tensor.shape) ?? 0) : 0;
  if (!tensor || count > MAX_SCALES)
    throw new ProbeError('model', l10n.t`The scales "${shown(name)}" are not in the file.`);
  const values = new Float64Array(count);
  let at = 0;
  for await (const part of readValues(model, tensor, signal)) {
    values.set(part, at);
    at += part.length;
  }
  return values;
}
