import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../../../scripts/lib/paths.mjs';
import { CATALOGUE } from '../../../src/anatomy/catalogue';
import { anatomyFromConfig } from '../../../src/anatomy/fromConfig/anatomy';
import { block } from '../../../src/probes/block';
import { multiplyAdds, partsOf } from '../../../src/probes/block/costs';
import { ACTIVATIONS, activationNamed } from '../../../src/probes/block/curves';
import { cleanSettings } from '../../../src/probes/settings';
import { findProbe } from '../../../src/probes/table';
import type { Activation } from '../../../src/shared/block';
import type { Inference } from '../../../src/shared/inference';
import type { Report } from '../../../src/shared/report';

/** PyTorch's functions, and the multiply-adds that it counts while it runs published models. */
interface Reference {
  curves: Record<Activation | 'x', number[]>;
  counted: {
    model: string;
    length: number;
    total: number;
    parts: Record<string, { weights: number; pairs: number }>;
  }[];
}

const reference = JSON.parse(
  readFileSync(path.join(root, 'test/fixtures/probes/block.json'), 'utf8'),
) as Reference;

async function anatomyOf(id: string) {
  const entry = CATALOGUE.find((one) => one.id === id);
  assert.ok(entry, id);
  return anatomyFromConfig(id, entry.config);
}

describe('multiply-adds by part', () => {
  for (const { model, length, total, parts } of reference.counted) {
    it(`of ${model} are those that PyTorch counts, part by part`, async () => {
      const own = partsOf(await anatomyOf(model));
      for (const [name, { weights, pairs }] of Object.entries(parts)) {
        const part = own.find((one) => one.name === name);
        assert.ok(part, name);
        assert.equal(part.perToken * length + part.once, weights, `${name}: weights`);
        assert.equal(part.perPair * length ** 2, pairs, `${name}: pairs`);
      }
      assert.equal(
        own.reduce((sum, part) => sum + multiplyAdds(part, length), 0),
        total,
      );
    });
  }

  it('come with every parameter of every published model, once', async () => {
    for (const { id, config } of CATALOGUE) {
      const anatomy = await anatomyFromConfig(id, config);
      const parts = partsOf(anatomy);
      assert.equal(
        parts.reduce((sum, { parameters }) => sum + parameters, 0),
        anatomy.parameters,
        id,
      );
      assert.ok(parts.every(({ perToken }) => Number.isFinite(perToken)));
    }
  });

  it('count a layer as often as it is used', async () => {
    const parts = partsOf(await anatomyOf('albert/albert-base-v2'));
    const feedForward = parts.find(({ name }) => name === 'feed-forward');
    assert.equal(feedForward?.perToken, 12 * 2 * 768 * 3072);
    assert.equal(parts.find(({ name }) => name === 'embeddings')?.perToken, 128 * 768);
  });
});

describe('activation functions', () => {
  const { x: xs, ...curves } = reference.curves;
  for (const [name, values] of Object.entries(curves) as [Activation, number[]][]) {
    it(`${name} is PyTorch's`, () => {
      xs.forEach((x, i) => {
        const [own, expected] = [ACTIVATIONS[name](x), values[i] as number];
        assert.ok(
          Math.abs(own - expected) < 1e-6 * Math.max(1, Math.abs(expected)),
          `${x}: ${own}, ${expected}`,
        );
      });
    });
  }

  it('have the names of configs', () => {
    assert.equal(activationNamed('gelu_new'), 'gelu-tanh');
    assert.equal(activationNamed('toString'), null);
    assert.equal(activationNamed(null), null);
  });
});

