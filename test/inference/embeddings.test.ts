import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { root } from '../../scripts/lib/paths.mjs';
import { Engine } from '../../src/inference/engine';
import type { EmbeddingTerm, TermKind } from '../../src/shared/embeddings';
import { runTokens } from '../../src/probes/tokens/run';
import { tokensReport } from '../../src/probes/tokens/report';

interface Expected {
  norms: Partial<Record<TermKind, number[]>>;
  shares: Partial<Record<TermKind, number[]>>;
  cosines: Partial<Record<TermKind, number[]>>;
  sums: number[];
  neighbors: { ids: number[]; cosines: number[]; mean: number; deviation: number }[];
  components: [number, number][];
  explained: [number, number];
  pooled: number[];
}

/** PyTorch's and NumPy's answers, see test/fixtures/make_probes.py. */
const { ids, texts, models } = JSON.parse(
  readFileSync(join(root, 'test/fixtures/probes/tokens.json'), 'utf8'),
) as { ids: number[]; texts: number[][]; models: Record<string, Expected> };

const near = (found: readonly number[], wanted: readonly number[], what: string, tolerance = 1e-5) => {
  assert.equal(found.length, wanted.length, what);
  found.forEach((value, i) =>
    assert.ok(
      Math.abs(value - (wanted[i] as number)) < tolerance,
      `${what} ${i}: ${value}, not ${wanted[i]}`,
    ),
  );
};

/** Other exports of the same weights. */
const SAME: Record<string, string[]> = {
  'bert-eager': [
    'models/bert-sdpa',
    'exporters/bert-dynamo-23',
    'exporters/bert-fused',
    'models/bert-if-weights',
  ],
  'gpt2-eager': ['models/gpt2-past', 'exporters/gpt2-fused', 'exporters/gpt2-dynamo-23'],
  't5-eager': ['models/t5-single', 'models/t5-merged'],
  'llama-eager': ['models/llama-past', 'exporters/llama-q4', 'exporters/llama-dynamo'],
};

