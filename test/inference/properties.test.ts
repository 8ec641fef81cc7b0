import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Engine } from '../../src/inference/engine';
import type { AttentionKind } from '../../src/shared/attention';
import { FIXTURES, fixtureNames, readReference } from './support/reference';

/** Wants a flag that nobody feeds in this test. */
const NEEDS_FLAG = 'bert-if-weights';

describe('attention weights are what they must be', () => {
  const engine = new Engine({ bundledDir: FIXTURES, memoryBudgetBytes: 2 ** 30, log: () => undefined });
  after(() => engine.close());

  for (const name of fixtureNames().filter((fixture) => fixture !== NEEDS_FLAG)) {
    test(`${name}: rows sum to 1, and causal attention never looks ahead`, async () => {
      const longest = readReference(name).cases.at(-1);
      assert.ok(longest);
      const { input_ids: ids, decoder_input_ids: targetIds } = longest.inputs;
      const { runId, layers } = await engine.request('run', { model: join(FIXTURES, name), ids, targetIds });
      assert.ok(layers.length > 0);
      for (const { kind, layer, heads, queries, keys } of layers) {
        for (let head = 0; head < heads; head++) {
          const { weights } = await engine.request('head', { runId, kind, layer, head });
          assert.equal(weights.length, queries * keys);
          checkRows(weights, kind, queries, keys);
        }
      }
    });
  }
});

function checkRows(weights: Float32Array, kind: AttentionKind, queries: number, keys: number): void {
  for (let query = 0; query < queries; query++) {
    let sum = 0;
    for (let key = 0; key < keys; key++) {
      const weight = weights[query * keys + key] as number;
      assert.ok(weight >= 0 && weight <= 1 + 1e-6);
      if (kind === 'decoder' && key > query) assert.equal(weight, 0, `query ${query} sees key ${key}`);
      sum += weight;
    }
    assert.ok(Math.abs(sum - 1) < 1e-5, `row ${query} sums to ${sum}`);
  }
}
