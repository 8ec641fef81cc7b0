import { mean } from '../numeric/vectors';

/** Spearman's rank correlation: Pearson's correlation of the ranks, equal values sharing their mean rank. */
export function spearman(a: readonly number[], b: readonly number[]): number | null {
  return pearson(ranks(a), ranks(b));
}

/**
 * Kendall's tau-b: (concordant - discordant pairs) / sqrt((pairs - ties in a)(pairs - ties in b)). Null where all
 * values of a side are equal.
 */
export function kendall(a: readonly number[], b: readonly number[]): number | null {
  let [balance, ordered, orderedB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const x = Math.sign((a[i] as number) - (a[j] as number));
      const y = Math.sign((b[i] as number) - (b[j] as number));
      balance += x * y;
      ordered += Math.abs(x);
      orderedB += Math.abs(y);
    }
  }
  return ordered === 0 || orderedB === 0 ? null : balance / Math.sqrt(ordered * orderedB);
}

/** Ranks from 1; equal values get the mean of the ranks that they take. */
export function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => (values[i] as number) - (values[j] as number));
  const found = new Array<number>(values.length).fill(0);
  for (let first = 0; first < order.length;) {
    let end = first + 1;
    while (end < order.length && values[order[end] as number] === values[order[first] as number]) end++;
    for (let k = first; k < end; k++) found[order[k] as number] = (first + 1 + end) / 2;
    first = end;
  }
  return found;
}

/** Null where one side does not vary. */
function pearson(a: readonly number[], b: readonly number[]): number | null {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [both, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [(a[i] as number) - meanA, (b[i] as number) - meanB];
    both += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  return squareA === 0 || squareB === 0 ? null : both / Math.sqrt(squareA * squareB);
}
