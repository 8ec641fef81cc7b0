import type { Pixels, Weights } from './painter';
import { parseColour } from './colour';
import type { Rgb } from './colour';
import { isDark } from '../theme';
import type { Theme } from '../theme';

/** Blue for values below zero and orange above, apart for every kind of colour blindness; brighter on dark grounds. */
const ENDS: Record<'dark' | 'light', [negative: Rgb, positive: Rgb]> = {
  dark: [
    [92, 172, 255],
    [255, 166, 77],
  ],
  light: [
    [0, 72, 168],
    [168, 72, 0],
  ],
};

/**
 * Colours of values of both signs: the ground's at 0, the ends' at `limit`, by the square root of the value's part of it,
 * so that the many small values of a weight matrix can be told apart.
 */
export function signedColour(
  limit: number,
  { kind, background }: Pick<Theme, 'kind' | 'background'>,
): (value: number) => Rgb {
  const zero = parseColour(background) ?? (isDark(kind) ? [31, 31, 31] : [255, 255, 255]);
  const [negative, positive] = ENDS[isDark(kind) ? 'dark' : 'light'];
  return (value) => {
    const part = Math.sqrt(Math.min(1, Math.abs(value) / (limit || 1)));
    const end = value < 0 ? negative : positive;
    return zero.map((from, i) => Math.round(from + part * ((end[i] as number) - from))) as Rgb;
  };
}

/** Largest distance from zero; NaN and infinities left out. */
export function largestMagnitude(values: Float32Array): number {
  let largest = 0;
  for (const value of values) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  return largest;
}

/** One pixel a value; what is not finite stays transparent. */
export function paintSigned({ rows, columns, values }: Weights, limit: number, theme: Theme): Pixels {
  const colour = signedColour(limit, theme);
  const rgba = new Uint8ClampedArray(rows * columns * 4);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isFinite(value)) rgba.set([...colour(value), 255], i * 4);
  }
  return { width: columns, height: rows, rgba };
}