describe('the block probe', () => {
  const never: Inference = { request: () => Promise.reject(new Error('A config is not run.')) };
  const machine = { places: { bundledDir: path.join(root, 'models'), cacheDir: '' }, memoryBytes: 1 };
  const run = async (wanted: object): Promise<Report> => {
    const settings = cleanSettings(block.fields, wanted);
    const result = await block.run(never, { segments: [], settings }, { machine });
    return block.report(result, settings);
  };

  it('draws a model from its config, and one of each family beside it', async () => {
    const report = await run({ model: 'bert-base-uncased', diagrams: 'families' });
    const diagrams = report.parts.flatMap((part) => (part.kind === 'diagram' ? [part] : []));
    assert.deepEqual(
      diagrams.map(({ title }) => title),
      [
        'google-bert/bert-base-uncased, encoder-only',
        'openai-community/gpt2, decoder-only',
        'google-t5/t5-small, encoder-decoder',
      ],
    );
    const kindsOf = (i: number) => new Set(diagrams[i]?.diagram.edges.map(({ kind }) => kind));
    assert.ok(kindsOf(1).has('tied') && !kindsOf(0).has('tied'));
    assert.ok(kindsOf(2).has('memory') && !kindsOf(1).has('memory'));
    const inside = diagrams.map(({ diagram }) =>
      diagram.nodes
        .find(({ kind }) => kind === 'block')
        ?.children?.nodes.map(({ kind }) => kind)
        .join(' '),
    );
    assert.equal(inside[0], 'input attention add norm feed-forward add norm');
    assert.equal(inside[1], 'input norm attention add norm feed-forward add');
    assert.match(report.findings.join('\n'), /Only the config of this model can be read/);
  });

  it('leads from every box to probes that there are', async () => {
    const report = await run({ model: 't5-small' });
    const boxes = report.parts.flatMap((part) => (part.kind === 'diagram' ? Object.values(part.boxes) : []));
    const offered = [...boxes.flatMap(({ actions }) => actions), ...(report.actions ?? [])];
    const probes = offered.flatMap((action) => (action.kind === 'probe' ? [action] : []));
    assert.ok(probes.length > 8);
    for (const { probe, label, settings } of probes) {
      const found = findProbe(probe);
      assert.equal(found?.title, label);
      for (const name of Object.keys(settings ?? {})) assert.ok(name in found.fields, `${probe}: ${name}`);
    }
    const parts = new Set(report.parts.map(({ id }) => id));
    for (const action of offered) if (action.kind === 'part') assert.ok(parts.has(action.part), action.part);
    assert.ok(
      offered.some(
        (action) => action.kind === 'anatomy' && action.component === 'decoder/block/cross-attention',
      ),
    );
  });

  it('leads from each kind of box to what is about it', async () => {
    const { parts } = await run({ model: 'gpt2' });
    const [figure] = parts.flatMap((part) => (part.kind === 'diagram' ? [part] : []));
    const leads = (kind: string) => {
      const nodes = figure?.diagram.nodes.flatMap((node) => [node, ...(node.children?.nodes ?? [])]) ?? [];
      const { id = '' } = nodes.find((node) => node.kind === kind) ?? {};
      return figure?.boxes[id]?.actions.map((one) => (one.kind === 'probe' ? one.probe : one.kind));
    };
    assert.deepEqual(leads('input'), ['tokens']);
    assert.deepEqual(leads('embeddings'), ['tokens', 'positions', 'anatomy']);
    assert.deepEqual(leads('attention'), ['scratch', 'coreference', 'anatomy']);
    assert.deepEqual(leads('feed-forward'), ['part', 'memory', 'anatomy']);
    assert.deepEqual(leads('head'), ['prediction']);
    assert.deepEqual(leads('output'), ['explain']);
  });

  it('says from which length on attention takes more than the feed-forward networks', async () => {
    // 12 layers: 8 d^2 against 4 d^2 + 2 d n multiply-adds a token.
    const { findings } = await run({ model: 'gpt2' });
    assert.match(findings.join('\n'), /from 1,536 tokens on/);
  });

  it('knows no model of another name', async () => {
    await assert.rejects(run({ model: 'no-such-model' }), /no such model/);
  });
});
