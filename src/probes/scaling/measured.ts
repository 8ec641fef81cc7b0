import type { Anatomy } from '../../shared/anatomy';
import { sizesOf } from '../memory/formulas';
import type { ScaledModel } from '../scaling';

/** A model's measures; null where its files do not say enough. */
export function measured(series: string, anatomy: Anatomy): ScaledModel | null {
  const sizes = sizesOf(anatomy);
  return (
    sizes && {
      series,
      name: anatomy.name,
      parameters: sizes.parameters,
      bodyParameters: sizes.parameters - sizes.embeddingParameters,
      width: sizes.hidden,
      layers: sizes.layers,
      heads: sizes.heads,
      feedForward: sizes.feedForward,
    }
  );
}
