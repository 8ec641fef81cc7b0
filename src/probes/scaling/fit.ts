/** A power law y = e^intercept · x^exponent, fitted by least squares on the logarithms. */
export interface PowerFit {
  exponent: number;
  intercept: number;
  /** Standard error of the exponent: √(Σ residual² / (n - 2) / Σ (ln x - mean)²). */
  error: number;
  /** Part of the variance of ln y that the line explains. */
  r2: number;
  n: number;
}

/** Null for fewer than three points, and where all x are the same: two points always lie on a line. */
export function fitPowerLaw(points: readonly { x: number; y: number }[]): PowerFit | null {
  const n = points.length;
  if (n < 3) return null;
  const logs = points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }));
  const mean = (of: (p: { x: number; y: number }) => number) => logs.reduce((sum, p) => sum + of(p), 0) / n;
  const [meanX, meanY] = [mean(({ x }) => x), mean(({ y }) => y)];
  const xx = logs.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  if (xx === 0) return null;
  const xy = logs.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  const yy = logs.reduce((sum, { y }) => sum + (y - meanY) ** 2, 0);
  const exponent = xy / xx;
  const intercept = meanY - exponent * meanX;
  const residual = logs.reduce((sum, { x, y }) => sum + (y - intercept - exponent * x) ** 2, 0);
  return {
    exponent,
    intercept,
    error: Math.sqrt(residual / (n - 2) / xx),
    r2: yy === 0 ? 1 : 1 - residual / yy,
    n,
  };
}
