import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Engine } from '../../src/inference/engine';
import { predictNextSentence } from '../../src/probes/prediction/nextSentence';

const FOLDER = join(import.meta.dirname, '../fixtures/probes');
const MODELS = join(import.meta.dirname, '../../models');

/** What make_probes.py has of PyTorch. */
const FIXTURE = JSON.parse(readFileSync(join(FOLDER, 'next-sentences.json'), 'utf8')) as {
  sentences: string[];
  pairs: [string, string][];
  models: Record<string, number[]>;
};

describe('next-sentence prediction', () => {
  const engine = new Engine({ bundledDir: MODELS, memoryBudgetBytes: 2 ** 26, log: () => undefined });
  after(() => engine.close());
  const text = (words: string) => [{ text: words, offset: 0 }];

  for (const [name, wanted] of Object.entries(FIXTURE.models)) {
    test(`${name}: every pair as in PyTorch, as it is and turned round`, async () => {
      const found = await predictNextSentence(engine, join(FOLDER, name), text(FIXTURE.sentences.join(' ')));
      assert.deepEqual(
        found?.pairs.map(({ first, second }) => [first, second]),
        FIXTURE.pairs,
      );
      assert.deepEqual(
        found?.pairs.map(({ inText }) => inText),
        [true, false, true, false],
      );
      found?.pairs.forEach(({ follows }, i) => assert.ok(Math.abs(follows - (wanted[i] as number)) < 1e-5));
    });
  }

  test('the other head of a pre-training export fills masks', async () => {
    const model = join(FOLDER, 'pretraining');
    const { tokens, typeIds } = await engine.request('encode', { model, segments: text('It slept there.') });
    const ids = tokens.map(({ id }) => id);
    const request = { model, ids, typeIds, positions: [1], top: 3 };
    const [found] = await engine.request('maskedPredictions', request);
    assert.equal(found?.candidates.length, 3);
    assert.equal(found.asked?.id, ids[1]);
  });

  test('one sentence has no pair; a model without the head has no answer', async () => {
    const alone = await predictNextSentence(engine, join(FOLDER, 'next-sentence'), text('It slept.'));
    assert.deepEqual([alone?.sentences, alone?.pairs], [1, []]);
    assert.equal(await predictNextSentence(engine, 'pocket-bert', text('It slept. It woke.')), null);
  });
});
