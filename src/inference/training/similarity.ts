import { dot } from '../../numeric/vectors';

/** Rows of features: [rows, width], row-major. */
export interface Rows {
  rows: number;
  width: number;
  values: Float32Array;
}

/**
 * Linear centred kernel alignment (Kornblith et al. 2019, Similarity of Neural Network Representations Revisited):
 * <K, L> / (|K| |L|), K and L being the centred Gram matrices of the same rows' features: 1 where one is a rotation and
 * scaling of the other. 1 too where both have no variance at all, 0 where one has none.
 */
export function linearCka(before: Rows, after: Rows): number {
  const [k, l] = [centredGram(before), centredGram(after)];
  const [kk, ll] = [dot(k, k), dot(l, l)];
  if (kk === 0 || ll === 0) return kk === ll ? 1 : 0;
  return Math.min(1, dot(k, l) / Math.sqrt(kk * ll));
}

/** X X^T of rows from which the mean row was taken. */
function centredGram({ rows, width, values }: Rows): Float64Array {
  const centred = Float64Array.from(values);
  for (let column = 0; column < width; column++) {
    let mean = 0;
    for (let row = 0; row < rows; row++) mean += (values[row * width + column] as number) / rows;
    for (let row = 0; row < rows; row++) (centred[row * width + column] as number) -= mean;
  }
  const gram = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let c = 0; c < width; c++) {
        sum += (centred[i * width + c] as number) * (centred[j * width + c] as number);
      }
      gram[i * rows + j] = sum;
      gram[j * rows + i] = sum;
    }
  }
  return gram;
}

/** Mean of |before - after|; 0 for nothing. */
export function meanDifference(before: Float32Array, after: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < before.length; i++) sum += Math.abs((before[i] as number) - (after[i] as number));
  return before.length === 0 ? 0 : sum / before.length;
}
