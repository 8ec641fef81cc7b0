import { relativeLuminance } from '../../../webview/charts/colour';
import type { Rgb } from '../../../webview/charts/colour';

/** Full color blindness, on linear RGB: Machado, Oliveira and Fernandes 2009, table of severity 1.0. */
const MACHADO = {
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

const linear = (byte: number) =>
  byte <= 10.31475 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4;
const byteOf = (light: number) => {
  const x = Math.min(1, Math.max(0, light));
  return 255 * (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055);
};

/** A color as each eye sees it. */
export const VISION: Record<string, (colour: Rgb) => Rgb> = {
  full: (colour) => colour,
  grey: (colour) => Array.from({ length: 3 }, () => byteOf(relativeLuminance(colour))) as Rgb,
  ...Object.fromEntries(
    Object.entries(MACHADO).map(([name, matrix]) => [
      name,
      (colour: Rgb) => {
        const lights = colour.map(linear);
        const row = (r: number) =>
          lights.reduce((sum, light, i) => sum + light * (matrix[3 * r + i] as number), 0);
        return [0, 1, 2].map((r) => byteOf(row(r))) as Rgb;
      },
    ]),
  ),
};

export const contrastRatio = (a: number, b: number) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);

/** CIE L*, 0 to 100, of a luminance; a difference of 1 can just be seen side by side. */
export const perceivedLightness = (y: number) => (y > 0.008856 ? 116 * Math.cbrt(y) - 16 : 903.3 * y);

/** Distance of two colors in CIE L*a*b* (1976), white D65. */
export function distance(a: Rgb, b: Rgb): number {
  const lab = (colour: Rgb) => {
    const [r, g, blue] = colour.map(linear) as Rgb;
    const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
    const x = f((0.4124 * r + 0.3576 * g + 0.1805 * blue) / 0.95047);
    const y = f(0.2126 * r + 0.7152 * g + 0.0722 * blue);
    const z = f((0.0193 * r + 0.1192 * g + 0.9505 * blue) / 1.08883);
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
  };
  const [p, q] = [lab(a), lab(b)];
  return Math.hypot(...p.map((value, i) => value - (q[i] as number)));
}
