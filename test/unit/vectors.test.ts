import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cosine, dot, mean, meanAndDeviation, norm, normalized } from '../../src/numeric/vectors';

describe('plain vectors', () => {
  it('have products, lengths and angles', () => {
    assert.equal(dot([1, 2, 3], Float32Array.of(4, -5, 6)), 12);
    assert.equal(norm([3, 4]), 5);
    assert.deepEqual([...normalized([3, 4])], [0.6, 0.8]);
    assert.equal(cosine([1, 0], [0, 2]), 0);
    assert.ok(Math.abs(cosine([1, 1], [2, 0]) - Math.SQRT1_2) < 1e-15);
    assert.equal(cosine([2, 0], [-3, 0]), -1);
  });

  it('of zeros point nowhere', () => {
    assert.deepEqual([...normalized([0, 0])], [0, 0]);
    assert.equal(cosine([0, 0], [1, 0]), 0);
  });

  it('have means, and deviations of the whole population', () => {
    assert.equal(mean([1, 2, 6]), 3);
    assert.equal(mean([]), 0);
    assert.deepEqual(meanAndDeviation([2, 4, 4, 4, 5, 5, 7, 9]), { mean: 5, deviation: 2 });
  });
});
