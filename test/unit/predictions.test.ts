import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readPredictions } from '../../src/inference/predictions';
import { largest, logSoftmax, normalizer, softmax } from '../../src/numeric/softmax';
import { seeded } from '../support/seeded';

const name = async (ids: number[]) => ids.map((id) => `t${id}`);

describe('predictions', () => {
  const next = seeded(7);
  const data = Float32Array.from({ length: 3 * 50 }, () => (next() - 0.5) * 20);
  const logits = { name: 'logits', shape: [3, 50], data };

  it('are a softmax: all probabilities of a row sum to 1, entropy is its own formula', async () => {
    const rows = await readPredictions(logits, { positions: [0, 1, 2], top: 50 }, name);
    for (const { candidates, entropy } of rows) {
      const sum = candidates.reduce((total, { probability }) => total + probability, 0);
      assert.ok(Math.abs(sum - 1) < 1e-12);
      const formula = -candidates.reduce((total, { probability: p }) => total + p * Math.log(p), 0);
      assert.ok(Math.abs(entropy - formula) < 1e-9);
    }
  });

  it('come most likely first, with rank, name and the token that was asked for', async () => {
    const [row] = await readPredictions(logits, { positions: [1], asked: [9], top: 3 }, name);
    const sorted = [...data.subarray(50, 100)].map((logit, id) => ({ logit, id }));
    sorted.sort((a, b) => b.logit - a.logit);
    assert.deepEqual(
      row?.candidates.map(({ id, rank, text }) => ({ id, rank, text })),
      sorted.slice(0, 3).map(({ id }, rank) => ({ id, rank, text: `t${id}` })),
    );
    assert.equal(
      row?.asked?.rank,
      sorted.findIndex(({ id }) => id === 9),
    );
    assert.ok(Math.abs(Math.exp(row?.asked?.logProbability ?? 0) - (row?.asked?.probability ?? 0)) < 1e-15);
  });

  it('stand for logits of any size, and for tokens that cannot come', () => {
    const { logSum, entropy } = normalizer(Float32Array.of(1e30, 1e30, -Infinity));
    assert.equal(logSum, Math.fround(1e30));
    assert.ok(Math.abs(entropy - Math.LN2) < 1e-12);
    assert.deepEqual(largest(Float32Array.of(1, 3, 3, 2), 3), [1, 2, 3]);
    assert.deepEqual([...softmax(Float32Array.of(1e30, 1e30, -Infinity))], [0.5, 0.5, 0]);
    const [log, , never] = logSoftmax([700, 700, -Infinity]);
    assert.ok(Math.abs((log as number) - Math.log(0.5)) < 1e-12);
    assert.equal(never, -Infinity);
  });

  it('are refused where there is no such row', async () => {
    await assert.rejects(readPredictions(logits, { positions: [3], top: 1 }, name), /no number 3/);
    await assert.rejects(readPredictions(logits, { positions: [0], top: 5000 }, name), /1000 candidates/);
  });
});
