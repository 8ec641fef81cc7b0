/*
 * The formulas of src/numeric as one would write them down, cell by cell: what the arithmetic there is compared with.
 * Matrices are row-major, `size` by `size`.
 */

/** Entropy, mean distance, mass near the diagonal and mean position of every row that counts, summed; for two choices of columns. */
export function plainMeasures(weights: Float32Array, size: number, kept: Uint8Array): number {
  let total = 0;
  for (let query = 0; query < size; query++) {
    let [mass, logs, distances, local, position] = [0, 0, 0, 0, 0];
    for (let key = 0; key < size; key++) {
      const p = weights[query * size + key] as number;
      if (p === 0 || kept[key] === 0) continue;
      const distance = key < query ? query - key : key - query;
      mass += p;
      logs += p * Math.log(p);
      distances += p * distance;
      if (distance <= 2) local += p;
      position += p * key;
    }
    total += Math.log(mass) - logs / mass + (distances + local + position) / mass;
  }
  return total;
}

/** Mean over rows of the Jensen-Shannon divergence, base 2. */
export function plainDivergence(a: Float32Array, b: Float32Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const [p, q] = [a[i] as number, b[i] as number];
    const middle = (p + q) / 2;
    if (p > 0) sum += (p * Math.log(p / middle)) / 2;
    if (q > 0) sum += (q * Math.log(q / middle)) / 2;
  }
  return sum / (size * Math.LN2);
}

/** a · b, row by row. */
export function plainProduct(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const out = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const row = out.subarray(i * size, (i + 1) * size);
    for (let j = 0; j < size; j++) {
      const factor = a[i * size + j] as number;
      for (let k = 0; k < size; k++) row[k] = (row[k] as number) + factor * (b[j * size + k] as number);
    }
  }
  return out;
}
