import { elements, layoutOf } from './dtypes';
import type { Place } from './names';
import type { RawModel, RawTensor } from './raw';

/** Values that are compared before two matrices count as one. */
const SAMPLES = 16;
/** Matrices of one size that are compared with each other. */
const MAX_CANDIDATES = 8;

/** Copies of one matrix: the first tensor's position by the copy's. */
export type Ties = Map<number, number>;

/**
 * Finds embedding and output matrices that are one matrix in PyTorch and stored twice: exporters write the output matrix
 * transposed, and encoder and decoder files hold the embeddings each. Sizes only suggest it; that a few values at the
 * same places are equal (and not all zero) is what counts. Reads some dozens of values.
 *
 * Where values cannot be compared, as after each copy was quantised in its own way, the config decides:
 * `tiedVocabulary` is the vocabulary of a model that ties its output matrix, else null.
 */
export async function findTies(
  model: RawModel,
  places: readonly Place[],
  tiedVocabulary: number | null,
  signal?: AbortSignal,
): Promise<Ties> {
  const ties: Ties = new Map();
  for (const group of candidates(model.tensors, places)) {
    const firsts: number[] = [];
    for (const index of group.slice(0, MAX_CANDIDATES)) {
      const original = await findOriginal(model, places, firsts, index, tiedVocabulary, signal);
      if (original === null) firsts.push(index);
      else ties.set(index, original);
    }
  }
  return ties;
}

async function findOriginal(
  model: RawModel,
  places: readonly Place[],
  firsts: readonly number[],
  index: number,
  tiedVocabulary: number | null,
  signal?: AbortSignal,
): Promise<number | null> {
  const copy = model.tensors[index] as RawTensor;
  for (const first of firsts) {
    const original = model.tensors[first] as RawTensor;
    const stored = isStored(original) && isStored(copy) && original.dtype === copy.dtype;
    if (stored && (await isCopy(model, original, copy, signal))) return first;
    const comparable = stored && !original.quantized && !copy.quantized;
    const isOutput =
      places[index]?.kind === 'head' && matrixOf(copy)?.includes(tiedVocabulary ?? NaN) === true;
    if (!comparable && isOutput) return first;
  }
  return null;
}

/** Matrices outside of the blocks, by their two sizes in either order. */
function candidates(tensors: readonly RawTensor[], places: readonly Place[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [index, tensor] of tensors.entries()) {
    const kind = places[index]?.kind;
    const sizes = matrixOf(tensor);
    if (tensor.role || tensor.tiedTo || !sizes || !['embeddings', 'head', 'other'].includes(kind ?? ''))
      continue;
    const key = [...sizes].sort((a, b) => a - b).join('x');
    const group = groups.get(key);
    if (group) group.push(index);
    else groups.set(key, [index]);
  }
  // What both stacks share is the original, where there is such a tensor.
  const isShared = (index: number) => places[index]?.stack === null && places[index]?.kind === 'embeddings';
  const ordered = [...groups.values()].map((group) => [
    ...group.filter(isShared),
    ...group.filter((index) => !isShared(index)),
  ]);
  return ordered.filter((group) => group.length > 1);
}

function matrixOf({ shape, quantized }: RawTensor): [number, number] | null {
  if (quantized) return [quantized.rows, quantized.columns];
  const [rows = 0, columns = 0] = shape;
  return shape.length === 2 && rows > 1 && columns > 1 ? [rows, columns] : null;
}

/** True where single stored values can be read, the integers of a quantised tensor included. */
function isStored({ place, state, dtype }: RawTensor): boolean {
  return place !== null && state === 'whole' && layoutOf(dtype)?.values === 1;
}

async function isCopy(model: RawModel, a: RawTensor, b: RawTensor, signal?: AbortSignal): Promise<boolean> {
  const [rows = 0, columns = 0] = a.shape;
  const straight = b.shape[0] === rows && b.shape[1] === columns;
  const turned = b.shape[0] === columns && b.shape[1] === rows;
  for (const transposed of [...(straight ? [false] : []), ...(turned ? [true] : [])]) {
    if (await sameValues(model, a, b, transposed, signal)) return true;
  }
  return false;
}

async function sameValues(
  model: RawModel,
  a: RawTensor,
  b: RawTensor,
  transposed: boolean,
  signal?: AbortSignal,
): Promise<boolean> {
  const [rows = 0, columns = 0] = a.shape;
  const count = elements(a.shape) ?? 0;
  let anyValue = false;
  for (let i = 0; i < SAMPLES; i++) {
    // Steps of the golden ratio: spread over the matrix, the same every time.
    const at = Math.floor(((i + 0.5) * 0.6180339887498949 * count) % count);
    const [row, column] = [Math.floor(at / columns), at % columns];
    const [left, right] = await Promise.all([
      valueAt(model, a, at, signal),
      valueAt(model, b, transposed ? column * rows + row : at, signal),
    ]);
    if (!left.every((byte, j) => byte === right[j])) return false;
    anyValue ||= left.some((byte) => byte !== 0);
  }
  return anyValue;
}

async function valueAt(
  model: RawModel,
  tensor: RawTensor,
  index: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const size = layoutOf(tensor.dtype)?.bytes ?? 0;
  const { place } = tensor;
  if (place?.kind === 'inline') return place.data.subarray(index * size, (index + 1) * size);
  const source = place && model.sources[place.file];
  return source ? source.read(place.offset + index * size, size, signal) : new Uint8Array(0);
}
