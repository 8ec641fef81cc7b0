import { colourScale } from '../../charts/colour';
import type { ColourScale } from '../../charts/colour';
import { strongest } from '../../charts/painter';
import type { HeadMatrix } from '../../../src/shared/attention';
import type { Theme } from '../../theme';
import type { View } from './view';

/** The colours of the panel and the weight that the last of them stands for. */
export interface Palette {
  scale: ColourScale;
  maximum: number;
}

const scales = new Map<string, ColourScale>();
const strongestOf = new WeakMap<HeadMatrix, ReturnType<typeof strongest>>();

export function scaleOf(theme: Theme): ColourScale {
  const name = `${theme.kind} ${theme.background}`;
  const known = scales.get(name) ?? colourScale(theme);
  scales.set(name, known);
  return known;
}

export function paletteOf({ theme, state, shown }: View): Palette {
  return {
    scale: scaleOf(theme),
    maximum: state.scale === 'absolute' || !shown ? 1 : strongestCell(shown.matrix).weight,
  };
}

/** The largest weight of a matrix and where it is, looked for once. */
export function strongestCell(head: HeadMatrix): ReturnType<typeof strongest> {
  const known = strongestOf.get(head) ?? strongest(head.weights);
  strongestOf.set(head, known);
  return known;
}
