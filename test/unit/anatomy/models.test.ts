import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../../../scripts/lib/paths.mjs';
import { openFile, openFolder, openSource } from '../../../src/anatomy/open';
import { tensorStats } from '../../../src/anatomy/tensorStats';
import { ProbeError } from '../../../src/shared/errors';
import type { Anatomy, Component } from '../../../src/shared/anatomy';
import { field, intField } from './build';
import { mutate } from '../../support/mutate';
import { seeded } from '../../support/seeded';
import { MemorySource, noSiblings } from './memorySource';

const MODELS = path.join(root, 'test/fixtures/models');
const COUNTS = JSON.parse(
  readFileSync(path.join(root, 'test/fixtures/anatomy/fixture_counts.json'), 'utf8'),
) as Record<string, number>;

async function anatomyOf(folder: string): Promise<Anatomy> {
  const opened = await openFolder(path.join(MODELS, folder));
  assert(opened);
  await opened.close();
  return opened.anatomy;
}

function flat(components: readonly Component[]): Component[] {
  return components.flatMap((component) => [component, ...flat(component.children)]);
}

const outline = (components: readonly Component[]): unknown[] =>
  components.map(({ kind, layers, children }) => [
    kind,
    ...(layers ?? []),
    ...outline(children.filter((c) => c.kind !== kind)),
  ]);

describe('anatomy of the fixture models', () => {
  for (const [folder, count] of Object.entries(COUNTS)) {
    it(`${folder} has as many parameters as in PyTorch: ${count}`, async () => {
      const anatomy = await anatomyOf(folder);
      assert.equal(anatomy.parameters, count);
      assert.deepEqual(anatomy.problems, []);
      const sum = anatomy.components.reduce((total, { parameters }) => total + parameters, 0);
      assert.equal(sum, count);
    });
  }

  it('every tensor is in the tree once, and sums fit', async () => {
    for (const folder of ['bert-sdpa', 't5-merged', 'llama-past', 'bert-if-weights']) {
      const anatomy = await anatomyOf(folder);
      const all = flat(anatomy.components);
      const placed = all.flatMap(({ tensors }) => tensors).sort((a, b) => a - b);
      assert.deepEqual(
        placed,
        anatomy.tensors.map((_, i) => i),
      );
      for (const { children, tensors, parameters } of all) {
        const below = children.reduce((total, child) => total + child.parameters, 0);
        const own = tensors.reduce((total, i) => total + (anatomy.tensors[i]?.parameters ?? NaN), 0);
        assert.equal(below + own, parameters);
      }
      assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
      assert.deepEqual(JSON.parse(JSON.stringify(anatomy)), anatomy);
    }
  });

  it('folds identical layers and keeps their numbers', async () => {
    const { components } = await anatomyOf('bert-eager');
    assert.deepEqual(
      outline(components),
      [
        ['embeddings'],
        ['block', 0, 1, ['norm'], ['attention'], ['feed-forward']],
        ['head'],
        ['constants'],
      ].slice(0, components.length),
    );
    const [, block] = components;
    assert.equal(block?.count, 2);
  });

  it('tells both stacks of an encoder-decoder apart', async () => {
    const { components, facts } = await anatomyOf('bart-6-12');
    const stacks = components.filter(({ kind }) => kind === 'encoder' || kind === 'decoder');
    assert.deepEqual(
      stacks.map(({ kind, children }) => [kind, children.find((child) => child.kind === 'block')?.count]),
      [
        ['encoder', 6],
        ['decoder', 12],
      ],
    );
    assert.equal(facts.layers, 6);
    assert.equal(facts.decoderLayers, 12);
  });

  it('takes a bias for each word for no output matrix of its own', async () => {
    const bert = await openFolder(path.join(root, 'models', 'pocket-bert'));
    assert(bert);
    await bert.close();
    assert(bert.anatomy.tensors.some(({ shape, role }) => role === 'parameter' && shape.join() === '8192'));
    assert.notEqual(bert.anatomy.facts.tied, false);
  });

  it('counts tied matrices once: by their values, not by their sizes', async () => {
    const bart = await anatomyOf('bart-sdpa');
    const tied = bart.tensors.filter(({ role }) => role === 'tied');
    assert.deepEqual(
      tied.map(({ shape }) => shape),
      [
        [512, 32],
        [32, 512],
      ],
    );
    assert.equal(bart.facts.tied, true);
    const llama = await anatomyOf('llama-sdpa');
    assert.deepEqual(
      llama.tensors.filter(({ role }) => role === 'tied'),
      [],
    );
    assert.equal(llama.tensors.filter(({ shape }) => shape.includes(512)).length, 2);
  });

  it('names what exporters made anonymous', async () => {
    const { tensors } = await anatomyOf('bert-eager');
    const query = tensors.find(({ path: p }) => p === 'bert.encoder.layer.1.attention.self.query.weight');
    assert.equal(query?.layer, 1);
    assert.match(query?.name ?? '', /^onnx::MatMul_\d+$/);
  });

  it('says what is not counted, and why', async () => {
    const { tensors } = await anatomyOf('bart-eager');
    const constants = tensors.filter(({ role }) => role === 'constant');
    assert(constants.length > 0);
    for (const { note, parameters } of constants) {
      assert.match(note ?? '', /\.$/);
      assert.equal(parameters, 0);
    }
  });
});

