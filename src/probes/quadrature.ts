/** A rule for integrals over [0, 1]: sum of weight * f(at). */
export interface Quadrature {
  at: number[];
  weight: number[];
}

const TOLERANCE = 1e-15;

/**
 * Gauss-Legendre quadrature with n points on [0, 1], exact for polynomials up to degree 2n - 1. Points are the roots of
 * the Legendre polynomial P_n, found by Newton's method; weights are 2 / ((1 - x^2) P_n'(x)^2), halved for the interval.
 */
export function gaussLegendre(n: number): Quadrature {
  const at: number[] = [];
  const weight: number[] = [];
  for (let i = 0; i < n; i++) {
    let x = -Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let round = 0; round < 100; round++) {
      const { value, derivative } = legendre(n, x);
      slope = derivative;
      const step = value / derivative;
      x -= step;
      if (Math.abs(step) < TOLERANCE) break;
    }
    at.push((x + 1) / 2);
    weight.push(1 / ((1 - x * x) * slope * slope));
  }
  return { at, weight };
}

/** P_n(x) and its derivative, by k P_k = (2k - 1) x P_(k-1) - (k - 1) P_(k-2). */
function legendre(n: number, x: number): { value: number; derivative: number } {
  let [before, value] = [1, x];
  for (let k = 2; k <= n; k++) [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
  return { value, derivative: (n * (x * value - before)) / (x * x - 1) };
}
