import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { ArmResult, TrainingArm, TrainingResult } from '../../src/shared/training';
import { FIXTURES } from './support/reference';

const CLI = join(__dirname, '..', '..', 'dist', 'cli.js');
const BERT = join(FIXTURES, 'bert-eager');

type Json = Omit<TrainingResult, 'arms'> & { arms: Record<TrainingArm, ArmResult> };

function train(...parameters: string[]): Promise<{ status: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, 'train', ...parameters]);
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, out, err }));
  });
}

describe('transformer-probe train', () => {
  let folder = '';
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'probe-train-'))));
  after(() => rm(folder, { recursive: true }));

  test("the JSON has every arm's losses and accuracies by seed and epoch", async () => {
    const data = join(folder, 'fruit.csv');
    const lines = Array.from(
      { length: 24 },
      (_, i) => `${i % 2 ? 'sweet' : 'sour'} fruit ${i},${i % 2 ? 'yes' : 'no'}`,
    );
    await writeFile(data, `text,label\n${lines.join('\n')}\n`);
    const json = join(folder, 'result.json');
    const { status, err } = await train(
      '-m',
      BERT,
      '--data',
      data,
      '--epochs',
      '2',
      '--seeds',
      '2',
      '--json',
      json,
    );
    assert.equal(status, 0, err);
    const result = JSON.parse(await readFile(json, 'utf8')) as Json;
    assert.deepEqual(Object.keys(result.arms), ['pretrained', 'scratch', 'frozen']);
    for (const { runs } of Object.values(result.arms)) {
      assert.deepEqual(
        runs.map(({ seed }) => seed),
        [0, 1],
      );
      for (const { epochs, finished } of runs) {
        assert.ok(finished);
        assert.deepEqual(
          epochs.map(({ epoch }) => epoch),
          [0, 1, 2],
        );
        assert.ok(epochs.every((one) => one.trainLoss > 0 && one.testAccuracy >= 0 && one.testAccuracy <= 1));
      }
    }
    assert.deepEqual(result.data.labels, ['no', 'yes']);
    assert.equal(result.gaps.length, 3);
    assert.equal(result.verdict.kind, 'too-small');
    assert.match(err, /pretrained, seed 1, epoch 2 of 2: loss \d\.\d{4}, test accuracy/);
  });

  test('the summary says that 4 test sentences are too few', async () => {
    const { status, out } = await train(
      '-m',
      BERT,
      '--epochs',
      '1',
      '--seeds',
      '1',
      '--arms',
      'pretrained,frozen',
    );
    assert.equal(status, 0);
    assert.match(out, /^pretrained +1 +\d\.\d{4} ± 0\.0000 /m);
    assert.match(out, /pretrained - frozen: .* 95 % interval/);
    assert.match(out, /too small to conclude anything/);
    assert.doesNotMatch(out, /scratch/);
  });

  test('mistakes are told from each other', async () => {
    const wrong = async (...parameters: string[]) => {
      const { status, err, out } = await train(...parameters);
      assert.equal(out, '');
      return `${status} ${err.split('\n').filter(Boolean).at(-1)}`;
    };
    assert.match(await wrong(), /^2 .*--model/);
    assert.match(
      await wrong('-m', BERT, '--epoch', '3'),
      /^2 .*no option "--epoch"\. Did you mean "--epochs"/,
    );
    assert.match(await wrong('-m', BERT, '--epochs', 'many'), /^2 .*--epochs takes a number/);
    assert.match(await wrong('-m', BERT, '--epochs', '0'), /^2 .*whole number from 1 to 200/);
    assert.match(await wrong('-m', BERT, '--arms', 'pretraind'), /^2 .*Did you mean "pretrained"/);
    assert.match(
      await wrong('-m', BERT, '--data', join(folder, 'none.csv')),
      /^4 .*none\.csv cannot be read/,
    );
  });
});