/** The file with every module path in it made unreadable, at the same length, so that no size changes. */
function withoutNames(bytes: Uint8Array): Uint8Array {
  const seen = new Map<string, string>();
  const text = Buffer.from(bytes).toString('latin1');
  const renamed = text.replace(/\/?(?:bert|cls)[/.][\w/.]*/g, (found, at: number) => {
    // The byte in front is the name's length: what follows the name may look like letters.
    const name = found.slice(0, text.charCodeAt(at - 1));
    const made = seen.get(name) ?? String(seen.size).padStart(name.length, '0');
    seen.set(name, made);
    return made + found.slice(name.length);
  });
  return Buffer.from(renamed, 'latin1');
}

describe('graphs without names', () => {
  it('finds the layer of each weight by the attention that it feeds', async () => {
    const bytes = await readFile(path.join(MODELS, 'bert-eager/onnx/model.onnx'));
    const source = new MemorySource('model.onnx', withoutNames(bytes));
    const { anatomy } = await openSource(source, noSiblings);
    const placed = anatomy.tensors.filter(({ path: p, shape }) => p !== undefined && shape.length === 2);
    const ofLayer = (layer: number) =>
      placed.filter((tensor) => tensor.layer === layer).map(({ path: p }) => p);
    for (const layer of [0, 1]) {
      const paths = ofLayer(layer);
      for (const part of ['query', 'key', 'value', 'output']) {
        assert(
          paths.includes(`layers.${layer}.attention.${part}.weight`),
          `${layer} ${part}: ${paths.join()}`,
        );
      }
      assert.equal(paths.length, 6);
    }
  });

  const fused: [name: string, projections: string[]][] = [
    ['bert-fused', ['qkv', 'output']],
    ['bert-fused-int8', ['qkv', 'output']],
    ['bert-fused-mha', ['query', 'key', 'value', 'output']],
  ];
  for (const [name, projections] of fused) {
    it(`finds what projects into the fused attention of ${name}`, async () => {
      const bytes = await readFile(path.join(MODELS, '../exporters', name, 'onnx/model.onnx'));
      const source = new MemorySource('model.onnx', withoutNames(bytes));
      const { anatomy } = await openSource(source, noSiblings);
      const paths = anatomy.tensors.map((tensor) => tensor.path ?? '');
      for (const layer of [0, 1]) {
        for (const part of projections) {
          const wanted = `layers.${layer}.attention.${part}.weight`;
          assert(paths.includes(wanted), `${wanted}: ${paths.join()}`);
        }
      }
    });
  }
});

describe('damaged ONNX files', () => {
  it('reports external data that is missing or cut off', async () => {
    const folder = path.join(MODELS, 'bert-external-data/onnx');
    const model = await readFile(path.join(folder, 'model.onnx'));
    const data = await readFile(path.join(folder, 'model.onnx_data'));
    const missing = await openSource(new MemorySource('model.onnx', model), noSiblings);
    assert.match(missing.anatomy.problems.join(), /model\.onnx_data is missing/);
    assert.equal(missing.anatomy.parameters, COUNTS['bert-external-data']);
    const cut = await openSource(new MemorySource('model.onnx', model), async (name) =>
      Promise.resolve(new MemorySource(name, data.subarray(0, 50_000))),
    );
    assert.match(cut.anatomy.problems.join(), /model\.onnx_data is cut off/);
    assert(cut.anatomy.tensors.some(({ state }) => state === 'cut'));
  });

  it('refuses external data outside of the folder', async () => {
    const entry = (key: string, value: string) =>
      field(13, Buffer.concat([field(1, Buffer.from(key)), field(2, Buffer.from(value))]));
    const tensor = Buffer.concat([
      ...[intField(1, 4), intField(2, 1), field(8, Buffer.from('w')), entry('location', '../../secret')],
      intField(14, 1),
    ]);
    const bytes = Buffer.concat([intField(1, 8), field(7, field(5, tensor))]);
    await assert.rejects(openSource(new MemorySource('m.onnx', bytes), noSiblings), /outside of its folder/);
  });

  it('survives 300 mutations', async () => {
    const bytes = await readFile(path.join(MODELS, 'llama-sdpa/onnx/model.onnx'));
    const next = seeded(666);
    let refused = 0;
    for (let i = 0; i < 300; i++) {
      try {
        await openSource(new MemorySource('model.onnx', mutate(bytes, bytes.length, next)), noSiblings);
      } catch (error) {
        assert(error instanceof ProbeError, `mutation ${i}: ${(error as Error).stack}`);
        assert.equal(error.code, 'model');
        refused++;
      }
    }
    assert(refused > 60, `${refused} refused`);
  });

  it('refuses what is no model file', async () => {
    await assert.rejects(openFile(path.join(root, 'package.json')), /only \.onnx, \.safetensors, \.gguf/);
    await assert.rejects(openFile(path.join(root, 'nothing.onnx')), /no such file/);
  });
});

