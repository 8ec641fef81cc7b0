import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findInCatalogue } from '../../../src/anatomy/catalogue';
import { fitPowerLaw } from '../../../src/probes/scaling/fit';
import { scaling, type ScalingResult } from '../../../src/probes/scaling';
import { SERIES } from '../../../src/probes/scaling/series';
import type { Inference } from '../../../src/shared/inference';

const noModel: Inference = { request: () => Promise.reject(new Error('This probe needs no model.')) };
const machine = { places: { bundledDir: '', cacheDir: '' }, memoryBytes: 0 };

async function run(settings: { series: string; model: string }): Promise<ScalingResult> {
  return (await scaling.run(noModel, { segments: [], settings }, { machine })) as ScalingResult;
}

describe('the scaling probe', () => {
  it('knows every model of its series', () => {
    for (const { models } of SERIES) for (const name of models) assert.ok(findInCatalogue(name), name);
  });

  it('counts the published checkpoints exactly', async () => {
    const { models } = await run({ series: 'all', model: '' });
    const counted = new Map(models.map(({ name, parameters }) => [name, parameters]));
    // Sums of the tensors of the Hub's checkpoints, tied weights once.
    const known = {
      gpt2: 124_439_808,
      'gpt2-xl': 1_557_611_200,
      'bert-base-uncased': 109_482_240,
      't5-small': 60_506_624,
    };
    for (const [name, parameters] of Object.entries(known)) assert.equal(counted.get(name), parameters, name);
  });

  it('counts GPT-2 outside of its tables as 12 layers of 12 d² + 13 d and the last norm', async () => {
    const { models } = await run({ series: 'GPT-2', model: '' });
    for (const { width: d, layers, bodyParameters } of models) {
      assert.equal(bodyParameters, layers * (12 * d * d + 13 * d) + 2 * d);
    }
  });

  it('marks another model', async () => {
    assert.equal((await run({ series: 'BERT', model: 'roberta-base' })).marked?.width, 768);
    await assert.rejects(run({ series: 'BERT', model: 'no-such-model' }), /no such model/);
  });
});

describe('a power law', () => {
  it('is found exactly, without error', () => {
    const points = [1, 2, 5, 9].map((x) => ({ x, y: 3 * x ** 1.7 }));
    const fit = fitPowerLaw(points);
    assert.ok(fit);
    assert.ok(Math.abs(fit.exponent - 1.7) < 1e-12 && Math.abs(Math.exp(fit.intercept) - 3) < 1e-12);
    assert.ok(fit.error < 1e-7 && Math.abs(fit.r2 - 1) < 1e-12);
  });

  it('has NumPy’s slope, correlation and standard error on logarithms', () => {
    const points = [
      { x: 128, y: 4.4e6 },
      { x: 768, y: 6.6e7 },
      { x: 768, y: 1.1e8 },
      { x: 1024, y: 3.4e8 },
    ];
    const fit = fitPowerLaw(points);
    assert.ok(fit);
    assert.ok(Math.abs(fit.exponent - 1.8748987691974472) < 1e-9);
    assert.ok(Math.abs(fit.error - 0.33596571332769987) < 1e-9);
    assert.ok(Math.abs(fit.r2 - 0.9693586140677043 ** 2) < 1e-9);
  });

  it('is not claimed for two points, nor for one width', () => {
    assert.equal(
      fitPowerLaw([
        { x: 1, y: 1 },
        { x: 2, y: 2 },
      ]),
      null,
    );
    assert.equal(fitPowerLaw([1, 2, 3].map((y) => ({ x: 5, y }))), null);
  });
});
