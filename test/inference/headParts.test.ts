import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { root } from '../../scripts/lib/paths.mjs';
import { Engine } from '../../src/inference/engine';
import { scratchReport } from '../../src/probes/scratch/report';
import { MOST_TOKENS, readModel, resultOf } from '../../src/probes/scratch/run';
import { follow, UNCHANGED } from '../../src/probes/scratch/variants';
import { EXPORTERS } from './support/exporters';
import { FIXTURES, readReference } from './support/reference';

const near = (found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number, what: string) => {
  assert.equal(found.length, wanted.length, what);
  for (let i = 0; i < found.length; i++) {
    const [a, b] = [found[i] as number, wanted[i] as number];
    assert.ok(a === b || Math.abs(a - b) < tolerance, `${what} ${i}: ${a}, not ${b}`);
  }
};

describe('one head’s queries, keys and values', () => {
  const bundledDir = join(root, 'models');
  const engine = new Engine({ bundledDir, memoryBudgetBytes: 2 ** 26, log: () => undefined });
  after(() => engine.close());

  for (const name of [
    'bert-eager',
    'bert-sdpa',
    'gpt2-eager',
    'gpt2-past',
    'distilbert-sdpa',
    'bart-sdpa',
    't5-single',
    'llama-past',
  ]) {
    test(`${name}: are PyTorch’s, in every layer and head`, async () => {
      const reference = readReference(name);
      const tapped = reference.cases.find(({ tensors }) => tensors.some((one) => one.name === 'q'));
      assert.ok(tapped);
      const { input_ids: ids, decoder_input_ids: targetIds } = tapped.inputs;
      const of = (what: string, layer: number, kind: string) => {
        const found = tapped.tensors.find(
          (one) => one.name === what && one.layer === layer && one.kind === kind,
        );
        assert.ok(found, what);
        return found;
      };
      for (const layer of [0, 1]) {
        for (let head = 0; head < reference.heads; head++) {
          const model = join(FIXTURES, name);
          const found = await engine.request('headParts', { model, ids, targetIds, layer, head });
          const slice = (what: string) => {
            const { data, shape } = of(what, layer, found.kind);
            const size = data.length / (shape[0] ?? 1);
            return data.slice(head * size, (head + 1) * size);
          };
          near(
            found.query,
            slice('q').map((value) => value / reference.query_scaled_by),
            2e-5,
            'query',
          );
          near(found.key, slice('k'), 2e-5, 'key');
          near(found.value, slice('v'), 2e-5, 'value');
          near(found.scores, slice('scores'), 2e-5, 'scores');
          near(found.weights, slice('attention'), 1e-5, 'weights');
          assert.ok((found.concatenated?.difference ?? 1) < 1e-5, 'the heads side by side');
        }
      }
    });
  }

  const FUSED = [
    'bert-fused',
    'bart-fused',
    'llama-genai',
    'qwen2-genai-packed',
    'bert-dynamo-23',
    'gpt-oss',
    'gemma2',
  ];
  for (const name of FUSED) {
    test(`${name}: put together they are what the layer passes on`, async () => {
      const model = join(EXPORTERS, name);
      const request = { model, ids: [5, 9, 11, 40, 7], targetIds: [0], layer: 1, head: 3 };
      const { concatenated, heads, valueSize, sink } = await engine.request('headParts', request);
      assert.equal(concatenated?.width, heads * valueSize);
      assert.ok(concatenated.difference < 1e-5);
      assert.equal(sink, name === 'gpt-oss');
    });
  }

  test('a head that is not there is refused', async () => {
    const model = join(FIXTURES, 'bert-eager');
    for (const [layer, head] of [
      [2, 0],
      [0, 4],
      [-1, 0],
      [0, 0.5],
    ] as const) {
      await assert.rejects(engine.request('headParts', { model, ids: [1], layer, head }), { code: 'usage' });
    }
  });

  const read = (text: string, model: string, layer = 1, head = 0) =>
    readModel(engine, { model, segments: [{ text, offset: 0 }], layer, head });

  for (const model of ['pocket-bert', 'pocket-gpt2', 'pocket-t5']) {
    test(`the probe on ${model}: the steps end at the model’s own weights`, async () => {
      for (const text of [
        'The doctor was unhappy because she had no time.',
        '🥐',
        ' \u0000\u202e',
        'שלום '.repeat(400),
      ]) {
        const result = await read(text, model);
        assert.ok(result.queries.length <= MOST_TOKENS);
        const { weights } = follow(result, UNCHANGED);
        near(weights.values, result.model?.weights ?? [], 1e-5, 'weights');
        const settings = { ...UNCHANGED, mask: 'causal' as const, temperature: 0.05, row: 3 };
        const report = JSON.stringify(scratchReport(result, settings));
        assert.ok(!/NaN|undefined|Infinity/.test(report));
      }
    });
  }

  test('the probe: special tokens stay in a text that was cut, and a layer beyond the last is the last', async () => {
    const text = 'word '.repeat(100);
    const result = await read(text, 'pocket-bert', 99, 99);
    assert.equal(result.queries.length, MOST_TOKENS);
    assert.deepEqual([result.queries[0], result.queries.at(-1)], ['[CLS]', '[SEP]']);
    assert.deepEqual([result.model?.layer, result.head, result.model?.isAsked], [3, 7, false]);
    assert.equal(result.model?.tokens, 102);
  });

  test('the probe: a learned sink takes its part', async () => {
    const model = join(EXPORTERS, 'gpt-oss');
    const ids = [5, 9, 11, 40, 7];
    const { facts } = await engine.request('open', { model });
    const { tokens } = await engine.request('encode', { model, ids });
    const parts = await engine.request('headParts', { model, ids, layer: 0, head: 1 });
    const result = resultOf(facts, tokens, parts, { isAsked: true, tokens: ids.length });
    const { weights } = follow(result, UNCHANGED);
    assert.ok(weights.values.slice(0, 5).reduce((sum, weight) => sum + weight, 0) < 0.999);
    near(weights.values, parts.weights, 1e-5, 'weights');
  });
});
