import * as l10n from '@vscode/l10n';
import type { TensorSlice, TensorStats } from '../shared/anatomy';
import { ProbeError } from '../shared/errors';
import type { RawModel, RawTensor } from './raw';
import type { Values } from './values';
import { matrixOf, readRows, readValues } from './values';

const BINS = 64;
/** Norms of rows and of columns are kept up to this many. */
const MAX_NORMS = 65_536;
const MAX_CELLS = 4_000_000;

export interface StatsOptions {
  bins?: number;
  signal?: AbortSignal;
  /** Called now and then with the part that is done, 0 to 1. */
  onProgress?: (done: number) => void;
}

/**
 * Statistics of one tensor, read in ranges: once for everything but the histogram, which needs the extremes first, and
 * once more for that. Memory does not grow with the tensor.
 */
export async function tensorStats(
  model: RawModel,
  index: number,
  options: StatsOptions = {},
): Promise<TensorStats> {
  const tensor = tensorAt(model, index);
  const { rows, columns } = matrixOf(tensor);
  const total = rows * columns;
  const summary = new Summary(rows, columns);
  let seen = 0;
  const progress = (part: Values) => options.onProgress?.((seen += part.length) / (2 * total));
  for await (const part of readValues(model, tensor, options.signal)) {
    summary.add(part);
    progress(part);
  }
  const histogram = new Histogram(options.bins ?? BINS, summary.min, summary.max);
  if (histogram.isNeeded) {
    for await (const part of readValues(model, tensor, options.signal)) {
      histogram.add(part);
      progress(part);
    }
  }
  return {
    name: tensor.name,
    dtype: tensor.dtype,
    shape: tensor.shape,
    ...summary.result(),
    histogram: histogram.counts,
  };
}

/** One pass: extremes, moments (Welford, by parts), zeros, norms of rows. */
class Summary {
  min = Infinity;
  max = -Infinity;
  private at = 0;
  private finite = 0;
  private zeros = 0;
  private mean = 0;
  private squares = 0;
  private readonly rowSquares: Float64Array | null;
  private readonly columnSquares: Float64Array | null;

  constructor(
    rows: number,
    private readonly columns: number,
  ) {
    this.rowSquares = squaresFor(rows);
    this.columnSquares = squaresFor(columns);
  }

  add(part: Values): void {
    for (let i = 0; i < part.length; i++) {
      const value = part[i] as number;
      const row = Math.floor(this.at / this.columns);
      const column = this.at++ % this.columns;
      if (!Number.isFinite(value)) continue;
      if (value < this.min) this.min = value;
      if (value > this.max) this.max = value;
      if (value === 0) this.zeros++;
      this.finite++;
      const away = value - this.mean;
      this.mean += away / this.finite;
      this.squares += away * (value - this.mean);
      if (this.rowSquares) this.rowSquares[row] = (this.rowSquares[row] as number) + value * value;
      if (this.columnSquares)
        this.columnSquares[column] = (this.columnSquares[column] as number) + value * value;
    }
  }

  result(): Omit<TensorStats, 'name' | 'dtype' | 'shape' | 'histogram'> {
    const any = this.finite > 0;
    return {
      count: this.at,
      notFinite: this.at - this.finite,
      min: any ? this.min : null,
      max: any ? this.max : null,
      mean: any ? this.mean : null,
      std: any ? Math.sqrt(this.squares / this.finite) : null,
      sparsity: this.at === 0 ? 0 : this.zeros / this.at,
      rowNorms: normsFrom(this.rowSquares),
      columnNorms: normsFrom(this.columnSquares),
    };
  }
}

function squaresFor(count: number): Float64Array | null {
  return count <= MAX_NORMS ? new Float64Array(count) : null;
}

function normsFrom(squares: Float64Array | null): number[] | null {
  return squares && Array.from(squares, Math.sqrt);
}

class Histogram {
  readonly counts: number[];

  constructor(
    bins: number,
    private readonly min: number,
    private readonly max: number,
  ) {
    this.counts = new Array<number>(bins).fill(0);
  }

  get isNeeded(): boolean {
    return this.min <= this.max;
  }

  add(part: Values): void {
    const bins = this.counts.length;
    const width = this.max - this.min;
    for (let i = 0; i < part.length; i++) {
      const value = part[i] as number;
      if (!Number.isFinite(value)) continue;
      const bin = width > 0 ? Math.min(bins - 1, Math.floor(((value - this.min) / width) * bins)) : 0;
      this.counts[bin] = (this.counts[bin] as number) + 1;
    }
  }
}

/** Which part of a tensor to look at: the first axis is rows, everything else is columns. Absent: all of it. */
export interface SliceOptions extends Omit<StatsOptions, 'bins'> {
  rows?: [from: number, to: number];
  columns?: [from: number, to: number];
}

/** A tensor, or a part of it, as an image of at most `side` x `side` cells; each cell is the mean of what it covers. */
export async function tensorSlice(
  model: RawModel,
  index: number,
  side: number,
  { signal, onProgress, ...range }: SliceOptions = {},
): Promise<TensorSlice> {
  const tensor = tensorAt(model, index);
  const shape = matrixOf(tensor);
  const [top, bottom] = clamp(range.rows, shape.rows);
  const [left, right] = clamp(range.columns, shape.columns);
  const [height, width] = [bottom - top, right - left];
  const [rows, columns] = [Math.min(side, height), Math.min(side, width)];
  if (!(side >= 1) || rows * columns > MAX_CELLS)
    throw new ProbeError('usage', l10n.t('A slice has 1 to 2,000 cells a side.'));
  const sums = new Float64Array(rows * columns);
  const counts = new Float64Array(rows * columns);
  let at = top * shape.columns;
  for await (const part of readRows(model, tensor, top, bottom, signal)) {
    for (let i = 0; i < part.length; i++, at++) {
      const column = at % shape.columns;
      if (column < left || column >= right) continue;
      const row = Math.floor(at / shape.columns) - top;
      const cell =
        Math.floor((row * rows) / height) * columns + Math.floor(((column - left) * columns) / width);
      sums[cell] = (sums[cell] as number) + (part[i] as number);
      counts[cell] = (counts[cell] as number) + 1;
    }
    onProgress?.((at - top * shape.columns) / (height * shape.columns));
  }
  const values = Float32Array.from(sums, (sum, i) => sum / (counts[i] as number));
  return { rows, columns, height, width, values };
}

function clamp(range: [number, number] | undefined, size: number): [number, number] {
  if (!range) return [0, size];
  const from = Math.min(Math.max(0, Math.floor(range[0])), size);
  return [from, Math.min(Math.max(from, Math.floor(range[1])), size)];
}

function tensorAt(model: RawModel, index: number): RawTensor {
  const tensor = model.tensors[index];
  if (!tensor) throw new ProbeError('usage', l10n.t`The model has no tensor ${index}.`);
  return tensor;
}
