/** Points on their two main axes. */
export interface PrincipalPlane {
  points: [number, number][];
  /** Parts of the variance on each axis; 0 where the points do not differ. */
  explained: [number, number];
}

const SWEEPS = 30;
const CONVERGED = 1e-22;

/**
 * Principal components of some rows [count, width], by the eigenvectors of their products (count x count): the first two
 * columns of U S of the centered rows. Signs: the largest coordinate of each axis is positive. For a few hundred rows.
 */
export function principalPlane(rows: readonly ArrayLike<number>[]): PrincipalPlane {
  const count = rows.length;
  const products = doublyCentered(productsOf(rows), count);
  const { values, vectors } = symmetricEigen(products, count);
  const order = [...values.keys()].sort((a, b) => (values[b] as number) - (values[a] as number));
  const whole = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  const axes = [order[0], order[1]].map((which) => {
    const value = which === undefined ? 0 : Math.max(0, values[which] as number);
    const axis = rows.map((_, row) =>
      which === undefined ? 0 : Math.sqrt(value) * (vectors[row * count + which] as number),
    );
    const largest = axis.reduce((most, one) => (Math.abs(one) > Math.abs(most) ? one : most), 0);
    return { axis: largest < 0 ? axis.map((one) => -one) : axis, part: whole > 0 ? value / whole : 0 };
  });
  const [x, y] = axes as [(typeof axes)[0], (typeof axes)[0]];
  return {
    points: rows.map((_, row) => [x.axis[row] as number, y.axis[row] as number]),
    explained: [x.part, y.part],
  };
}

function productsOf(rows: readonly ArrayLike<number>[]): Float64Array {
  const count = rows.length;
  const products = new Float64Array(count * count);
  rows.forEach((a, i) => {
    for (let j = 0; j <= i; j++) {
      const b = rows[j] as ArrayLike<number>;
      let sum = 0;
      for (let k = 0; k < a.length; k++) sum += (a[k] as number) * (b[k] as number);
      products[i * count + j] = products[j * count + i] = sum;
    }
  });
  return products;
}

/** The products of the rows minus their mean. */
function doublyCentered(products: Float64Array, count: number): Float64Array {
  const means = Array.from({ length: count }, (_, row) => {
    let sum = 0;
    for (let column = 0; column < count; column++) sum += products[row * count + column] as number;
    return sum / count;
  });
  const mean = means.reduce((sum, one) => sum + one, 0) / (count || 1);
  return products.map((value, at) => {
    const [row, column] = [Math.floor(at / count), at % count];
    return value - (means[row] as number) - (means[column] as number) + mean;
  });
}

/**
 * Eigenvalues and eigenvectors (columns of `vectors`) of a symmetric matrix by Jacobi's rotations
 * (Golub and Van Loan, Matrix Computations, section 8.5).
 */
export function symmetricEigen(
  matrix: Float64Array,
  size: number,
): { values: number[]; vectors: Float64Array } {
  const a = Float64Array.from(matrix);
  const vectors = new Float64Array(size * size);
  for (let i = 0; i < size; i++) vectors[i * size + i] = 1;
  const scale = a.reduce((sum, value) => sum + value * value, 0);
  for (let sweep = 0; sweep < SWEEPS && offDiagonal(a, size) > CONVERGED * scale; sweep++) {
    for (let p = 0; p < size - 1; p++) {
      for (let q = p + 1; q < size; q++) rotate(a, vectors, size, p, q);
    }
  }
  return { values: Array.from({ length: size }, (_, i) => a[i * size + i] as number), vectors };
}

function offDiagonal(a: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) sum += 2 * (a[i * size + j] as number) ** 2;
  }
  return sum;
}

/** Makes a[p, q] zero. */
function rotate(a: Float64Array, vectors: Float64Array, size: number, p: number, q: number): void {
  const off = a[p * size + q] as number;
  if (off === 0) return;
  const theta = ((a[q * size + q] as number) - (a[p * size + p] as number)) / (2 * off);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  const pair = { c, s, p, q };
  turn(a, size, pair, 'columns');
  turn(a, size, pair, 'rows');
  turn(vectors, size, pair, 'columns');
}

interface Rotation {
  c: number;
  s: number;
  p: number;
  q: number;
}

/** (x, y) -> (c x - s y, s x + c y) for the values of two rows or columns. */
function turn(values: Float64Array, size: number, { c, s, p, q }: Rotation, what: 'rows' | 'columns'): void {
  const [line, step] = what === 'rows' ? [size, 1] : [1, size];
  for (let k = 0; k < size; k++) {
    const [at, other] = [p * line + k * step, q * line + k * step];
    const x = values[at] as number;
    const y = values[other] as number;
    values[at] = c * x - s * y;
    values[other] = s * x + c * y;
  }
}
