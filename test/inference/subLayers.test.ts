import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { root } from '../../scripts/lib/paths.mjs';
import { Engine } from '../../src/inference/engine';
import { findAttention } from '../../src/onnx/attention';
import { withoutBranches } from '../../src/onnx/branches/flatten';
import { readSkeleton } from '../../src/onnx/skeleton';
import { findSubLayers } from '../../src/onnx/subLayers';
import type { MeasuredSubLayer } from '../../src/shared/block';

const FIXTURES = join(root, 'test/fixtures');

/** What PyTorch's modules gave each other, by forward hooks. */
interface Expected {
  folder: string;
  ids: number[];
  targetIds?: number[];
  subLayers: (Omit<MeasuredSubLayer, 'neurons'> & { active?: number[]; half?: number[] })[];
}

const { measured } = JSON.parse(readFileSync(join(FIXTURES, 'probes/block.json'), 'utf8')) as {
  measured: Expected[];
};

/** Other exports of the same weights. */
const SAME: Record<string, string[]> = {
  'bert-eager': ['models/bert-sdpa', 'exporters/bert-dynamo', 'exporters/bert-fused'],
  'gpt2-eager': ['models/gpt2-sdpa', 'models/gpt2-past', 'exporters/gpt2-fused'],
  'llama-eager': ['models/llama-sdpa', 'exporters/llama-dynamo'],
  't5-eager': ['models/t5-single', 'models/t5-merged'],
};

describe('what sub-layers add to the residual stream', () => {
  const engine = new Engine({ bundledDir: '', memoryBudgetBytes: 2 ** 26, log: () => undefined });
  after(() => engine.close());

  for (const { folder, subLayers, ...input } of measured) {
    for (const where of [`models/${folder}`, ...(SAME[folder] ?? [])]) {
      test(`${where}: as PyTorch has it`, async () => {
        const found = await engine.request('subLayers', { model: join(FIXTURES, where), ...input });
        assert.equal(found.length, subLayers.length);
        for (const expected of subLayers) {
          const { what, stack, layer } = expected;
          const own = found.find((one) => one.what === what && one.stack === stack && one.layer === layer);
          assert.ok(own, `${stack} ${layer} ${what}`);
          near(own.added, expected.added, 1e-4);
          near(own.stream, expected.stream, 1e-4);
          if (!expected.active || !expected.half) continue;
          assert.equal(own.neurons?.width, 64);
          // One neuron of 64 may be on the other side of zero, or of the half, by rounding.
          near(own.neurons.active, expected.active, 0, 1.01 / 64);
          near(own.neurons.half, expected.half, 0, 1.01 / 64);
        }
      });
    }
  }

  test('a text whose neurons do not fit the memory budget is refused before it is run', async () => {
    const small = new Engine({ bundledDir: '', memoryBudgetBytes: 1000, log: () => undefined });
    const asked = small.request('subLayers', { model: join(FIXTURES, 'models/bert-eager'), ids: [5, 6, 7] });
    await assert.rejects(asked, /neurons of 3 tokens do not fit/);
    await small.close();
  });
});

/** The function of every export, by the family that the folder is named after. */
const FUNCTIONS: [RegExp, string][] = [
  [/^(modernbert)/, 'gelu gated'],
  [/^(bert|distilbert|roberta|xlm-roberta|bart|deberta|marian|pocket-bert)/, 'gelu'],
  [/^(gpt2|gpt-neo|albert|pocket-gpt2)/, 'gelu-tanh'],
  [/^gemma/, 'gelu-tanh gated'],
  [/^(llama|mistral|qwen)/, 'silu gated'],
  [/^(t5|opt|pocket-t5)/, 'relu'],
  // A mixture of experts: what is inside is not one network.
  [/^gpt-oss/, 'none'],
];

describe('the feed-forward network of every export', () => {
  for (const folder of ['models', 'test/fixtures/models', 'test/fixtures/exporters']) {
    for (const name of readdirSync(join(root, folder))) {
      const directory = join(root, folder, name, 'onnx');
      if (!existsSync(directory)) continue;
      test(`${name} has one behind every attention, with the function that it was made with`, async () => {
        for (const file of readdirSync(directory).filter((one) => one.endsWith('.onnx'))) {
          const { model } = withoutBranches(await readSkeleton(join(directory, file)));
          const blocks = findAttention(model.graph);
          const found = findSubLayers(model.graph, blocks);
          const selves = blocks.filter(({ cross }) => !cross).length;
          const networks = found.filter(({ what }) => what === 'feed-forward');
          assert.equal(networks.length, selves, file);
          assert.equal(found.length, blocks.length + selves, file);
          const expected = FUNCTIONS.find(([pattern]) => pattern.test(name))?.[1];
          for (const { neurons } of networks) {
            const said = neurons ? `${neurons.activation}${neurons.gated ? ' gated' : ''}` : 'none';
            assert.equal(said, expected, file);
          }
        }
      });
    }
  }
});

function near(own: number[], expected: number[], relative: number, absolute = 1e-6): void {
  assert.equal(own.length, expected.length);
  own.forEach((value, i) => {
    const wanted = expected[i] as number;
    assert.ok(Math.abs(value - wanted) <= absolute + relative * Math.abs(wanted), `${value}, ${wanted}`);
  });
}
