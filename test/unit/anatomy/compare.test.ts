import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findInCatalogue } from '../../../src/anatomy/catalogue';
import {
  compareArchitectures,
  diffStructure,
  parametersByKind,
  sizesByPrecision,
} from '../../../src/anatomy/compare';
import { anatomyFromConfig } from '../../../src/anatomy/fromConfig/anatomy';
import type { Anatomy } from '../../../src/shared/anatomy';

async function of(name: string, change: Record<string, unknown> = {}): Promise<Anatomy> {
  const entry = findInCatalogue(name);
  assert(entry);
  return anatomyFromConfig(name, { ...entry.config, ...change });
}

describe('architectures side by side', () => {
  it('shows what differs', async () => {
    const rows = compareArchitectures([
      await of('bert-base-uncased'),
      await of('Llama-3.2-1B'),
      await of('t5-small'),
    ]);
    const row = (label: string) => rows.find((one) => one.label === label);
    assert.deepEqual(row('Parameters')?.values, ['109,482,240', '1,235,814,400', '60,506,624']);
    assert.deepEqual(row('Positions')?.values, ['learned', 'rotary', 'relative']);
    assert.deepEqual(row('Norm')?.values, ['layer norm', 'RMS norm', 'RMS norm']);
    assert.deepEqual(row('Norm placement')?.values, [
      'after each sub-layer',
      'before each sub-layer',
      'before each sub-layer',
    ]);
    assert.deepEqual(row('Key/value heads')?.values, ['12', '8', '8']);
    assert.deepEqual(row('Decoder layers')?.values, [null, null, '6']);
    assert.deepEqual(row('Tied embeddings')?.values, [null, 'yes', 'yes']);
    assert.deepEqual(row('Encoder')?.values, ['yes', 'no', 'yes']);
    assert.deepEqual(row('Vocabulary')?.differs, true);
    assert.equal(row('Experts'), undefined);
  });

  it('breaks the parameters down to their kinds, without rest', async () => {
    for (const name of ['Mixtral-8x7B-v0.1', 'whisper-tiny', 'albert-base-v2']) {
      const anatomy = await of(name);
      const kinds = parametersByKind(anatomy);
      assert.equal(
        Object.values(kinds).reduce((sum, part) => sum + part),
        anatomy.parameters,
      );
    }
    const { experts = 0 } = parametersByKind(await of('Mixtral-8x7B-v0.1'));
    assert.equal(experts, 32 * (8 * 3 * 4096 * 14336 + 8 * 4096));
  });

  it('gives sizes at usual precisions', async () => {
    const sizes = sizesByPrecision(await of('gpt2'));
    assert.equal(sizes.find(({ dtype }) => dtype === 'F32')?.bytes, 4 * 124_439_808);
    assert.equal(sizes.find(({ dtype }) => dtype === 'Q4_0')?.bytes, (124_439_808 * 18) / 32);
  });
});

describe('structural difference', () => {
  it('is empty for the same model', async () => {
    const diff = diffStructure(await of('gpt2'), await of('gpt2'));
    assert.deepEqual(diff, { same: 148, changes: [] });
  });

  it('tells reshaped, missing and added tensors', async () => {
    const diff = diffStructure(await of('gpt2'), await of('gpt2', { vocab_size: 50304, n_layer: 11 }));
    const kinds = diff.changes.map(({ kind }) => kind);
    assert.deepEqual(kinds.filter((kind) => kind === 'reshaped').length, 1);
    assert.deepEqual(diff.changes[0], {
      kind: 'reshaped',
      name: 'wte.weight',
      from: [50257, 768],
      shape: [50304, 768],
    });
    assert.deepEqual(kinds.filter((kind) => kind === 'only').length, 12);
    assert.equal(diff.same, 148 - 13);
  });

  it('finds what was renamed', async () => {
    const left = await of('gpt2');
    const tensors = left.tensors.map((tensor) => ({
      ...tensor,
      name: tensor.name.replace('.attn.', '.self_attention.'),
    }));
    const diff = diffStructure(left, { ...left, tensors });
    assert.equal(diff.same, 148 - 48);
    assert.equal(diff.changes.length, 48);
    for (const change of diff.changes) {
      assert(change.kind === 'renamed');
      assert.equal(change.name, change.from.replace('.attn.', '.self_attention.'));
    }
  });
});
