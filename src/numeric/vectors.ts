/** Σ aᵢ bᵢ, in double precision. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** √Σ x². */
export function norm(vector: ArrayLike<number>): number {
  return Math.sqrt(dot(vector, vector));
}

/** A vector of length 1 in the same direction; one of zeros stays as it is. */
export function normalized(vector: ArrayLike<number>): Float64Array {
  const length = norm(vector) || 1;
  return Float64Array.from(vector, (value) => value / length);
}

/** The cosine of the angle between two vectors; 0 where one is all zeros. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return dot(a, b) / (norm(a) * norm(b) || 1);
}

/** Arithmetic mean; 0 of nothing. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / Math.max(1, values.length);
}

/** Mean and standard deviation of the whole population. */
export function meanAndDeviation(values: ArrayLike<number>): { mean: number; deviation: number } {
  const middle = mean(values);
  return { mean: middle, deviation: Math.sqrt(mean(Array.from(values, (value) => (value - middle) ** 2))) };
}