describe('an .onnx file that ends too early', () => {
  const whole = readFileSync(path.join(MODELS, 'bert-eager', 'onnx', 'model.onnx'));
  const read = async (bytes: Uint8Array) => {
    const { anatomy, close } = await openSource(new MemorySource('model.onnx', bytes), noSiblings);
    await close();
    return anatomy;
  };

  it('is shown as far as it goes, and said to be cut off', async () => {
    const { tensors, graphs } = await read(whole);
    const names = new Set(tensors.map(({ name }) => name));
    let shown = 0;
    for (let part = 1; part < 40; part++) {
      const size = Math.floor((whole.length * part) / 40);
      const cut = await read(whole.subarray(0, size)).catch((error: unknown) => error);
      if (cut instanceof ProbeError) {
        assert.match(cut.message, /^model\.onnx: /);
        continue;
      }
      const anatomy = cut as Anatomy;
      shown++;
      assert.match(anatomy.problems.join(), new RegExp(`cut off: it has ${size} of \\d+ bytes`));
      assert(
        anatomy.tensors.length <= tensors.length && anatomy.tensors.every(({ name }) => names.has(name)),
      );
      assert(Number(anatomy.files[0]?.expected) > size);
      assert(Number(anatomy.graphs[0]?.nodes) <= Number(graphs[0]?.nodes));
    }
    assert(shown > 20, `${shown} of 39 were shown`);
  });

  it('has its last tensor marked as cut, and says so when that is read', async () => {
    const { raw, close } = await openSource(new MemorySource('model.onnx', whole), noSiblings);
    await close();
    const last = raw.tensors.findLast(({ place }) => place?.kind === 'range' && place.bytes > 4096);
    assert(last?.place?.kind === 'range');
    const bytes = whole.subarray(0, last.place.offset + 1000);
    const opened = await openSource(new MemorySource('model.onnx', bytes), noSiblings);
    const cut = opened.anatomy.tensors.findIndex(({ state }) => state === 'cut');
    assert.equal(opened.anatomy.tensors[cut]?.name, last.name);
    await assert.rejects(tensorStats(opened.raw, cut), /cut off/);
    await opened.close();
  });
});

describe('a folder whose graphs are in a folder below', () => {
  it('is the model there, under the name of the folder that was opened', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'anatomy-nested-'));
    const inside = path.join(folder, 'cpu_and_mobile', 'cpu-fp32');
    await cp(path.join(MODELS, 'gpt2-eager', 'onnx'), inside, { recursive: true });
    const opened = await openFolder(folder);
    await opened?.close();
    assert.equal(opened?.anatomy.name, path.basename(folder));
    assert.equal(opened.anatomy.parameters, COUNTS['gpt2-eager']);
    await rm(folder, { recursive: true });
  });
});

describe('quantised exports', () => {
  const folder = path.join(root, 'test/fixtures/anatomy/quantized');
  for (const file of readdirSync(folder)) {
    it(`${file} counts numbers, not bytes, scales or zero points`, async () => {
      const opened = await openFile(path.join(folder, file));
      await opened.close();
      const name = file.replace(/-q\d.*$/, '');
      assert.equal(opened.anatomy.parameters, COUNTS[name]);
      const scales = opened.anatomy.tensors.filter(({ role }) => role === 'quantization');
      assert(scales.length > 10);
    });

    it(`${file} has nearly the values of the model it was made from`, async () => {
      const opened = await openFile(path.join(folder, file));
      const original = await openFolder(path.join(MODELS, file.replace(/-q\d.*$/, '')));
      assert(original);
      const byPath = (one: typeof opened) =>
        one.anatomy.tensors.findIndex(({ path: p, name }) =>
          /layers?\.1\.(attention\.self\.query|self_attn\.q_proj)\.weight/.test(p ?? name),
        );
      const { std } = await tensorStats(original.raw, byPath(original));
      const quantized = await tensorStats(opened.raw, byPath(opened));
      await Promise.all([opened.close(), original.close()]);
      assert(Math.abs((quantized.std ?? NaN) / (std ?? NaN) - 1) < 0.02);
    });
  }
});

describe('bundled models', () => {
  const folder = path.join(root, 'models');
  const manifest = path.join(folder, 'manifest.json');
  const listed = existsSync(manifest)
    ? (JSON.parse(readFileSync(manifest, 'utf8')) as { models: { id: string; parameters: number }[] }).models
    : [];
  for (const { id, parameters } of listed.filter((model) => readdirSync(folder).includes(model.id))) {
    it(`${id} has the parameters of its manifest`, async () => {
      const opened = await openFolder(path.join(folder, id));
      await opened?.close();
      assert.equal(opened?.anatomy.parameters, parameters);
    });
  }
});
