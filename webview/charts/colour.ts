import { isDark } from './chartTheme';
import type { Theme } from './chartTheme';

/** 256 sRGB colours, three bytes each; index `round(255 * sqrt(weight / maximum))`. */
export type ColourScale = Uint8ClampedArray;

export type Rgb = [red: number, green: number, blue: number];

const STEPS = 256;

/**
 * The scale of attention weights. OKLCH lightness goes in equal steps from next to the panel's background to the far end,
 * so order survives colour blindness and greyscale; hue turns along the way for a finer eye (blue to yellow on dark
 * themes, as in cividis and viridis; pale to deep blue on light ones). Small weights are nearly grey: noise stays quiet.
 * OKLab: B. Ottosson, "A perceptual color space for image processing", 2020.
 */
export function colourScale({ kind, background }: Pick<Theme, 'kind' | 'background'>): ColourScale {
  const [from, to] = lightnessRange(kind, background);
  const [hueFrom, hueTo] = isDark(kind) ? [275, 95] : [215, 285];
  const scale = new Uint8ClampedArray(STEPS * 3);
  let last: Rgb | null = null;
  for (let i = 0; i < STEPS; i++) {
    const t = i / (STEPS - 1);
    const chroma = 0.015 + 0.15 * Math.sin(Math.PI * Math.min(1, 0.8 * t + 0.12 * t * t));
    last = notBack(last, from + (to - from) * t, Math.sign(to - from), (lightness) =>
      inGamut(lightness, chroma, hueFrom + (hueTo - hueFrom) * t),
    );
    scale.set(last, i * 3);
  }
  return scale;
}

/** The colour at this lightness, or a hair further where rounding to bytes would turn luminance back. */
function notBack(last: Rgb | null, lightness: number, sign: number, at: (lightness: number) => Rgb): Rgb {
  const floor = last ? sign * relativeLuminance(last) : -Infinity;
  for (let nudge = 0; nudge < 0.02; nudge += 0.001) {
    const colour = at(lightness + sign * nudge);
    if (sign * relativeLuminance(colour) >= floor) return colour;
  }
  return last as Rgb;
}

/** Index into a scale for a weight, given the weight that the last colour stands for; 0 for NaN. */
export function scaleIndex(weight: number, maximum: number): number {
  // `| 0` makes 0 of NaN, which roots of negative weights are, too.
  return maximum > 0 ? (255 * Math.sqrt(Math.min(1, weight / maximum)) + 0.5) | 0 : 0;
}

export function scaleColour(scale: ColourScale, index: number): Rgb {
  return [...scale.subarray(index * 3, index * 3 + 3)] as Rgb;
}

/** A colour as CSS, and the ink that reads best on it. */
export interface Tint {
  colour: string;
  ink: '#000000' | '#ffffff';
}

const tints = new WeakMap<ColourScale, Tint[]>();

/** Every colour of a scale as CSS, made once a scale. */
export function tintsOf(scale: ColourScale): Tint[] {
  const known =
    tints.get(scale) ??
    Array.from({ length: STEPS }, (_, index) => {
      const colour = scaleColour(scale, index);
      return { colour: cssColour(colour), ink: inkOn(colour) };
    });
  tints.set(scale, known);
  return known;
}

const pixels = new WeakMap<ColourScale, Uint32Array>();

/** Every colour of a scale as an opaque pixel: the four bytes of an image in one number, as this machine orders them. */
export function pixelsOf(scale: ColourScale): Uint32Array {
  const known = pixels.get(scale);
  if (known) return known;
  const bytes = new Uint8Array(STEPS * 4);
  for (let i = 0; i < STEPS; i++) bytes.set([...scaleColour(scale, i), 255], 4 * i);
  const fresh = new Uint32Array(bytes.buffer);
  pixels.set(scale, fresh);
  return fresh;
}

export const cssColour = ([r, g, b]: Rgb): string => `rgb(${r} ${g} ${b})`;

/** Black or white, whichever reads better on the colour (WCAG contrast ratio). */
export function inkOn(colour: Rgb): '#000000' | '#ffffff' {
  const y = relativeLuminance(colour);
  return (y + 0.05) / 0.05 > 1.05 / (y + 0.05) ? '#000000' : '#ffffff';
}

/** WCAG 2 relative luminance, 0..1. */
export function relativeLuminance([r, g, b]: Rgb): number {
  const [lr, lg, lb] = [r, g, b].map(toLinear) as Rgb;
  return 0.2126 * lr + 0.7152 * lg + 0.0722 * lb;
}

/** `#rgb`, `#rrggbb`, `#rrggbbaa` or `rgb(...)`, alpha ignored; null for anything else. */
export function parseColour(css: string): Rgb | null {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i.exec(css.trim())?.[1];
  if (hex) {
    const pairs = hex.length === 3 ? [...hex].map((c) => c + c) : (hex.match(/../g) as string[]);
    return pairs.slice(0, 3).map((pair) => parseInt(pair, 16)) as Rgb;
  }
  const numbers = /^rgba?\(\s*([\d.]+)[,\s]+([\d.]+)[,\s]+([\d.]+)/i.exec(css.trim());
  return numbers ? (numbers.slice(1, 4).map(Number) as Rgb) : null;
}

function lightnessRange(kind: Theme['kind'], background: string): [number, number] {
  if (kind === 'high-contrast') return [0.16, 1];
  if (kind === 'high-contrast-light') return [0.97, 0.1];
  const own = lightness(parseColour(background) ?? (kind === 'dark' ? [31, 31, 31] : [255, 255, 255]));
  return kind === 'dark' ? [Math.min(0.36, own + 0.045), 0.96] : [Math.max(0.85, own - 0.03), 0.24];
}

/** OKLab lightness of an sRGB colour. */
function lightness(rgb: Rgb): number {
  const [r, g, b] = rgb.map(toLinear) as Rgb;
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
}

/** The colour of this lightness and hue with as much of the chroma as sRGB can show. */
function inGamut(lightness: number, chroma: number, hue: number): Rgb {
  let [inside, outside] = [0, chroma];
  if (isInGamut(oklchToLinear(lightness, chroma, hue))) inside = chroma;
  for (let i = 0; i < 20 && inside < outside; i++) {
    const middle = (inside + outside) / 2;
    if (isInGamut(oklchToLinear(lightness, middle, hue))) inside = middle;
    else outside = middle;
  }
  return oklchToLinear(lightness, inside, hue).map(fromLinear) as Rgb;
}

const isInGamut = (linear: Rgb): boolean => linear.every((x) => x >= -1e-6 && x <= 1 + 1e-6);

function oklchToLinear(lightness: number, chroma: number, hue: number): Rgb {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

function toLinear(byte: number): number {
  const x = byte / 255;
  return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
}

function fromLinear(x: number): number {
  const y = Math.min(1, Math.max(0, x));
  return Math.round(255 * (y <= 0.0031308 ? 12.92 * y : 1.055 * y ** (1 / 2.4) - 0.055));
}
