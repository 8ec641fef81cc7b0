import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { root } from '../../scripts/lib/paths.mjs';
import { Engine } from '../../src/inference/engine';
import { mayRead } from '../../src/probes/coreference/masks';
import { checkCausal, runCoreference } from '../../src/probes/coreference/run';
import { runPrediction } from '../../src/probes/prediction/run';

const SENTENCE = "The animal didn't cross the street because it was too tired.";
const SEGMENTS = [{ text: SENTENCE, offset: 0 }];
const WORDS = { pronoun: 'it', candidates: ['animal', 'street'] as [string, string] };

describe('probes on the bundled models', () => {
  const bundledDir = join(root, 'models');
  const engine = new Engine({ bundledDir, memoryBudgetBytes: 2 ** 26, log: () => undefined });
  after(() => engine.close());

  test('coreference: masses are sums of the heads’ own weights', async () => {
    const model = 'pocket-bert';
    const control = SENTENCE.replace('tired', 'wide');
    const { sentence, control: other } = await runCoreference(engine, {
      ...WORDS,
      ...{ model, control, segments: SEGMENTS },
    });
    const positionsOf = (word: string) =>
      sentence.tokens.flatMap(({ start, end, special }, i) =>
        !special && start < SENTENCE.indexOf(word) + word.length && end > SENTENCE.indexOf(word) ? [i] : [],
      );
    const from = sentence.tokens.findIndex(({ start }) => start === SENTENCE.indexOf(' it ') + 1);
    const ids = sentence.tokens.map(({ id }) => id);
    const { runId, layers } = await engine.request('run', { model, ids });
    assert.equal(
      sentence.heads.length,
      layers.reduce((sum, { heads }) => sum + heads, 0),
    );
    for (const { layer, head, masses } of sentence.heads) {
      const { weights, keys } = await engine.request('head', { runId, kind: 'encoder', layer, head });
      WORDS.candidates.forEach((word, i) => {
        const sum = positionsOf(word).reduce((total, key) => total + (weights[from * keys + key] ?? 0), 0);
        assert.ok(Math.abs(sum - (masses[i] as number)) < 1e-6);
      });
    }
    assert.equal(other?.text, control);
    const mean = sentence.heads.reduce((sum, { masses }) => sum + masses[0], 0) / sentence.heads.length;
    assert.ok(Math.abs(mean - sentence.mean[0]) < 1e-6);
  });

  test('coreference: where a word is missing, others are taken, and the control is left out', async () => {
    const control = 'It was wide.';
    const segments = [{ text: 'The doctor called the patient because she slept.', offset: 0 }];
    const request = { ...WORDS, model: 'pocket-bert', control, segments };
    const found = await runCoreference(engine, request);
    assert.deepEqual(
      [found.pronoun, found.candidates, found.isAsked],
      ['she', ['patient', 'because'], false],
    );
    assert.equal(found.control, null);
    const short = { ...request, segments: [{ text: 'It rains.', offset: 0 }] };
    await assert.rejects(runCoreference(engine, short), /too short/);
  });

  test('a causal model never looks ahead, an encoder does', async () => {
    const { sum, weights } = await checkCausal(engine, 'pocket-gpt2', SEGMENTS);
    assert.equal(sum, 0);
    const encoder = await checkCausal(engine, 'pocket-bert', SEGMENTS);
    assert.ok(encoder.sum > 1 && weights > 0);
  });

  test('prediction: the text’s scores are the sums of its tokens’', async () => {
    const settings = {
      causal: 'pocket-gpt2',
      masked: 'pocket-bert',
      gap: 2,
      top: 3,
      seed: 1,
      pairs: 'pocket-bert',
    };
    const result = await runPrediction(engine, SEGMENTS, settings, () => undefined);
    assert.equal(result.words[result.gap]?.text, 'animal');
    for (const { surprisal, perplexity, tokens } of [result.causal, result.masked]) {
      const found = surprisal.filter((value) => value !== null);
      assert.ok(found.every((value) => value >= 0));
      const mean = found.reduce((sum, value) => sum + value, 0) / found.length;
      assert.ok(Math.abs(Math.log(perplexity) - mean) < 1e-9);
      assert.equal(surprisal.length, tokens.length);
    }
    assert.equal(result.causal.gap.length, 1);
    assert.ok(result.masked.gap.length >= 1);
    for (const { candidates, asked } of [...result.causal.gap, ...result.masked.gap]) {
      assert.equal(candidates.length, 3);
      assert.ok(asked && asked.probability <= (candidates[0]?.probability ?? 0));
    }
  });
});

test('masks: as each family defines them', () => {
  const draw = (...[kind, size]: [Parameters<typeof mayRead>[0], number]) =>
    [0, 1, 2, 3].map((query) => [0, 1, 2, 3].map((key) => Number(mayRead(kind, query, key, size))).join(''));
  assert.deepEqual(draw('bidirectional', 2), ['1111', '1111', '1111', '1111']);
  assert.deepEqual(draw('causal', 2), ['1000', '1100', '1110', '1111']);
  assert.deepEqual(draw('window', 2), ['1000', '1100', '0110', '0011']);
  assert.deepEqual(draw('prefix', 2), ['1100', '1100', '1110', '1111']);
  assert.deepEqual(draw('cross', 2), ['1111', '1111', '1111', '1111']);
});
