import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Engine } from '../../src/inference/engine';
import { analyzeAttention } from '../../src/probes/attention';
import { compareResults, differenceOf } from '../../src/probes/compare';
import { headMetrics, probeHeads } from '../../src/probes/heads';
import { attentionProfile, shapedMatrix } from '../../src/probes/matrix';
import { PLAIN } from '../../src/shared/aggregate';
import type { LayerProgress } from '../../src/shared/inference';
import type { MatrixSource, Shaping } from '../../src/shared/aggregate';
import type { AttentionResult } from '../../src/shared/attention';
import { FIXTURES } from './support/reference';

const BUNDLED = join(import.meta.dirname, '../../models');
const TEXT = 'The cat that the dog saw\nran to the old house.';

describe('analyses of real runs', () => {
  const engine = new Engine({ bundledDir: BUNDLED, memoryBudgetBytes: 2 ** 26, log: () => undefined });
  after(() => engine.close());
  const analyze = (model: string, text = TEXT, target?: string) =>
    analyzeAttention(engine, { model, segments: [{ text, offset: 0 }], target });

  test('a plain head is the head', async () => {
    const run = await analyze('pocket-bert');
    const address = { kind: 'encoder', layer: 1, head: 2 } as const;
    const head = await engine.request('head', { runId: run.runId, ...address });
    const matrix = await shapedMatrix(engine, run, { from: 'head', ...address }, PLAIN);
    assert.deepEqual(matrix.weights, head.weights);
    assert.equal(
      matrix.largest,
      head.weights.reduce((most, weight) => Math.max(most, weight), 0),
    );
    assert.deepEqual(
      matrix.keys.map(({ text }) => text),
      run.tokens.map(({ text }) => text),
    );
  });

  const shapings: [name: string, change: Partial<Shaping>][] = [
    ['words', { grain: 'word' }],
    ['lines without special tokens', { grain: 'line', hideSpecial: true, renormalize: true }],
    ['no sinks', { hideSinks: true, renormalize: true, threshold: 0.01 }],
  ];
  for (const [name, change] of shapings) {
    test(`a profile is a row or column of the matrix: ${name}`, async () => {
      const run = await analyze('pocket-gpt2');
      const shaping = { ...PLAIN, ...change };
      const source: MatrixSource = { from: 'head', kind: 'decoder', layer: 1, head: 0 };
      const { queries, keys, weights } = await shapedMatrix(engine, run, source, shaping);
      const item = Math.min(2, queries.length - 1, keys.length - 1);
      for (const direction of ['from', 'to'] as const) {
        const profile = await attentionProfile(engine, run, { kind: 'decoder', direction, item, shaping });
        const at = profile.heads.findIndex(({ layer, head }) => layer === 1 && head === 0);
        const found = profile.weights.subarray(at * profile.items.length, (at + 1) * profile.items.length);
        const wanted =
          direction === 'from'
            ? weights.subarray(item * keys.length, (item + 1) * keys.length)
            : Float32Array.from(queries, (_, query) => weights[query * keys.length + item] as number);
        assert.equal(found.length, wanted.length);
        found.forEach((weight, i) => assert.ok(Math.abs(weight - (wanted[i] as number)) < 1e-6));
      }
    });
  }

  test('every kind of an encoder-decoder has its measures', async () => {
    const run = await analyze('pocket-t5');
    const { heads } = await headMetrics(engine, run);
    const count = run.layers.reduce((sum, { heads: own }) => sum + own, 0);
    assert.equal(heads.length, count);
    for (const { kind, raw } of heads) {
      assert.equal(raw.distance === null, kind === 'cross');
      assert.ok(raw.entropy !== null && raw.entropy >= 0);
    }
  });

  for (const [encoder, decoder] of [
    [12, 6],
    [6, 12],
  ] as const) {
    test(`${encoder} encoder and ${decoder} decoder layers: nothing is lost`, async () => {
      const model = join(FIXTURES, `t5-${encoder}-${decoder}`);
      const ids = [5, 6, 7, 8, 1];
      const run = await analyzeAttention(engine, { model, ids, targetIds: [0, 9, 10] });
      const { heads } = await headMetrics(engine, run);
      const layers = (kind: string) =>
        new Set(heads.filter((one) => one.kind === kind).map(({ layer }) => layer)).size;
      assert.deepEqual([layers('encoder'), layers('decoder'), layers('cross')], [encoder, decoder, decoder]);
      for (const kind of ['encoder', 'decoder', 'cross'] as const) {
        const told: LayerProgress[] = [];
        const report = (progress: LayerProgress) => told.push(progress);
        const { weights, keys } = await shapedMatrix(
          engine,
          run,
          { from: 'rollout', kind },
          PLAIN,
          undefined,
          report,
        );
        const of = { encoder, decoder, cross: encoder + 2 * decoder }[kind];
        assert.deepEqual(
          told,
          Array.from({ length: of }, (_, i) => ({ done: i + 1, of })),
        );
        for (let row = 0; row < weights.length; row += keys.length) {
          const sum = weights.subarray(row, row + keys.length).reduce((total, weight) => total + weight, 0);
          assert.ok(Math.abs(sum - 1) < 1e-5, `${kind} row sums to ${sum}`);
        }
      }
    });
  }

  test('the probe is the same for the same seed, and leaves no run behind', async () => {
    const { facts } = await engine.request('open', { model: 'pocket-gpt2' });
    const before = await engine.request('status', null);
    const probe = await probeHeads(engine, facts, 5);
    assert.deepEqual(await probeHeads(engine, facts, 5), probe);
    assert.notDeepEqual((await probeHeads(engine, facts, 6)).heads, probe.heads);
    assert.equal(probe.heads.length, facts.layers * facts.heads);
    for (const { induction, duplicate, previous } of probe.heads) {
      for (const score of [induction, duplicate, previous]) assert.ok(score >= 0 && score <= 1);
    }
    assert.deepEqual((await engine.request('status', null)).runs, before.runs);
  });

  test('a run compared with itself does not differ; with another text it cannot be subtracted', async () => {
    const [run, same, other] = [
      await analyze('pocket-bert'),
      await analyze('pocket-bert'),
      await analyze('pocket-bert', 'Short.'),
    ];
    const equal = await compareResults(engine, run, same);
    assert.ok(equal.kinds.every(({ comparable, note }) => comparable && note === null));
    assert.ok(equal.heads.length > 0 && equal.heads.every(({ distance }) => distance === 0));
    const source: MatrixSource = { from: 'layers', kind: 'encoder', reduce: 'mean' };
    assert.equal((await differenceOf(engine, run, same, source, PLAIN)).largest, 0);

    const apart = await compareResults(engine, run, other);
    assert.deepEqual(apart.heads, []);
    assert.match(apart.kinds[0]?.reason ?? '', /one side has \d+ queries, the other \d+/);
    await assert.rejects(differenceOf(engine, run, other, source, PLAIN), { code: 'usage' });
  });

  test('two texts of one length: B minus A, and a note that tokens differ', async () => {
    const [run, other] = await Promise.all([
      analyze('pocket-bert', 'a cat'),
      analyze('pocket-bert', 'a dog'),
    ]);
    const sameLength = (run as AttentionResult).tokens.length === (other as AttentionResult).tokens.length;
    assert.ok(sameLength);
    const comparison = await compareResults(engine, run, other);
    assert.match(comparison.kinds[0]?.note ?? '', /by position/);
    const source: MatrixSource = { from: 'head', kind: 'encoder', layer: 0, head: 0 };
    const { differences } = await differenceOf(engine, run, other, source, PLAIN);
    const [a, b] = [
      await shapedMatrix(engine, run, source, PLAIN),
      await shapedMatrix(engine, other, source, PLAIN),
    ];
    differences.forEach((value, i) =>
      assert.equal(value, Math.fround((b.weights[i] as number) - (a.weights[i] as number))),
    );
    const distance = differences.reduce((sum, value) => sum + Math.abs(value), 0) / (2 * a.queries.length);
    const found = comparison.heads.find(({ layer, head }) => layer === 0 && head === 0);
    assert.ok(Math.abs((found?.distance ?? NaN) - distance) < 1e-6);
  });

  test('thirty runs in a row stay within the budget', async () => {
    const budget = 2 ** 20;
    const small = new Engine({ bundledDir: BUNDLED, memoryBudgetBytes: budget, log: () => undefined });
    const sizes: number[] = [];
    for (let turn = 0; turn < 30; turn++) {
      const segments = [{ text: `${TEXT} ${turn}`, offset: 0 }];
      const run = await analyzeAttention(small, { model: 'pocket-bert', segments });
      await headMetrics(small, run);
      const { keptBytes, budgetBytes } = await small.request('status', null);
      assert.ok(keptBytes <= budgetBytes, `${keptBytes} bytes are kept`);
      sizes.push(process.memoryUsage().arrayBuffers);
    }
    await small.close();
    const [early, late] = [Math.max(...sizes.slice(5, 15)), Math.min(...sizes.slice(15))];
    assert.ok(late <= early + budget, `array buffers grow: ${sizes.join(' ')}`);
  });
});
