import { isDark } from '../theme';
import type { Theme } from '../theme';
import type { Rgb } from './colour';

/**
 * Colours that stay apart in the common kinds of colour blindness (Okabe and Ito 2008, "Color Universal Design"); the
 * yellow and the black of the set are replaced by what can be seen on the background.
 */
const SHARED: Rgb[] = [
  [0, 114, 178],
  [230, 159, 0],
  [0, 158, 115],
  [204, 121, 167],
  [86, 180, 233],
  [213, 94, 0],
];
const ON_DARK: Rgb[] = [[70, 150, 215], ...SHARED.slice(1), [240, 228, 66], [200, 200, 200]];
const ON_LIGHT: Rgb[] = [...SHARED.slice(0, 4), [50, 145, 200], [213, 94, 0], [95, 15, 55], [90, 90, 90]];

/** The colour of a head among those drawn at once; after eight they begin again. */
export function headColour(index: number, { kind }: Pick<Theme, 'kind'>): Rgb {
  const colours = isDark(kind) ? ON_DARK : ON_LIGHT;
  return colours[index % colours.length] as Rgb;
}
