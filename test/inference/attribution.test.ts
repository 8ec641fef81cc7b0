import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Engine } from '../../src/inference/engine';
import { attribute } from '../../src/probes/attribution';
import { gaussLegendre } from '../../src/probes/quadrature';
import type { TokenScores } from '../../src/shared/attributionRequests';
import { relative } from './support/gradients';
import { readGradients } from './support/pytorchGradients';
import { FIXTURES } from './support/reference';

const MODELS = join(__dirname, '..', '..', 'models');
const engine = new Engine({ bundledDir: MODELS, memoryBudgetBytes: 512 * 2 ** 20, log: () => undefined });
after(() => engine.close());

/** Of a method's largest score. Attention is compared as everywhere else. */
const LIMIT = 1e-4;

/** Folder and the file in gradients/ with PyTorch's answers for its weights. */
const FOLDERS: [folder: string, weights: string][] = [
  ['models/bert-sdpa', 'bert-eager'],
  ['models/bert-classifier', 'bert-classifier'],
  ['models/distilbert-eager', 'distilbert-eager'],
  ['models/roberta-sdpa', 'roberta-eager'],
  ['models/gpt2-past', 'gpt2-eager'],
  ['exporters/llama-dynamo', 'llama-eager'],
  ['models/t5-merged', 't5-eager'],
];

describe('Attributions against Captum and PyTorch', () => {
  for (const [folder, weights] of FOLDERS) {
    it(folder, async () => {
      const truth = readGradients(join(FIXTURES, '..', 'gradients', `${weights}.json`));
      const { attribution, position, token, output } = truth;
      const model = join(FIXTURES, '..', folder);
      const fed = { model, ids: truth.input_ids, targetIds: truth.decoder_input_ids };
      const explained = { position, token, output };
      const same = (scores: TokenScores, expected: number[][], what: string) => {
        const found = [...scores.input, ...(scores.target ?? [])];
        const worst = relative(found, expected.flat());
        assert.ok(worst <= LIMIT, `${what} differs by ${worst}`);
      };

      const { chosen } = await engine.request('predict', { ...fed, position, count: 3 });
      assert.equal(chosen.id, token);
      const value = output === 'logit' ? chosen.logit : Math.log(chosen.probability);
      assert.ok(Math.abs(value - truth.value) < 1e-5 * Math.abs(truth.value), 'F');

      const zeros = { ids: fed.ids.map(() => null), targetIds: fed.targetIds?.map(() => null) };
      const end = { ...fed, explained, baseline: zeros, points: [{ at: 1, weight: 1 }] };
      same(await engine.request('pathGradients', end), attribution['gradient-input'], 'gradient x input');

      const [ids = [], targetIds] = attribution.baseline;
      const { at, weight } = gaussLegendre(attribution.steps);
      const points = at.map((place, i) => ({ at: place, weight: weight[i] as number }));
      const path = { ...fed, explained, baseline: { ids, targetIds }, points };
      same(
        await engine.request('pathGradients', path),
        attribution['integrated-gradients'],
        'integrated gradients',
      );

      const texts = replaced(fed, attribution.baseline);
      const { values } = await engine.request('outputsOf', { model, texts, explained });
      const occlusion = values.map((without) => truth.value - without);
      same({ input: occlusion }, attribution.occlusion, 'occlusion');

      const weighed = await engine.request('attentionGradients', { ...fed, explained });
      same(weighed, attribution['attention-gradient'], 'attention x gradient');

      const rows = await engine.request('attentionRows', { ...fed, position });
      same(rows.mean, attribution['attention-mean'], 'mean attention');
      same(rows.last, attribution['attention-last'], 'last attention');
      same(rows.rollout, attribution['attention-rollout'], 'rollout');
    });
  }
});

/** The text with one token of the baseline in its place, for every token; the decoder's tokens after the input's. */
function replaced(
  { ids, targetIds }: { ids: number[]; targetIds?: number[] },
  [base = [], targetBase = []]: number[][],
): { ids: number[]; targetIds?: number[] }[] {
  return [
    ...ids.map((_, i) => ({ ids: ids.with(i, base[i] as number), targetIds })),
    ...(targetIds ?? []).map((_, i) => ({ ids, targetIds: targetIds?.with(i, targetBase[i] as number) })),
  ];
}

describe('The attribution probe', () => {
  it('explains a masked token of pocket-bert, completely and by every method', async () => {
    const segments = [{ text: 'The capital of France is [MASK].', offset: 0 }];
    const result = await attribute(engine, { model: 'pocket-bert', segments });
    const { prediction, completeness, tokens, keptTokens } = result;
    assert.equal(prediction.kind, 'masked-token');
    assert.equal(tokens[prediction.position ?? -1]?.piece, '[MASK]');
    assert.deepEqual(result.unavailable, []);
    assert.equal(result.scores.length, 7);
    assert.ok(
      (completeness?.relativeError ?? 1) <= 0.01,
      `completeness error ${completeness?.relativeError}`,
    );
    assert.equal(result.correlations.length, 21);
    assert.ok(result.correlations.every(({ n }) => n === tokens.length - keptTokens.length));
    assert.deepEqual(result.replacement.kind, 'mask');
    for (const { method, input } of result.scores) {
      assert.equal(input.length, tokens.length, method);
      assert.ok(
        input.some((score) => score !== null && score !== 0),
        method,
      );
    }
  });
});
