import type { HeadMatrix } from '../../src/shared/attention';
import { pixelsOf, scaleIndex } from './colour';
import type { ColourScale } from './colour';

/** Pixels of an image: four bytes each, row-major. */
export interface Pixels {
  width: number;
  height: number;
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

export interface Weights {
  rows: number;
  columns: number;
  /** `values[row * columns + column]`. */
  values: Float32Array;
}

export const headWeights = ({ queries, keys, weights }: HeadMatrix): Weights => ({
  rows: queries,
  columns: keys,
  values: weights,
});

/** The first of the largest weights and its index; weight 0 at 0 for an empty matrix. */
export function strongest(values: Float32Array): { index: number; weight: number } {
  let index = 0;
  let weight = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value > weight) {
      index = i;
      weight = value;
    }
  }
  return { index, weight };
}

/** Largest weight; 0 for an empty matrix. */
export const maximumWeight = (values: Float32Array): number => strongest(values).weight;

/**
 * One pixel a weight. With `masked`, the exact zeros to the right of the diagonal (keys that a causal query cannot see)
 * stay transparent, so that "cannot look" differs from "does not look".
 */
export function paintWeights(matrix: Weights, scale: ColourScale, maximum: number, masked: boolean): Pixels {
  const { rows, columns, values } = matrix;
  const colours = pixelsOf(scale);
  const out = new Uint32Array(rows * columns);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      const weight = values[i] as number;
      if (masked && column > row && weight === 0) continue;
      out[i] = colours[scaleIndex(weight, maximum)] as number;
    }
  }
  return { width: columns, height: rows, rgba: new Uint8ClampedArray(out.buffer) };
}

/**
 * Paints thumbnail bytes `round(255 * sqrt(weight))` into an image, their corner at `place`; `maximum` is the byte that the
 * last colour stands for. With `masked`, what a causal query cannot see stays transparent.
 */
export function paintBytes(
  bytes: Uint8Array,
  columns: number,
  scale: ColourScale,
  maximum: number,
  masked: boolean,
  image: Pick<ImageData, 'width' | 'data'>,
  place: { x: number; y: number },
): void {
  const colours = pixelsOf(scale);
  const inks = Uint32Array.from({ length: 256 }, (_, byte) => {
    const index = maximum > 0 ? Math.min(255, Math.round((255 * byte) / maximum)) : 0;
    return colours[index] as number;
  });
  const out = new Uint32Array(image.data.buffer);
  for (let row = 0, i = 0; i < bytes.length; row++) {
    const line = (place.y + row) * image.width + place.x;
    for (let column = 0; column < columns; column++, i++) {
      const byte = bytes[i] as number;
      if (masked && byte === 0 && column > row) continue;
      out[line + column] = inks[byte] as number;
    }
  }
}

/** Shrinks by whole factors; each cell takes the largest weight it covers, so that one strong link stays visible. */
export function pool(matrix: Weights, rowFactor: number, columnFactor: number): Weights {
  if (rowFactor === 1 && columnFactor === 1) return matrix;
  const rows = Math.ceil(matrix.rows / rowFactor);
  const columns = Math.ceil(matrix.columns / columnFactor);
  const values = new Float32Array(rows * columns);
  for (let row = 0, i = 0; row < matrix.rows; row++) {
    const base = Math.floor(row / rowFactor) * columns;
    for (let column = 0; column < matrix.columns; column++, i++) {
      const target = base + Math.floor(column / columnFactor);
      const weight = matrix.values[i] as number;
      if (weight > (values[target] as number)) values[target] = weight;
    }
  }
  return { rows, columns, values };
}
