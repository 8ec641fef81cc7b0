import * as l10n from '@vscode/l10n';

/** Exact, with separators: 109,482,240. */
export const count = (value: number): string => value.toLocaleString('en-US');

/** Three digits and a unit: 109 M. Exact below 1,000. */
export function short(value: number): string {
  const units = ['', 'k', 'M', 'B', 'T'];
  let [scaled, unit] = [value, 0];
  while (scaled >= 999.5 && unit < units.length - 1) [scaled, unit] = [scaled / 1000, unit + 1];
  return unit === 0 ? String(value) : `${threeDigits(scaled)} ${units[unit]}`;
}

/** Decimal units, as file managers of today have them: 438 MB. */
export function bytes(value: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let [scaled, unit] = [value, 0];
  while (scaled >= 999.5 && unit < units.length - 1) [scaled, unit] = [scaled / 1000, unit + 1];
  return unit === 0 ? l10n.t`${value} bytes` : `${threeDigits(scaled)} ${units[unit]}`;
}

/** A part of the model as percents; small ones keep a digit that is not 0. */
export function percent(share: number): string {
  if (share === 0) return '0%';
  if (share < 0.0001) return '<0.01%';
  return `${(100 * share).toFixed(share < 0.01 ? 2 : 1)}%`;
}

/** As `[768, 3072]`; a number alone is `scalar`. */
export function shapeText(shape: readonly (number | string | null)[]): string {
  return shape.length === 0 ? l10n.t('scalar') : shape.map((size) => size ?? '?').join(' × ');
}

/** Layer numbers as ranges: 0–5, 7. */
export function layerRange(layers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const layer of layers) {
    const last = ranges.at(-1);
    if (last && last[1] + 1 === layer) last[1] = layer;
    else ranges.push([layer, layer]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}

/** A value of a tensor: five significant digits. */
export function value(number: number | null): string {
  if (number === null) return '–';
  if (!Number.isFinite(number)) return String(number);
  const size = Math.abs(number);
  return number !== 0 && (size < 0.0001 || size >= 1e6)
    ? number.toExponential(3)
    : String(+number.toPrecision(5));
}

function threeDigits(value: number): string {
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}
