import { isDark, type Theme } from '../theme';
import { parseColour } from './colour';
import type { ColourScale, Rgb } from './colour';
import type { Pixels, Weights } from './painter';

const STEPS = 256;

/**
 * Blue for less, orange for more, the background's grey in between: the two hues that the common kinds of colour blindness
 * keep apart (Okabe and Ito 2008).
 */
export function divergingScale({ kind, background }: Pick<Theme, 'kind' | 'background'>): ColourScale {
  const dark = isDark(kind);
  const middle: Rgb = parseColour(background) ?? (dark ? [31, 31, 31] : [255, 255, 255]);
  const [less, more]: [Rgb, Rgb] = dark
    ? [
        [90, 180, 255],
        [255, 170, 30],
      ]
    : [
        [0, 80, 150],
        [190, 80, 0],
      ];
  const scale = new Uint8ClampedArray(STEPS * 3);
  for (let i = 0; i < STEPS; i++) {
    const share = (2 * i) / (STEPS - 1) - 1;
    const end = share < 0 ? less : more;
    const amount = Math.sqrt(Math.abs(share));
    for (let channel = 0; channel < 3; channel++) {
      const from = middle[channel] as number;
      scale[i * 3 + channel] = from + amount * ((end[channel] as number) - from);
    }
  }
  return scale;
}

/** One pixel a difference; the scale's ends stand for `largest` and its negative. */
export function paintDifferences(
  { rows, columns, values }: Weights,
  scale: ColourScale,
  largest: number,
): Pixels {
  const rgba = new Uint8ClampedArray(rows * columns * 4);
  for (let i = 0; i < rows * columns; i++) {
    const share = largest > 0 ? (values[i] as number) / largest : 0;
    const index = Math.round(((Math.max(-1, Math.min(1, share)) + 1) / 2) * (STEPS - 1));
    for (let channel = 0; channel < 3; channel++)
      rgba[i * 4 + channel] = scale[index * 3 + channel] as number;
    rgba[i * 4 + 3] = 255;
  }
  return { width: columns, height: rows, rgba };
}