describe('embeddings', () => {
  const bundledDir = join(root, 'models');
  const engine = new Engine({ bundledDir, memoryBudgetBytes: 2 ** 26, log: () => undefined });
  after(() => engine.close());

  for (const [name, expected] of Object.entries(models)) {
    for (const export_ of [`models/${name}`, ...(SAME[name] ?? [])]) {
      test(`${export_}: what enters the first layer, and who its neighbors are`, async () => {
        const model = join(root, 'test/fixtures', export_);
        const layer = await engine.request('firstLayer', { model, ids });
        assert.ok(layer);
        assert.deepEqual(layer.terms.map(({ kind }) => kind).sort(), Object.keys(expected.norms).sort());
        for (const { kind, norms, shares, cosines } of layer.terms as EmbeddingTerm[]) {
          near(norms, expected.norms[kind] ?? [], `length of ${kind}`);
          near(shares, expected.shares[kind] ?? [], `share of ${kind}`);
          near(cosines, expected.cosines[kind] ?? [], `cosine of ${kind}`);
        }
        near(layer.sums, expected.sums, 'length of the sum');
        assert.ok((layer.difference ?? 0) < 1e-6);
        assert.equal(layer.isChanged, /bert/.test(name));
        const found = await engine.request('neighbors', { model, ids: ids.slice(0, 2), count: 5 });
        found.forEach(({ nearest, mean, deviation }, i) => {
          const wanted = expected.neighbors[i];
          assert.deepEqual(
            nearest.map(({ id }) => id),
            wanted?.ids,
          );
          near(
            nearest.map(({ cosine }) => cosine),
            wanted?.cosines ?? [],
            'cosine',
          );
          near([mean, deviation], [wanted?.mean ?? NaN, wanted?.deviation ?? NaN], 'all others');
        });
      });
    }

    test(`${name}: principal components, and texts by mean pooling`, async () => {
      const model = join(root, 'test/fixtures/models', name);
      const distinct = [...new Set(ids)].sort((a, b) => a - b);
      const { points, explained } = await engine.request('projection', { model, ids: distinct });
      // The signs of the axes are free.
      near(points.flat().map(Math.abs), expected.components.flat(), 'component');
      near(explained, expected.explained, 'explained');
      const inputs = texts.map((text) => ({ ids: text }));
      const { last, embeddings, tokens } = await engine.request('pooled', { model, inputs });
      near(last, expected.pooled, 'pooled');
      assert.deepEqual(
        tokens,
        texts.map(({ length }) => length),
      );
      // The first and the last have the same tokens in another order.
      near([embeddings[2] as number, embeddings[0] as number], [1, 1], 'without order');
    });
  }

  test('what cannot be asked for is refused', async () => {
    const model = join(root, 'test/fixtures/models/bert-eager');
    const refused = [
      engine.request('neighbors', { model, ids: [512], count: 5 }),
      engine.request('neighbors', { model, ids: [1], count: 0 }),
      engine.request('projection', { model, ids: [] }),
      engine.request('pooled', { model, inputs: [] }),
      engine.request('firstLayer', { model, ids: [-1] }),
    ];
    for (const one of refused) await assert.rejects(one, { name: 'ProbeError' });
    const quantized = join(root, 'test/fixtures/exporters/bert-fused-int8');
    assert.equal(await engine.request('firstLayer', { model: quantized, ids: [1] }), null);
    await assert.rejects(engine.request('neighbors', { model: quantized, ids: [1], count: 1 }), /look-up/);
  });

  const read = (text: string, word = '', models = ['pocket-bert', 'pocket-gpt2', 'pocket-t5']) =>
    runTokens(engine, { segments: [{ text, offset: 0 }], models, word, top: 3 }, () => undefined);

  test('the probe: counts are those of the tokenizers, and every text gives a report', async () => {
    const text = 'The unhappy doctor ate a 🥐. שלום, 東京!\n\u0000 The nurse slept.';
    const found = await read(text, 'unhappy');
    for (const { model, tokens, special, units } of found.readings) {
      const encoding = await engine.request('encode', { model, segments: [{ text, offset: 0 }] });
      assert.equal(tokens + special, encoding.tokens.length);
      assert.deepEqual(
        units.flatMap((unit) => unit.ids),
        encoding.tokens.map(({ id }) => id),
      );
    }
    assert.deepEqual(found.word, { text: 'unhappy', inText: true });
    assert.equal(found.similarity?.sentences.length, 3);
    assert.equal(found.neighborhoods[0]?.nearest.length, 3);
    for (const hostile of [
      ' ',
      '\u0000',
      '\ud800',
      '🥐',
      '。',
      'a'.repeat(3000),
      '\u202e\u05d0 '.repeat(300),
    ]) {
      const { findings, parts } = tokensReport(await read(hostile));
      assert.ok(findings.length > 0 && parts.length > 0);
      assert.ok(!JSON.stringify([findings, parts]).includes('NaN'));
    }
    await assert.rejects(read(''), { code: 'input' });
    const other = await read('Some text.', 'zebras');
    assert.deepEqual(other.word, { text: 'zebras', inText: false });
    assert.ok((other.readings[2]?.makings.length ?? 0) > 0);
  });

  test('the probe: a model whose embeddings are inside an operator still shows its tokens', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'probe-tokens-'));
    await cp(join(root, 'test/fixtures/exporters/bert-fused-int8'), folder, { recursive: true });
    await cp(join(root, 'test/fixtures/models/bert-eager/tokenizer.json'), join(folder, 'tokenizer.json'));
    const found = await read('a b c. d e f.', '', [folder]);
    await rm(folder, { recursive: true });
    const { readings, entrance, neighborhoods, map, similarity } = found;
    assert.ok((readings[0]?.tokens ?? 0) > 0);
    assert.deepEqual([entrance, neighborhoods, map, similarity], [null, [], null, null]);
    assert.match(tokensReport(found).findings.join(), /does not show what is added up/);
  });
});
