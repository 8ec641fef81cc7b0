/**
 * Spearman's correlation of values with their own order: 1 where they only rise, −1 where they only fall. Equal values share
 * the mean of their ranks. Null for fewer than three values, or where all are equal.
 */
export function rankCorrelation(values: readonly number[]): number | null {
  const n = values.length;
  if (n < 3) return null;
  const ranks = ranksOf(values);
  const middle = (n - 1) / 2;
  let [both, own, order] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [a, b] = [i - middle, (ranks[i] as number) - middle];
    both += a * b;
    own += b * b;
    order += a * a;
  }
  return own === 0 ? null : both / Math.sqrt(own * order);
}

function ranksOf(values: readonly number[]): number[] {
  const sorted = [...values.keys()].sort((a, b) => (values[a] as number) - (values[b] as number));
  const ranks = new Array<number>(values.length);
  for (let start = 0; start < sorted.length;) {
    let end = start + 1;
    while (end < sorted.length && values[sorted[end] as number] === values[sorted[start] as number]) end++;
    for (let i = start; i < end; i++) ranks[sorted[i] as number] = (start + end - 1) / 2;
    start = end;
  }
  return ranks;
}
