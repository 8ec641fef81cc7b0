import { cosine, meanAndDeviation } from '../../numeric/vectors';

/**
 * Sinusoidal positions (Vaswani et al. 2017, section 3.5), row-major [length, width]:
 * even dimensions 2i hold sin(position / 10000^(2i / width)), odd ones 2i + 1 the cosine of the same angle.
 */
export function sinusoidal(length: number, width: number, base = 10_000): Float64Array {
  const table = new Float64Array(length * width);
  for (let position = 0; position < length; position++) {
    for (let dimension = 0; dimension < width; dimension++) {
      const angle = position / base ** ((2 * Math.floor(dimension / 2)) / width);
      table[position * width + dimension] = dimension % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
    }
  }
  return table;
}

/** Positions after which dimension pair i repeats: 2π · base^(2i / width), from 2π to nearly 2π · base. */
export function wavelengths(width: number, base = 10_000): number[] {
  return Array.from({ length: Math.floor(width / 2) }, (_, i) => 2 * Math.PI * base ** ((2 * i) / width));
}

/**
 * What a rotary encoding (Su et al. 2021, arXiv:2104.09864) does to the product of a query and a key of ones that are
 * `distance` apart: the mean over dimension pairs of cos(distance · base^(-2i / width)).
 */
export function rotarySimilarity(distance: number, width: number, base: number): number {
  const pairs = Math.floor(width / 2);
  let sum = 0;
  for (let i = 0; i < pairs; i++) sum += Math.cos(distance * base ** ((-2 * i) / width));
  return sum / pairs;
}

/** Mean and standard deviation of the cosine of rows that are `distance` apart, over all such pairs. */
export function similarityByDistance(
  rows: readonly ArrayLike<number>[],
  distance: number,
): { mean: number; deviation: number } {
  const found: number[] = [];
  for (let i = 0; i + distance < rows.length; i++) {
    found.push(cosine(rows[i] as ArrayLike<number>, rows[i + distance] as ArrayLike<number>));
  }
  return meanAndDeviation(found);
}

/**
 * T5's bucket of a key that is `offset` (key minus query) away (Raffel et al. 2020, section 2.1): near offsets have a
 * bucket each, far ones share logarithmic buckets up to `farthest`, and all beyond share the last. A causal decoder has
 * no buckets for what follows.
 */
export function relativeBucket(
  offset: number,
  { buckets, farthest, bidirectional }: { buckets: number; farthest: number; bidirectional: boolean },
): number {
  const half = bidirectional ? Math.floor(buckets / 2) : buckets;
  const start = bidirectional && offset > 0 ? half : 0;
  const distance = bidirectional ? Math.abs(offset) : Math.max(0, -offset);
  const exact = Math.floor(half / 2);
  if (distance < exact) return start + distance;
  const logarithmic = Math.floor((Math.log(distance / exact) / Math.log(farthest / exact)) * (half - exact));
  return start + Math.min(half - 1, exact + logarithmic);
}
