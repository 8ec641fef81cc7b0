import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gaussLegendre } from '../../src/probes/quadrature';
import { kendall, ranks, spearman } from '../../src/probes/ranks';

const near = (found: number | null, expected: number, within = 1e-12) =>
  assert.ok(found !== null && Math.abs(found - expected) <= within, `${found} is not ${expected}`);

describe('Gauss-Legendre quadrature', () => {
  it('has the textbook points and weights for n = 3', () => {
    const { at, weight } = gaussLegendre(3);
    const root = Math.sqrt(3 / 5) / 2;
    for (const [i, expected] of [0.5 - root, 0.5, 0.5 + root].entries()) near(at[i] as number, expected);
    for (const [i, expected] of [5 / 18, 8 / 18, 5 / 18].entries()) near(weight[i] as number, expected);
  });

  for (const n of [1, 2, 5, 16, 64, 256]) {
    it(`is exact for polynomials of degree ${2 * n - 1} with ${n} points`, () => {
      const { at, weight } = gaussLegendre(n);
      const integral = (degree: number) =>
        at.reduce((sum, x, i) => sum + (weight[i] as number) * x ** degree, 0);
      for (const degree of [0, 1, n, 2 * n - 1]) near(integral(degree), 1 / (degree + 1), 1e-13 * n);
    });
  }
});

describe('Rank correlations', () => {
  const a = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110];
  const b = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17];

  it('without ties', () => {
    // Sum of squared rank differences: 194, so that rho = 1 - 6 * 194 / 990. 20 of 45 pairs are concordant.
    near(spearman(a, b), 1 - (6 * 194) / 990);
    near(kendall(a, b), (20 - 25) / 45);
  });

  it('with ties', () => {
    // Ranks 1, 2.5, 2.5, 4, 5 and 1, 2, 4, 4, 4. Of 10 pairs 6 are concordant, 1 and 3 tied.
    near(spearman([1, 2, 2, 3, 5], [1, 2, 3, 3, 3]), 7 / Math.sqrt(9.5 * 8));
    near(kendall([1, 2, 2, 3, 5], [1, 2, 3, 3, 3]), 6 / Math.sqrt(9 * 7));
  });

  it('is 1 for the same order, -1 for the opposite, null where nothing varies', () => {
    assert.equal(spearman([1, 5, 9], [0.1, 0.2, 70]), 1);
    assert.equal(kendall([1, 5, 9], [3, 2, 1]), -1);
    assert.equal(spearman([1, 1, 1], [1, 2, 3]), null);
    assert.equal(kendall([1, 2, 3], [4, 4, 4]), null);
  });

  it('gives equal values the mean of their ranks', () => {
    assert.deepEqual(ranks([5, 1, 5, 0]), [3.5, 2, 3.5, 1]);
  });
});
