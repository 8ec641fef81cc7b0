/** A matrix in double precision: `values[row * columns + column]`. */
export interface Matrix {
  rows: number;
  columns: number;
  values: Float64Array;
}

export function zeros(rows: number, columns: number): Matrix {
  return { rows, columns, values: new Float64Array(rows * columns) };
}

export function identity(size: number): Matrix {
  const matrix = zeros(size, size);
  for (let i = 0; i < size; i++) matrix.values[i * size + i] = 1;
  return matrix;
}

/** a · b */
export function product(a: Matrix, b: Matrix): Matrix {
  if (a.columns !== b.rows) throw new RangeError('Sizes of the factors do not agree.');
  const out = zeros(a.rows, b.columns);
  const width = b.columns;
  for (let i = 0; i < a.rows; i++) {
    const row = out.values.subarray(i * width, (i + 1) * width);
    for (let j = 0; j < a.columns; j++) {
      const factor = a.values[i * a.columns + j] as number;
      if (factor === 0) continue;
      const at = j * width;
      for (let k = 0; k < width; k++) row[k] = (row[k] as number) + factor * (b.values[at + k] as number);
    }
  }
  return out;
}

/** `scale` · a + `other` · b, cell by cell. */
export function blend(scale: number, a: Matrix, other: number, b: Matrix): Matrix {
  const out = zeros(a.rows, a.columns);
  for (let i = 0; i < out.values.length; i++) {
    out.values[i] = scale * (a.values[i] as number) + other * (b.values[i] as number);
  }
  return out;
}

/** Divides every row by its sum; rows of nothing stay. */
export function normalizeRows({ rows, columns, values }: Matrix): void {
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) sum += values[i] as number;
    if (sum === 0) continue;
    for (let i = row * columns; i < (row + 1) * columns; i++) values[i] = (values[i] as number) / sum;
  }
}
