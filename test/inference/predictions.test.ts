import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Engine } from '../../src/inference/engine';
import { root } from '../../scripts/lib/paths.mjs';
import { FIXTURES, readReference } from './support/reference';

const TEXT = 'The capital of France is Paris.';

describe('predictions of the bundled models', () => {
  const bundledDir = join(root, 'models');
  const engine = new Engine({ bundledDir, memoryBudgetBytes: 2 ** 26, log: () => undefined });
  after(() => engine.close());
  const encode = async (model: string) =>
    engine.request('encode', { model, segments: [{ text: TEXT, offset: 0 }] });

  test('special tokens come by their role, and roles that a tokenizer lacks are absent', async () => {
    const bert = await engine.request('specialTokens', { model: 'pocket-bert' });
    assert.deepEqual(bert.mask, { id: 4, piece: '[MASK]' });
    assert.deepEqual(Object.keys(bert).sort(), ['cls', 'mask', 'pad', 'sep', 'unk']);
    assert.equal((await engine.request('specialTokens', { model: 'pocket-gpt2' })).mask, undefined);
  });

  test('a masked prediction is that of a run with the mask in the token’s place', async () => {
    const { tokens, typeIds } = await encode('pocket-bert');
    const ids = tokens.map(({ id }) => id);
    const positions = tokens.flatMap(({ special }, i) => (special ? [] : [i]));
    const request = { model: 'pocket-bert', ids, typeIds, positions, top: 5 };
    const masked = await engine.request('maskedPredictions', request);
    assert.deepEqual(
      masked.map(({ position, asked }) => [position, asked?.id]),
      positions.map((position) => [position, ids[position]]),
    );
    const position = positions[3] as number;
    const { runId } = await engine.request('run', {
      model: 'pocket-bert',
      ids: ids.with(position, 4),
      typeIds,
    });
    const asked = [ids[position] as number];
    const [alone] = await engine.request('predictions', {
      model: 'pocket-bert',
      runId,
      positions: [position],
      asked,
      top: 5,
    });
    const swept = masked[3];
    assert.deepEqual(
      swept?.candidates.map(({ id }) => id),
      alone?.candidates.map(({ id }) => id),
    );
    assert.ok(Math.abs((swept?.asked?.logProbability ?? 0) - (alone?.asked?.logProbability ?? 1)) < 1e-4);
  });

  test('a causal model’s prediction does not depend on what follows', async () => {
    const { tokens } = await encode('pocket-gpt2');
    const ids = tokens.map(({ id }) => id);
    const last = async (length: number) => {
      const { runId } = await engine.request('run', { model: 'pocket-gpt2', ids: ids.slice(0, length) });
      return engine.request('predictions', { model: 'pocket-gpt2', runId, positions: [2], top: 3 });
    };
    const [short] = await last(3);
    const [long] = await last(ids.length);
    assert.deepEqual(
      short?.candidates.map(({ id }) => id),
      long?.candidates.map(({ id }) => id),
    );
    assert.ok(Math.abs((short?.entropy ?? 0) - (long?.entropy ?? 1)) < 1e-4);
  });

  test('a model without masks says so', async () => {
    const request = { model: 'pocket-gpt2', ids: [5, 6, 7], positions: [1], top: 1 };
    await assert.rejects(engine.request('maskedPredictions', request), /does not fill masks/);
  });
});

describe('predictions against PyTorch', () => {
  const engine = new Engine({ bundledDir: FIXTURES, memoryBudgetBytes: 2 ** 26, log: () => undefined });
  after(() => engine.close());

  for (const name of ['bert-eager', 'gpt2-eager']) {
    test(`${name}: log-probabilities are the log-softmax of PyTorch's logits to 1e-4, entropies too`, async () => {
      const found = readReference(name).cases.find(({ tensors }) =>
        tensors.some((one) => one.name === 'logits'),
      );
      const logits = found?.tensors.find((one) => one.name === 'logits');
      assert.ok(found && logits);
      const ids = found.inputs.input_ids;
      const model = join(FIXTURES, name);
      const { runId } = await engine.request('run', { model, ids });
      const [rows = 0, vocabulary = 0] = logits.shape.slice(-2);
      const first = logits.first_position ?? 0;
      const positions = Array.from({ length: rows }, (_, i) => first + i);
      const asked = positions.map((position) => ids[position] as number);
      const predicted = await engine.request('predictions', { model, runId, positions, asked, top: 3 });
      for (const [i, { asked: own, entropy }] of predicted.entries()) {
        const row = [...logits.data.subarray(i * vocabulary, (i + 1) * vocabulary)];
        const sum = row.reduce((total, logit) => total + Math.exp(logit), 0);
        const logs = row.map((logit) => logit - Math.log(sum));
        assert.ok(Math.abs((own?.logProbability ?? 0) - (logs[asked[i] as number] as number)) < 1e-4);
        const reference = -logs.reduce((total, log) => total + Math.exp(log) * log, 0);
        assert.ok(Math.abs(entropy - reference) < 1e-4);
      }
    });
  }
});
