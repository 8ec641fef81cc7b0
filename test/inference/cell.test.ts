import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Engine } from '../../src/inference/engine';
import type { AttentionKind } from '../../src/shared/attention';
import type { CellAddress, CellArithmetic } from '../../src/shared/cell';
import { FIXTURES } from './support/reference';

const IDS = [2, 5, 6, 7, 8, 9, 6, 3];
const TARGET = [0, 11, 12, 13, 14];
/** What the model adds to the scaled product of keys that it does not mask. */
type Added = 'nothing' | 'position bias';

const MODELS: [fixture: string, kinds: AttentionKind[], added: Added][] = [
  ['models/bert-eager', ['encoder'], 'nothing'],
  ['models/bert-sdpa', ['encoder'], 'nothing'],
  ['models/distilbert-eager', ['encoder'], 'nothing'],
  ['models/gpt2-eager', ['decoder'], 'nothing'],
  ['models/llama-eager', ['decoder'], 'nothing'],
  ['models/llama-sdpa', ['decoder'], 'nothing'],
  ['models/bart-6-12', ['encoder', 'decoder', 'cross'], 'nothing'],
  ['models/t5-eager', ['encoder', 'decoder'], 'position bias'],
  ['models/t5-12-6', ['cross'], 'nothing'],
  ['exporters/llama-genai', ['decoder'], 'nothing'],
  ['exporters/bert-fused', ['encoder'], 'nothing'],
];

describe('the arithmetic behind one weight', () => {
  const engine = new Engine({ bundledDir: FIXTURES, memoryBudgetBytes: 2 ** 26, log: () => undefined });
  after(() => engine.close());

  for (const [fixture, kinds, added] of MODELS) {
    test(`${fixture} adds up`, async () => {
      const model = join(FIXTURES, '..', fixture);
      const targetIds = kinds.includes('cross') || fixture.includes('t5') ? TARGET : undefined;
      const { runId, layers } = await engine.request('run', { model, ids: IDS, targetIds });
      for (const kind of kinds) {
        const layer = layers.findLast((one) => one.kind === kind);
        assert.ok(layer);
        const { weights, keys } = await engine.request('head', { runId, kind, layer: layer.layer, head: 1 });
        for (const [query, key] of [
          [0, 0],
          [3, 1],
          [2, 3],
          [4, 4],
        ] as const) {
          const address: CellAddress = { kind, layer: layer.layer, head: 1, query, key };
          const cell: CellArithmetic = await engine.request('cell', { runId, ...address });
          assert.equal(cell.shown, weights[query * keys + key]);
          assertAddsUp(cell);
          const seen = kind !== 'decoder' || key <= query;
          assert.equal(cell.masked, !seen);
          const isAdded = Math.abs(cell.added) > 1e-3;
          if (seen && added === 'nothing') assert.ok(!isAdded, `${kind} ${query},${key} adds ${cell.added}`);
          if (seen && added === 'position bias' && query !== key) assert.ok(isAdded, 'no position bias');
        }
      }
    });
  }

  test('grouped-query attention: two query heads read one key head', async () => {
    const model = join(FIXTURES, '../exporters/llama-genai');
    const { runId } = await engine.request('run', { model, ids: IDS });
    const keyHeads = [];
    for (const head of [0, 1, 2, 3]) {
      const cell = await engine.request('cell', { runId, kind: 'decoder', layer: 0, head, query: 3, key: 2 });
      assertAddsUp(cell);
      keyHeads.push(cell.keyHead);
    }
    assert.deepEqual(keyHeads, [0, 0, 1, 1]);
  });

  test('refuses a cell that the run does not have', async () => {
    const { runId } = await engine.request('run', { model: join(FIXTURES, 'bert-eager'), ids: IDS });
    const address = { runId, kind: 'encoder', layer: 0, head: 0, query: 0, key: IDS.length } as const;
    await assert.rejects(engine.request('cell', address), { code: 'usage' });
    await assert.rejects(engine.request('cell', { ...address, key: 0, layer: 2 }), { code: 'usage' });
  });
});

function assertAddsUp(cell: CellArithmetic): void {
  const { products, product, scale, scaled, added, score, masked, scores, weights, largest } = cell;
  const near = (a: number, b: number, what: string) =>
    assert.ok(Math.abs(a - b) <= 1e-5 * Math.max(1, Math.abs(b)), `${what}: ${a} is not ${b}`);
  near(
    products.reduce((sum, value) => sum + value, 0),
    product,
    'product',
  );
  near(product * scale, scaled, 'scaled');
  if (!masked) near(scaled + added, score, 'score');
  const exponentials = scores.map((one) => Math.exp(one - largest));
  near(
    exponentials.reduce((sum, value) => sum + value, 0),
    cell.denominator,
    'denominator',
  );
  near(Math.exp(score - largest) / cell.denominator, cell.weight, 'weight');
  near(
    weights.reduce((sum, value) => sum + value, 0),
    1,
    'row',
  );
  assert.ok(Math.abs(cell.weight - cell.shown) <= 1e-5);
}
