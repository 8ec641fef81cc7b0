import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { InferenceClient } from '../../src/inference/client';
import { Engine } from '../../src/inference/engine';
import { openModel } from '../../src/inference/openModel';
import { SessionCache } from '../../src/inference/sessions';
import { frozenLearner, wholeLearner } from '../../src/inference/training/learner';
import { trainLearner } from '../../src/inference/training/loop';
import { prepareTraining } from '../../src/inference/training/prepare';
import { locateModel } from '../../src/models/folder';
import { compareTraining } from '../../src/probes/training';
import { SMALL_SET } from '../../src/probes/training/small';
import type { Inference } from '../../src/shared/inference';
import { TRAINING_DEFAULTS } from '../../src/shared/training';
import type { Pooling, TrainingRequest, TrainingResult, TrainRunProgress } from '../../src/shared/training';
import { FIXTURES } from './support/reference';

interface Case {
  folder: string;
  pooling: Pooling;
  ids: number[][];
  labels: number[];
  classes: number;
  head: number[];
  losses: number[];
}

const truth = JSON.parse(readFileSync(join(FIXTURES, '..', 'training.json'), 'utf8')) as {
  options: Record<
    'epochs' | 'batchSize' | 'learningRate' | 'headRate' | 'weightDecay' | 'warmup' | 'clipNorm',
    number
  >;
  cases: Case[];
};
const BUDGET = 2 ** 30;

/** Opens a fixture for training. */
async function prepared(name: string, pooling: Pooling) {
  const sessions = new SessionCache(2);
  const folder = await locateModel(resolve(FIXTURES, name), { bundledDir: FIXTURES });
  const model = await openModel(folder, { sessions, threads: 1 });
  const ready = await prepareTraining(model, { pooling, layers: 'last', threads: 1, budgetBytes: BUDGET });
  return { ready, close: async () => (await ready.release(), sessions.closeAll()) };
}

function sentencesOf({ ids, labels }: Case) {
  return ids.map((row, i) => ({ ids: row, typeIds: row.map(() => 0), label: labels[i] as number }));
}

describe('training', () => {
  for (const one of truth.cases) {
    test(`${one.folder}, pooling ${one.pooling}: ten AdamW steps have PyTorch's losses to 5 digits`, async () => {
      const { ready, close } = await prepared(one.folder, one.pooling);
      const sentences = sentencesOf(one);
      const { headRate } = truth.options;
      const settings = { seed: 0, classes: one.classes, headRate, watched: sentences };
      const learner = await wholeLearner(ready, 'pretrained', settings, 0.02);
      learner.head.weight.set(one.head);
      const options = { ...TRAINING_DEFAULTS, ...truth.options };
      const request = { arm: 'pretrained' as const, seed: 0, options, train: sentences, test: sentences };
      const run = await trainLearner(learner, request, () => undefined);
      assert.equal(run.stepLosses.length, 10);
      run.stepLosses.forEach((loss, i) => {
        const expected = one.losses[i] as number;
        assert.ok(Math.abs(loss - expected) < 1e-5, `step ${i + 1}: ${loss}, in PyTorch ${expected}`);
      });
      assert.ok((run.similarity?.hidden ?? []).every((value) => value > 0.3 && value < 1));
      await close();
    });
  }

  test('a frozen encoder gives its classifier the gradients that the graph gives it', async () => {
    const [one] = truth.cases as [Case];
    const { ready, close } = await prepared(one.folder, one.pooling);
    const sentences = sentencesOf(one);
    const settings = { seed: 3, classes: one.classes, headRate: 1, watched: sentences };
    const whole = await (await wholeLearner(ready, 'pretrained', settings, 0.02)).step(sentences);
    const frozen = await (await frozenLearner(ready, settings)).step(sentences);
    assert.ok(Math.abs(whole.loss - frozen.loss) < 1e-5);
    const [weight, bias] = whole.gradients.slice(-2);
    for (const [mine, theirs] of [
      [frozen.gradients[0], weight],
      [frozen.gradients[1], bias],
    ]) {
      assert.equal(mine?.length, theirs?.length);
      mine?.forEach((value, i) => assert.ok(Math.abs(value - (theirs?.[i] ?? NaN)) < 1e-5));
    }
    await close();
  });

  test('a loss that is no number stops the run and says why; what was reported stays', async () => {
    const [one] = truth.cases as [Case];
    const { ready, close } = await prepared(one.folder, one.pooling);
    const sentences = sentencesOf(one);
    const settings = { seed: 1, classes: one.classes, headRate: 1, watched: sentences };
    const learner = await wholeLearner(ready, 'pretrained', settings, 0.02);
    const request = {
      arm: 'pretrained' as const,
      seed: 1,
      options: TRAINING_DEFAULTS,
      train: sentences,
      test: sentences,
    };
    const reported: TrainRunProgress[] = [];
    const training = trainLearner(learner, request, (progress) => {
      reported.push(progress);
      if ('step' in progress && progress.step === 3) learner.head.bias[0] = Infinity;
    });
    await assert.rejects(training, /no longer a number after step \d+.*Lower the learning rate/);
    assert.equal(reported.filter((progress) => 'step' in progress).length, 3);
    assert.equal(reported.filter((progress) => 'figures' in progress).length, 3, 'epochs 0 to 2');
    await close();
  });

  test('random weights have the deviation of config.json, zeros and ones', async () => {
    const [one] = truth.cases as [Case];
    const { ready, close } = await prepared(one.folder, one.pooling);
    const settings = { seed: 1, classes: 2, headRate: 1, watched: sentencesOf(one) };
    const { weights } = await wholeLearner(ready, 'scratch', settings, 0.02);
    const again = await wholeLearner(ready, 'scratch', settings, 0.02);
    const other = await wholeLearner(ready, 'scratch', { ...settings, seed: 2 }, 0.02);
    assert.deepEqual(weights, again.weights, 'a seed is a seed');
    for (const [i, { start, dims }] of ready.facts.parameters.entries()) {
      const values = weights[i] as Float32Array;
      if (start !== 'normal') {
        assert.ok(dims.length === 1 && values.every((value) => value === (start === 'ones' ? 1 : 0)));
        continue;
      }
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
      const tolerance = 0.02 * (4 / Math.sqrt(2 * values.length));
      assert.ok(Math.abs(deviation - 0.02) < tolerance, `${dims.join('x')}: ${deviation}`);
      assert.notDeepEqual(values, other.weights[i]);
    }
    assert.equal(
      ready.facts.parameters.filter(({ start }) => start === 'ones').length,
      5,
      'norms of 2 layers',
    );
    await close();
  });
});

