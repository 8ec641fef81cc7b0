import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../../../scripts/lib/paths.mjs';
import { findAnatomy } from '../../../src/anatomy/find';
import { memory, parseMachines } from '../../../src/probes/memory';
import type { ModelSizes } from '../../../src/probes/memory/formulas';
import {
  attentionMapBytes,
  cacheBytes,
  flopsPerToken,
  optimizerBytes,
  sizesOf,
  trainingActivationBytes,
} from '../../../src/probes/memory/formulas';
import { cleanSettings } from '../../../src/probes/settings';
import type { Inference } from '../../../src/shared/inference';

const PLACES = { bundledDir: join(root, 'models'), cacheDir: join(root, '.test-output', 'no-cache') };
const MACHINE = { places: PLACES, memoryBytes: 16e9 };

async function sizes(name: string): Promise<ModelSizes> {
  const anatomy = await findAnatomy(name, PLACES);
  assert.ok(anatomy, name);
  const found = sizesOf(anatomy);
  assert.ok(found, name);
  return found;
}

describe('memory and cost', () => {
  it('knows the keys and values that each family keeps', async () => {
    const load = { batch: 2, length: 1024, bytes: 2 };
    // 2 (K and V) x 12 layers x 2 texts x 1024 tokens x 768 numbers x 2 bytes.
    assert.equal(cacheBytes(await sizes('gpt2'), load), 75_497_472);
    // 32 layers with 8 key-value heads of 128 instead of 32 heads.
    assert.equal(cacheBytes(await sizes('Mistral-7B-v0.1'), { batch: 1, length: 8192, bytes: 2 }), 2 ** 30);
    assert.equal(cacheBytes(await sizes('bert-base-uncased'), load), 0);
    // 6 decoder layers with self- and cross-attention of 8 heads x 64.
    assert.equal(
      cacheBytes(await sizes('t5-small'), { batch: 1, length: 10, bytes: 4 }),
      2 * 12 * 10 * 512 * 4,
    );
  });

  it('counts attention maps by the square of the length', async () => {
    // 12 layers x 12 heads x 512 x 512 x 4 bytes: 151 MB.
    assert.equal(
      attentionMapBytes(await sizes('bert-base-uncased'), { batch: 1, length: 512, bytes: 4 }),
      150_994_944,
    );
  });

  it('counts training as 16 bytes a parameter and the published activations of GPT-3', async () => {
    assert.equal(optimizerBytes(await sizes('gpt2')), 16 * 124_439_808);
    const gpt3 = { ...(await sizes('gpt2')), layers: 96, hidden: 12288, heads: 96 };
    // Korthikanti et al. 2022: with s = 2048 and a = 96, 5as/h = 80 for GPT-3, so that 34 + 80 = 114 bytes times sbhL.
    const bytes = trainingActivationBytes(gpt3, { batch: 1, length: 2048 });
    assert.equal(bytes, 96 * 2048 * 12288 * 114);
  });

  it('counts 2 operations for each weight that is multiplied', async () => {
    const gpt2 = await sizes('gpt2');
    assert.equal(gpt2.embeddingParameters, 50257 * 768 + 1024 * 768);
    const { weights, attention } = flopsPerToken(gpt2, 1024);
    // The tied output matrix is multiplied, the position table is not.
    assert.equal(weights, 2 * (124_439_808 - 1024 * 768));
    assert.equal(attention, 4 * 12 * 512 * 768);
    const bert = await sizes('bert-base-uncased');
    assert.equal(flopsPerToken(bert, 128).attention, 4 * 12 * 128 * 768);
  });

  it('multiplies only the experts that a token uses', async () => {
    const mixtral = await sizes('Mixtral-8x7B-v0.1');
    // 47 billion weights, 13 billion of them active (Jiang et al. 2024), embeddings aside.
    assert.ok(mixtral.parameters > 46e9 && mixtral.parameters < 47.5e9);
    assert.ok(mixtral.activeParameters > 12e9 && mixtral.activeParameters < 13e9);
  });

  it('reads machines as the user writes them', () => {
    assert.deepEqual(parseMachines('A: 8, my GPU = 24 GB, nonsense, B: -1, C: 0'), [
      { name: 'A', bytes: 8e9 },
      { name: 'my GPU', bytes: 24e9 },
    ]);
  });

  it('reports from a config alone, without the inference process', async () => {
    const settings = cleanSettings(memory.fields, { model: 'gpt2', length: 2048 });
    const nobody = {} as Inference;
    const result = await memory.run(nobody, { segments: [], settings }, { machine: MACHINE });
    const { findings, parts } = memory.report(result, settings);
    assert.match(findings[0] ?? '', /124,439,808 parameters: 498 MB in 32 bits/);
    assert.match(findings.at(-1) ?? '', /takes 1,024 tokens at most/);
    assert.deepEqual(
      parts.map(({ id }) => id),
      ['weights', 'needs', 'growth', 'machines', 'formulas'],
    );
    const unknown = cleanSettings(memory.fields, { model: 'no-such-model' });
    await assert.rejects(
      memory.run(nobody, { segments: [], settings: unknown }, { machine: MACHINE }),
      /no such model/,
    );
  });
});
