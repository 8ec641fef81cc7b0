import assert from 'node:assert/strict';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { runCli } from '../../src/cli/run';
import type { AttributionResult } from '../../src/shared/attribution';
import { FIXTURES } from './support/reference';

const MODELS = join(__dirname, '..', '..', 'models');

async function run(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const texts = [stdout, stderr].map(async (stream) => {
    let text = '';
    for await (const piece of stream.setEncoding('utf8')) text += piece;
    return text;
  });
  const status = await runCli(['attribute', ...argv], MODELS, { stdin, stdout, stderr, env: {} });
  stdout.end();
  stderr.end();
  const [out = '', err = ''] = await Promise.all(texts);
  return { status, out, err };
}

async function result(...argv: string[]): Promise<AttributionResult> {
  const { status, out, err } = await run(...argv, '--json', '-');
  assert.equal(err, '');
  assert.equal(status, 0);
  return JSON.parse(out) as AttributionResult;
}

describe('transformer-probe attribute', () => {
  it('masks a position and explains a chosen token', async () => {
    const found = await result(
      '-m',
      'pocket-bert',
      '--text',
      'She was born in Paris.',
      '--position',
      '5',
      '--target',
      'London',
    );
    assert.equal(found.tokens[5]?.piece, '[MASK]');
    assert.equal(found.prediction.chosen.label, 'London');
    assert.equal(found.prediction.output, 'log-probability');
    assert.ok((found.completeness?.relativeError ?? 1) <= 0.01);
    assert.deepEqual(found.keptTokens, [0, 5, found.tokens.length - 1]);
  });

  it('explains the next token after a position; what comes later is not fed', async () => {
    const found = await result('-m', 'pocket-gpt2', '--text', 'The cat sat on the mat', '--position', '3');
    assert.equal(found.prediction.kind, 'next-token');
    assert.equal(found.tokens.length, 4);
    assert.equal(found.scores.length, 7);
  });

  it("explains an encoder-decoder's token by both texts", async () => {
    const found = await result(
      '-m',
      'pocket-t5',
      '--text',
      'The house is small.',
      '--position',
      '1',
      '--steps',
      '16',
    );
    assert.equal(found.prediction.kind, 'decoder-token');
    assert.equal(found.completeness?.steps, 16);
    const integrated = found.scores.find(({ method }) => method === 'integrated-gradients');
    assert.equal(integrated?.target?.length, 2);
    assert.equal(integrated?.target?.[0], null);
  });

  it("explains a class by a classifier's ids, as text", async () => {
    const model = join(FIXTURES, 'bert-classifier');
    const { status, out } = await run('-m', model, '--ids', '5,9,40,77,12', '--target-id', '1');
    assert.equal(status, 0);
    assert.match(out, /class "LABEL_1"; probability \d/);
    assert.match(out, /Integrated gradients sum to -?\d/);
    assert.match(out, /integrated ~ occlusion +-?\d\.\d\d +-?\d\.\d\d/);
  });

  it('says which methods a fused model does not allow, and shows the rest', async () => {
    const model = join(FIXTURES, '..', 'exporters', 'bert-fused');
    const found = await result('-m', model, '--ids', '5,9,40,77,12', '--position', '2');
    assert.deepEqual(
      found.scores.map(({ method }) => method),
      ['occlusion', 'attention-mean', 'attention-last', 'attention-rollout'],
    );
    assert.equal(found.unavailable.length, 3);
    assert.match(
      found.unavailable[0]?.reason ?? '',
      /embeddings was not found|EmbedLayerNormalization|Attention/,
    );
  });

  for (const [argv, status, message] of [
    [['--text', 'x'], 2, /--model/],
    [['-m', 'pocket-bert'], 2, /--text TEXT/],
    [['-m', 'pocket-bert', '--txt', 'x'], 2, /no option "--txt"\. Did you mean "--text"/],
    [['-m', 'pocket-bert', '--text', 'x', '--position', '-1'], 2, /position/],
    [['-m', 'pocket-bert', '--text', 'x', '--output', 'loss'], 2, /logit or log-probability/],
    [['-m', 'pocket-bert', '--text', 'x', '--steps', '0'], 2, /1 to 1024/],
    [['-m', 'pocket-bert', '--text', 'x', '--target', 'a', '--target-id', '1'], 2, /do not go together/],
    [['-m', 'pocket-bert', '--text', 'x'], 2, /put the mask token into the text/],
    [['-m', 'pocket-bert', '--text', 'x [MASK]', '--position', '99'], 2, /positions are 0 to/],
    [['-m', 'pocket-bert', '--text', 'x [MASK]', '--target', 'one two'], 2, /not one token/],
    [['-m', 'pocket-bert', '--text', ' '], 4, /no text/],
  ] as const) {
    it(`refuses ${argv.join(' ')}`, async () => {
      const found = await run(...argv);
      assert.equal(found.out, '');
      assert.match(found.err, message);
      assert.equal(found.status, status);
    });
  }
});