const BERT = join(FIXTURES, 'bert-eager');

function requestFor(changes: Partial<TrainingRequest['options']> = {}): TrainingRequest {
  const options = { ...TRAINING_DEFAULTS, epochs: 2, seeds: 2, batchSize: 4, ...changes };
  return { model: BERT, data: { name: 'small', ...SMALL_SET, notices: [] }, options };
}

describe('the comparison', () => {
  let engine: Engine;
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'probe-training-'));
    engine = new Engine({
      bundledDir: FIXTURES,
      memoryBudgetBytes: BUDGET,
      threads: 1,
      log: () => undefined,
    });
  });
  after(async () => {
    await engine.close();
    await rm(folder, { recursive: true });
  });

  test('trains every arm with every seed, the same twice, and reports all the way', async () => {
    const snapshots: TrainingResult[] = [];
    const request = requestFor({ arms: ['pretrained', 'scratch', 'frozen'] });
    const result = await compareTraining(engine, request, { onSnapshot: (one) => snapshots.push(one) });
    assert.equal(result.state, 'finished');
    assert.equal(result.error, null);
    assert.deepEqual([result.progress.step, result.progress.steps], [24, 24]);
    for (const { arm, runs, epochs, trainable, parameters } of result.arms) {
      assert.deepEqual(
        runs.map(({ seed, finished }) => [seed, finished]),
        [
          [0, true],
          [1, true],
        ],
      );
      assert.deepEqual(
        epochs.map(({ epoch, testLoss }) => [epoch, testLoss.count]),
        [
          [0, 2],
          [1, 2],
          [2, 2],
        ],
      );
      assert.equal(trainable < parameters, arm === 'frozen');
    }
    const [pretrained, scratch, frozen] = result.arms;
    const start = (arm: typeof pretrained) => arm?.runs[0]?.epochs[0]?.trainLoss;
    assert.equal(start(pretrained), start(frozen), 'the same classifier on the same encoder');
    assert.notEqual(start(pretrained), start(scratch));
    assert.deepEqual(
      frozen?.hiddenSimilarity.map(({ mean }) => mean),
      [1, 1, 1],
    );
    assert.equal(result.verdict.kind, 'too-small');
    assert.equal(result.sentences.length, 4);
    const again = await compareTraining(engine, request);
    assert.deepEqual(
      again.arms.map(({ runs }) => runs.map((run) => run.stepLosses)),
      result.arms.map(({ runs }) => runs.map((run) => run.stepLosses)),
    );
    const grew = snapshots.map(({ progress }) => progress.step);
    assert.ok(grew.every((step, i) => i === 0 || step >= (grew[i - 1] as number)));
    assert.ok(new Set(grew).size > 6, 'it moves');
  });

  test('the saved model is a model: it opens, and classifies as the trained one did', async () => {
    const saveTo = join(folder, 'saved');
    const request = { ...requestFor({ seeds: 1, epochs: 6, arms: ['pretrained'] }), saveTo };
    const result = await compareTraining(engine, request);
    assert.equal(result.error, null);
    assert.deepEqual(result.saved, { directory: saveTo, arm: 'pretrained', seed: 0 });
    const after = result.arms[0]?.runs[0]?.after;
    const predicted: number[] = [];
    for (const { text } of SMALL_SET.test) {
      const { tokens, typeIds } = await engine.request('encode', {
        model: saveTo,
        segments: [{ text, offset: 0 }],
      });
      const { runId } = await engine.request('run', {
        model: saveTo,
        ids: tokens.map(({ id }) => id),
        typeIds,
      });
      const { data } = await engine.request('tensor', { runId, name: 'logits' });
      predicted.push((data[0] as number) > (data[1] as number) ? 0 : 1);
    }
    assert.deepEqual(predicted, after);
    const config = JSON.parse(readFileSync(join(saveTo, 'config.json'), 'utf8')) as Record<string, unknown>;
    assert.deepEqual(config['id2label'], { 0: 'negative', 1: 'positive' });
    assert.deepEqual(config['architectures'], ['BertForSequenceClassification']);
    await writeFile(join(saveTo, 'notes.txt'), 'mine');
    const refused = await compareTraining(engine, request);
    assert.equal(refused.error?.code, 'usage', 'a folder with other files is left alone');
  });

  test('a model that is too large, has no mask or no float weights says so', async () => {
    const small = new Engine({
      bundledDir: FIXTURES,
      memoryBudgetBytes: 2 ** 18,
      threads: 1,
      log: () => undefined,
    });
    const result = await compareTraining(small, requestFor());
    assert.match(result.error?.message ?? '', /takes about \d+ MB, more than the memory budget of 1 MB/);
    await small.close();
    const half = join(FIXTURES, '..', 'exporters', 'bert-fp16');
    await assert.rejects(prepared(half, 'mean'), /half-precision numbers; take its export in float32/);
  });

  test('options out of their limits are refused', async () => {
    await assert.rejects(
      compareTraining(engine, requestFor({ epochs: 0 })),
      /epochs must be a whole number from 1/,
    );
    await assert.rejects(compareTraining(engine, requestFor({ learningRate: NaN })), /learning rate/);
    await assert.rejects(compareTraining(engine, requestFor({ arms: [] })), /at least one/);
  });
});

