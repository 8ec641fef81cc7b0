import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AdamW, clipScale, globalNorm, scheduledRate } from '../../src/inference/training/adamw';
import { fitLogistic } from '../../src/inference/training/baseline';
import { epochBatches, randomOf } from '../../src/inference/training/batches';
import { classify, headGradients, logitsOf } from '../../src/inference/training/head';
import { linearCka, meanDifference } from '../../src/inference/training/similarity';
import { accuracyGap, spreadOf } from '../../src/probes/training/statistics';
import { sentenceOutcomes, summarizeArm } from '../../src/probes/training/summary';
import { verdictOf } from '../../src/probes/training/verdict';
import { SeededRandom } from '../../src/shared/random';
import type { TrainingArm, TrainingRun } from '../../src/shared/training';

const close = (actual: number, expected: number, tolerance = 1e-6) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, expected ${expected}`);

describe('seeded random numbers', () => {
  test('repeat, differ by seed and stream, and are uniform and normal', () => {
    const draw = (seed: number, stream = 0) => {
      const random = new SeededRandom(seed, stream);
      return Array.from({ length: 5 }, () => random.next());
    };
    assert.deepEqual(draw(1), draw(1));
    assert.notDeepEqual(draw(1), draw(2));
    assert.notDeepEqual(draw(1), draw(1, 1));
    const random = new SeededRandom(5);
    const normal = Array.from({ length: 20_000 }, () => random.normal());
    const { mean, deviation } = spreadOf(normal);
    close(mean, 0, 0.03);
    close(deviation, 1, 0.03);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 8000; i++) (counts[random.below(4)] as number)++;
    assert.ok(
      counts.every((count) => Math.abs(count - 2000) < 200),
      String(counts),
    );
  });

  test('an epoch has every sentence once, in an order that a seed decides', () => {
    const list = Array.from({ length: 10 }, (_, i) => i);
    const epoch = (seed: number) => epochBatches(list, 4, randomOf(seed, 'order'));
    assert.deepEqual(
      epoch(0).map((batch) => batch.length),
      [4, 4, 2],
    );
    assert.deepEqual(
      epoch(0)
        .flat()
        .sort((a, b) => a - b),
      list,
    );
    assert.deepEqual(epoch(0), epoch(0));
    assert.notDeepEqual(epoch(0), epoch(1));
  });
});

describe('the optimizer', () => {
  test('one step of AdamW is what its formula says', () => {
    const values = Float32Array.of(1, -2, 0.5);
    const learned = [{ values, rate: 2, decays: true }];
    new AdamW(learned, 0.1).step([Float32Array.of(0.4, -0.2, 0)], 0.01, 0.5);
    // First step: m / (1 - b1) = g, sqrt(v / (1 - b2)) = |g|: the step is the rate, whatever the gradient's size.
    const kept = 1 - 0.01 * 2 * 0.1;
    [kept - 0.02, -2 * kept + 0.02, 0.5 * kept].forEach((expected, i) =>
      close(values[i] as number, expected),
    );
  });

  test('norm, clipping and schedule', () => {
    close(globalNorm([Float32Array.of(3), Float32Array.of(0, 4)]), 5);
    assert.equal(clipScale(0.5, 1), 1);
    close(clipScale(5, 1), 0.2);
    const rates = Array.from({ length: 10 }, (_, i) => scheduledRate(1, i + 1, 10, 0.2));
    [0.5, 1, 1, 7 / 8, 6 / 8, 5 / 8, 4 / 8, 3 / 8, 2 / 8, 1 / 8].forEach((rate, i) =>
      close(rates[i] as number, rate),
    );
    assert.equal(scheduledRate(1, 1, 1, 0.5), 1, 'a single step has the whole rate');
  });
});

describe('the classifier', () => {
  const features = Float32Array.of(1, 2, -1, 0.5, 0.3, -2);
  const labels = [0, 2, 1];
  const head = () => ({
    weight: Float32Array.of(0.1, -0.2, 0.3, 0.4, 0.5, -0.6),
    bias: Float32Array.of(0.1, 0, -0.1),
  });

  test('its gradients are the slopes of its loss', () => {
    const lossOf = (one: ReturnType<typeof head>) => classify(logitsOf(one, features), labels).loss;
    const { gradient } = classify(logitsOf(head(), features), labels);
    const { weight, bias } = headGradients(features, gradient, 3);
    for (const [key, slopes] of [
      ['weight', weight],
      ['bias', bias],
    ] as const) {
      slopes.forEach((slope, i) => {
        const [up, down] = [head(), head()];
        (up[key][i] as number) += 1e-3;
        (down[key][i] as number) -= 1e-3;
        close(slope, (lossOf(up) - lossOf(down)) / 2e-3, 1e-4);
      });
    }
  });

  test('logistic regression ends where the penalized loss has no slope', () => {
    const random = new SeededRandom(3);
    const rows = Float32Array.from({ length: 40 * 6 }, () => random.normal());
    const classes = Array.from({ length: 40 }, (_, i) =>
      Number((rows[i * 6] as number) + random.normal() > 0),
    );
    const found = fitLogistic(rows, classes, 2);
    const { gradient } = classify(logitsOf(found, rows), classes);
    const { weight, bias } = headGradients(rows, gradient, 2);
    weight.forEach((slope, i) => close(40 * slope + (found.weight[i] as number), 0, 1e-3));
    bias.forEach((slope) => close(40 * slope, 0, 1e-3));
  });
});

describe('similarity', () => {
  const random = new SeededRandom(11);
  const rows = { rows: 12, width: 4, values: Float32Array.from({ length: 48 }, () => random.normal()) };
  const changed = (change: (row: Float32Array) => number[]) => {
    const values = Array.from({ length: 12 }, (_, i) =>
      change(rows.values.subarray(i * 4, i * 4 + 4)),
    ).flat();
    return { ...rows, values: Float32Array.from(values) };
  };

  test('CKA is 1 under rotation, scaling and shifting, less under anything else', () => {
    const turned = changed(([a = 0, b = 0, c = 0, d = 0]) => [3 * b + 1, -3 * a, 3 * d, 3 * c - 2]);
    close(linearCka(rows, turned), 1);
    const other = { ...rows, values: Float32Array.from({ length: 48 }, () => random.normal()) };
    const value = linearCka(rows, other);
    assert.ok(value > 0 && value < 0.8, String(value));
    assert.equal(
      linearCka(
        rows,
        changed(() => [1, 1, 1, 1]),
      ),
      0,
    );
  });

  test('CKA of two small matrices, by hand', () => {
    // Centred: x = (-1, 0, 1), y = (-1, 1, 0); CKA of single columns is their squared correlation: 0.5^2.
    const column = (...values: number[]) => ({ rows: 3, width: 1, values: Float32Array.from(values) });
    close(linearCka(column(0, 1, 2), column(-1, 1, 0)), 0.25);
    close(meanDifference(Float32Array.of(0.5, 0.5), Float32Array.of(1, 0)), 0.5);
  });
});

function run(
  arm: TrainingArm,
  seed: number,
  before: number[],
  after: number[],
  finished = true,
): TrainingRun {
  const figures = { trainLoss: 1, trainAccuracy: 0, testLoss: 1, testAccuracy: 0.5 + seed / 10 };
  const epochs = [{ epoch: 0, ...figures }];
  return { arm, seed, epochs, stepLosses: [], before, after, similarity: null, runMs: 0, finished };
}

describe('figures over seeds', () => {
  test('means, spreads and flips', () => {
    const arm = summarizeArm(
      'scratch',
      [run('scratch', 0, [0, 0, 1], [0, 1, 0]), run('scratch', 1, [0, 0, 1], [0, 1, 1])],
      {
        trainable: 1,
        parameters: 1,
      },
    );
    close(arm.epochs[0]?.testAccuracy.mean ?? NaN, 0.55);
    close(arm.epochs[0]?.testAccuracy.deviation ?? NaN, Math.SQRT1_2 / 10);
    const sentences = [0, 1, 1].map((label) => ({ text: '', label }));
    const outcomes = sentenceOutcomes([arm], sentences);
    assert.deepEqual(
      outcomes.map(({ flipped }) => flipped),
      [[], ['scratch'], []],
      'half of the seeds is not most',
    );
    assert.deepEqual(outcomes[2]?.arms, [{ arm: 'scratch', before: 2, after: 1, of: 2 }]);
  });

  test('the interval covers the true gap as often as it says, about', () => {
    const random = new SeededRandom(8);
    const [sentences, seeds, trials] = [60, 5, 60];
    let covered = 0;
    for (let trial = 0; trial < trials; trial++) {
      const labels = Array.from({ length: sentences }, () => 1);
      const hard = labels.map(() => random.next());
      const answers = (arm: TrainingArm, skill: number) =>
        Array.from({ length: seeds }, (_, seed) =>
          run(
            arm,
            seed,
            [],
            hard.map((h) => Number(0.6 * h + 0.4 * random.next() < skill)),
          ),
        );
      // P(0.6 h + 0.4 u < 0.5) = 0.5 and P(... < 0.4) = 1/3, h and u uniform.
      const gap = accuracyGap(answers('pretrained', 0.5), answers('scratch', 0.4), labels);
      if (gap && gap.low <= 1 / 6 && gap.high >= 1 / 6) covered++;
    }
    assert.ok(covered >= 0.85 * trials, `${covered} of ${trials}`);
  });

  test('pairs are of finished seeds that both arms have', () => {
    const labels = [1, 1];
    const first = [run('pretrained', 0, [], [1, 1]), run('pretrained', 1, [], [1, 0], false)];
    const second = [run('scratch', 0, [], [1, 0]), run('scratch', 1, [], [0, 0])];
    const gap = accuracyGap(first, second, labels);
    assert.deepEqual(
      [gap?.gap, gap?.seeds, gap?.sentences, gap?.arms],
      [0.5, 1, 2, ['pretrained', 'scratch']],
    );
    assert.equal(accuracyGap([], second, labels), null);
    assert.equal(accuracyGap(first.slice(1), second, labels), null);
  });
});

describe('the verdict', () => {
  const arms: TrainingArm[] = ['pretrained', 'scratch'];
  const gapOf = (gap: number, low: number, high: number) => ({
    ...{
      arms: ['pretrained', 'scratch'] as [TrainingArm, TrainingArm],
      gap,
      low,
      high,
      seeds: 5,
      sentences: 120,
    },
  });
  const kindOf = (low: number, high: number) =>
    verdictOf({ testSentences: 120, arms, gap: gapOf((low + high) / 2, low, high), finished: true });

  test('says what the interval allows, and no more', () => {
    assert.equal(kindOf(0.01, 0.2).kind, 'first-better');
    assert.match(
      kindOf(0.01, 0.2).text,
      /pretrained model beats training from scratch by 10\.5 points.*\+1\.0 to \+20\.0.*120 test sentences, 5 seeds/,
    );
    assert.equal(kindOf(-0.2, -0.01).kind, 'second-better');
    assert.match(kindOf(-0.2, -0.01).text, /^Training from scratch beats/);
    assert.equal(kindOf(-0.1, 0.1).kind, 'inconclusive');
    assert.equal(kindOf(-0.03, 0.04).kind, 'no-difference');
  });

  test('a small test set allows nothing, whatever the figures are', () => {
    const verdict = verdictOf({ testSentences: 4, arms, gap: gapOf(1, 1, 1), finished: true });
    assert.equal(verdict.kind, 'too-small');
    assert.match(verdict.text, /too small to conclude anything.*4 sentences.*25 points/);
    assert.equal(
      verdictOf({ testSentences: 120, arms, gap: gapOf(1, 1, 1), finished: false }).kind,
      'unfinished',
    );
    assert.equal(
      verdictOf({ testSentences: 120, arms: ['frozen'], gap: null, finished: true }).kind,
      'nothing-to-compare',
    );
  });
});
