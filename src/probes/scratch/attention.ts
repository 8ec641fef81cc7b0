import { softmax } from '../../numeric/softmax';
import type { Matrix } from './matrix';

/** How the arithmetic is changed. */
export interface Variant {
  /** What the products are multiplied by: 1/√d in the Transformer. */
  scale: number;
  /** The scores are divided by this before the softmax. */
  temperature: number;
  /** Added to the score of query i and key j; -Infinity masks it. */
  bias(query: number, key: number): number;
  /** Score of a learned sink for each query: it takes part in the softmax and has no value. */
  sinks?: readonly number[];
}

/** Every step of attention. Masked scores are -Infinity. */
export interface Steps {
  /** Q Kᵀ */
  products: Matrix;
  /** What the softmax reads: products times scale, plus bias, over temperature. */
  scores: Matrix;
  weights: Matrix;
  /** weights times V */
  output: Matrix;
  /** Of each row of weights, in nats. */
  entropies: number[];
}

/** softmax(Q Kᵀ · scale + bias) V, step by step (Vaswani et al. 2017, section 3.2.1). */
export function attend(query: Matrix, key: Matrix, value: Matrix, variant: Variant): Steps {
  const products = productOf(query, transposed(key));
  const { scale, temperature, bias, sinks } = variant;
  const scores: Matrix = {
    ...products,
    values: products.values.map((product, at) => {
      const [i, j] = [Math.floor(at / products.columns), at % products.columns];
      return (product * scale + bias(i, j)) / temperature;
    }),
  };
  const rows = rowsOf(scores).map((row, i) => [...softmax(row, sinks && (sinks[i] ?? 0) / temperature)]);
  const weights = { ...scores, values: rows.flat() };
  return { products, scores, weights, output: productOf(weights, value), entropies: rows.map(entropyOf) };
}

export function rowsOf({ rows, columns, values }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, row) => values.slice(row * columns, (row + 1) * columns));
}

/** -Σ w ln w: 0 for one key alone, ln n for n keys alike. */
export function entropyOf(weights: readonly number[]): number {
  return weights.reduce((sum, weight) => (weight > 0 ? sum - weight * Math.log(weight) : sum), 0);
}

/** ALiBi's slope of a head: a geometric series from 2^(-8/H) (Press et al. 2022, section 3). */
export function alibiSlope(head: number, heads: number): number {
  return 2 ** ((-8 * (head + 1)) / heads);
}

function productOf(a: Matrix, b: Matrix): Matrix {
  const values = new Array<number>(a.rows * b.columns).fill(0);
  for (let row = 0; row < a.rows; row++) {
    for (let k = 0; k < a.columns; k++) {
      const factor = a.values[row * a.columns + k] as number;
      // Nothing comes from what has no weight.
      if (factor === 0) continue;
      for (let column = 0; column < b.columns; column++) {
        values[row * b.columns + column] =
          (values[row * b.columns + column] as number) +
          factor * (b.values[k * b.columns + column] as number);
      }
    }
  }
  return { rows: a.rows, columns: b.columns, values };
}

function transposed({ rows, columns, values }: Matrix): Matrix {
  const turned = Array.from({ length: rows * columns }, (_, at) => {
    const [column, row] = [Math.floor(at / rows), at % rows];
    return values[row * columns + column] as number;
  });
  return { rows: columns, columns: rows, values: turned };
}
