import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../../../scripts/lib/paths.mjs';
import {
  relativeBucket,
  rotarySimilarity,
  similarityByDistance,
  sinusoidal,
  wavelengths,
} from '../../../src/probes/positions/encodings';
import { positionsOf } from '../../../src/probes/positions/ofModel';

const PLACES = { bundledDir: join(root, 'models'), cacheDir: join(root, '.test-output', 'no-cache') };

/** NumPy's and transformers' answers, see test/fixtures/make_probes.py. */
const expected = JSON.parse(readFileSync(join(root, 'test/fixtures/probes/positions.json'), 'utf8')) as {
  sinusoids: number[];
  offsets: number[];
  buckets: Record<string, number[]>;
  table: number[][];
  cosines: [number, number][];
  rotary: number[];
};

const near = (found: number, wanted: number) =>
  assert.ok(Math.abs(found - wanted) < 1e-12, `${found}, not ${wanted}`);

describe('positional encodings', () => {
  it('are NumPy’s sines and cosines', () => {
    sinusoidal(9, 6).forEach((value, i) => near(value, expected.sinusoids[i] as number));
  });

  it('have wavelengths from 2π towards 2π · 10000', () => {
    const waves = wavelengths(512);
    near(waves[0] as number, 2 * Math.PI);
    near((waves[1] as number) / (waves[0] as number), 10_000 ** (2 / 512));
    assert.ok((waves.at(-1) as number) < 20_000 * Math.PI);
  });

  it('have T5’s buckets', () => {
    const kinds = {
      encoder: { buckets: 32, farthest: 128, bidirectional: true },
      decoder: { buckets: 32, farthest: 128, bidirectional: false },
      short: { buckets: 8, farthest: 20, bidirectional: true },
    };
    for (const [name, options] of Object.entries(kinds)) {
      assert.deepEqual(
        expected.offsets.map((offset) => relativeBucket(offset, options)),
        expected.buckets[name],
        name,
      );
    }
  });

  it('are as similar as NumPy says', () => {
    expected.cosines.forEach(([mean, deviation], distance) => {
      const found = similarityByDistance(expected.table, distance);
      near(found.mean, mean);
      near(found.deviation, deviation);
    });
    [0, 1, 5, 100].forEach((distance, i) =>
      near(rotarySimilarity(distance, 64, 10_000), expected.rotary[i] as number),
    );
  });
});

describe('positions of a model', () => {
  it('are the learned table of its file', async () => {
    const { positions } = await positionsOf('pocket-gpt2', PLACES);
    assert.equal(positions.kind, 'learned');
    assert.deepEqual([positions.table.length, positions.table[0]?.length], [256, 256]);
    assert.ok(positions.table.flat().some((value) => value !== 0));
  });

  it('are the relative biases of both stacks', async () => {
    const { positions } = await positionsOf('pocket-t5', PLACES);
    assert.equal(positions.kind, 'buckets');
    assert.deepEqual(
      positions.stacks.map(({ name, bidirectional, bias }) => [
        name,
        bidirectional,
        bias.length,
        bias[0]?.length,
      ]),
      [
        ['encoder', true, 32, 8],
        ['decoder', false, 32, 8],
      ],
    );
  });

  it('are rotary angles from the config, and an unknown base is called so', async () => {
    const { positions } = await positionsOf('Llama-3.2-1B', PLACES);
    assert.deepEqual(
      [positions.kind, positions.kind === 'rotary' && [positions.width, positions.isSaid]],
      ['rotary', [64, false]],
    );
  });

  it('are not made up where there is no model', async () => {
    await assert.rejects(positionsOf('no-such-model', PLACES), /no such model/);
  });
});
