import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stateGeometry } from '../../../src/numeric/states';
import { sightWords } from '../../../src/probes/architectures/maps';
import { maskBehind, spread } from '../../../src/probes/architectures/read';
import { sightOf } from '../../../src/probes/architectures/sight';
import type { ModelReading } from '../../../src/probes/architectures/types';

describe('who sees whom', () => {
  const words = (kind: 'encoder' | 'decoder', weights: number[]) => {
    const sight = sightOf(kind, 3, 3, weights);
    const facts = { family: 'decoder-only' } as ModelReading['facts'];
    return sightWords({ sights: [sight], facts } as ModelReading)[0];
  };

  it('is said of the weights alone', () => {
    assert.equal(words('encoder', new Array<number>(9).fill(1e-30)), 'every position (9 of 9 weights)');
    assert.match(
      words('decoder', [1, 0, 0, 0.5, 0.5, 0, 0.2, 0.3, 0.5]) ?? '',
      /^itself and what came before/,
    );
    // A sliding window of two is no triangle, and a look ahead is counted.
    assert.match(
      words('decoder', [1, 0, 0, 0.5, 0.5, 0, 0, 0.3, 0.7]) ?? '',
      /^some positions .*, 0 of them ahead/,
    );
    assert.match(words('decoder', [1, 0.1, 0, 0.5, 0.5, 0, 0, 0.3, 0.7]) ?? '', /, 1 of them ahead/);
  });
});

describe('a mask behind the text', () => {
  const token = (id: number, special = false) => ({ id, special });
  const text = [token(2, true), token(7), token(8), token(3, true)];

  it('goes before the closing special tokens', () => {
    assert.deepEqual(maskBehind(text, 4, 16), { ids: [2, 7, 8, 4, 3], position: 3 });
    assert.deepEqual(maskBehind([token(7)], 4, null), { ids: [7, 4], position: 1 });
  });

  it('takes the last token’s place where there is no room', () => {
    assert.deepEqual(maskBehind(text, 4, 4), { ids: [2, 7, 4, 3], position: 2 });
  });
});

describe('the geometry of hidden states', () => {
  it('knows single positions and vectors of zero', () => {
    const one = stateGeometry([{ shape: [1, 2], data: Float32Array.of(3, 4) }], { pooled: [0], shown: 9 });
    assert.deepEqual([one.norms, one.cosines, one.toMean], [[[5]], [null], [1]]);
    const zero = stateGeometry([{ shape: [2, 2], data: Float32Array.of(0, 0, 1, 0) }], {
      pooled: [1],
      shown: 1,
    });
    assert.deepEqual([zero.cosines, [...zero.similarity]], [[0], [0]]);
  });

  it('refuses positions that are not there', () => {
    const state = { shape: [1, 1], data: Float32Array.of(1) };
    assert.throws(() => stateGeometry([state], { pooled: [1], shown: 1 }), /does not have/);
    assert.throws(() => stateGeometry([], { pooled: [], shown: 1 }), /not known/);
  });
});

it('a spread is even and keeps the order', () => {
  assert.deepEqual(spread([1, 2, 3], 5), [1, 2, 3]);
  assert.deepEqual(spread([0, 1, 2, 3, 4, 5, 6], 3), [0, 2, 4]);
});