describe('the comparison in a process of its own', () => {
  let client: InferenceClient;
  before(() => {
    const entry = join(__dirname, '..', '..', 'dist', 'inference.js');
    const limits = { memoryBudgetBytes: BUDGET, threads: 1, idleShutdownMs: 60_000 };
    client = new InferenceClient({ entry, bundledDir: FIXTURES, ...limits, log: () => undefined });
  });
  after(() => client.dispose());

  /** Trains until the second epoch of the second arm, then does something to it. */
  async function interrupted(act: (stop: AbortController) => void): Promise<TrainingResult> {
    const stop = new AbortController();
    let done = false;
    const onSnapshot = ({ arms }: TrainingResult) => {
      if (done || (arms[1]?.epochs.length ?? 0) < 3) return;
      done = true;
      act(stop);
    };
    const inference: Inference = client;
    return compareTraining(inference, requestFor({ epochs: 100 }), { signal: stop.signal, onSnapshot });
  }

  test('cancelling keeps the finished arm and the epochs of the other', async () => {
    const result = await interrupted((stop) => stop.abort());
    assert.equal(result.state, 'cancelled');
    assert.equal(result.error, null);
    assert.equal(result.arms[0]?.runs[0]?.finished, true);
    assert.ok((result.arms[1]?.epochs.length ?? 0) >= 3);
    assert.equal(result.arms[1]?.runs[0]?.finished, false);
  });

  test('so does a process that is killed, with a message', async () => {
    const result = await interrupted(() => process.kill(client.pid as number, 'SIGKILL'));
    assert.equal(result.state, 'failed');
    assert.match(result.error?.message ?? '', /process stopped unexpectedly/);
    assert.equal(result.arms[0]?.runs[0]?.finished, true);
    assert.ok((result.arms[1]?.epochs.length ?? 0) >= 3);
    const again = await compareTraining(client, requestFor());
    assert.equal(again.state, 'finished', 'and the next training has a new process');
  });
});
