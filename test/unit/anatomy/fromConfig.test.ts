import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { root } from '../../../scripts/lib/paths.mjs';
import { CATALOGUE, findInCatalogue, shortName } from '../../../src/anatomy/catalogue';
import { anatomyFromConfig } from '../../../src/anatomy/fromConfig/anatomy';
import { ConfigValues } from '../../../src/anatomy/fromConfig/config';
import { KNOWN_TYPES, parametersOf } from '../../../src/anatomy/fromConfig/families';
import { ProbeError } from '../../../src/shared/errors';

const FIXTURES = path.join(root, 'test/fixtures/anatomy');

interface Counts {
  published: Record<string, number>;
  defaults: { type: string; class: string; parameters: number }[];
}
const COUNTS = JSON.parse(readFileSync(path.join(FIXTURES, 'counts.json'), 'utf8')) as Counts;

interface ShapesOf {
  config: { model_type: string; architectures: [string] } & Record<string, unknown>;
  shapes: Record<string, number[]>;
}
const SHAPES = JSON.parse(
  gunzipSync(readFileSync(path.join(FIXTURES, 'shapes.json.gz'))).toString(),
) as ShapesOf[];

interface Known {
  id: string;
  parameters: number;
  source: string;
}
const KNOWN = JSON.parse(readFileSync(path.join(FIXTURES, 'known_counts.json'), 'utf8')) as Known[];

describe('parameters from config.json', () => {
  for (const type of KNOWN_TYPES) {
    it(`${type} has PyTorch's names and shapes, in every variant`, () => {
      const cases = SHAPES.filter(({ config }) => config.model_type === type);
      assert(cases.length > 0);
      for (const { config, shapes } of cases) {
        const own = parametersOf(new ConfigValues(config)).filter(({ tiedTo }) => tiedTo === undefined);
        const made = Object.fromEntries(own.map(({ name, shape }) => [name, shape]));
        assert.deepEqual(made, shapes, JSON.stringify(config));
        assert.equal(own.length, Object.keys(shapes).length);
      }
    });
  }

  it('has the defaults of the transformers classes', () => {
    for (const { type, class: name, parameters } of COUNTS.defaults) {
      const shapes = parametersOf(new ConfigValues({ model_type: type, architectures: [name] }));
      const own = shapes.filter(({ tiedTo }) => tiedTo === undefined);
      const count = own.reduce(
        (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
        0,
      );
      assert.equal(count, parameters, name);
    }
  });

  it('says what cannot be computed', async () => {
    const fails = (config: Record<string, unknown>, message: RegExp) =>
      assert.rejects(anatomyFromConfig('x', config), (error) => {
        assert(error instanceof ProbeError && error.code === 'model');
        assert.match(error.message, message);
        return true;
      });
    await fails({ model_type: 'mamba' }, /"mamba" model cannot be computed from its config/);
    await fails({}, /"unknown" model cannot be computed/);
    await fails({ model_type: 'bert', architectures: ['BertForWonders'] }, /class "BertForWonders" cannot/);
    await fails({ model_type: 'bert', num_hidden_layers: 1e9 }, /"num_hidden_layers" is not a number/);
    await fails({ model_type: 'bert', hidden_size: -1 }, /"hidden_size" is not a number/);
    await fails({ model_type: 'bert', hidden_size: 'wide' }, /"hidden_size" is not a number/);
    await fails({ model_type: 'bert', hidden_size: 770 }, /not divisible by 12 heads/);
    await fails(
      { model_type: 'mixtral', num_hidden_layers: 4096, num_local_experts: 4096 },
      /no model has so many tensors/,
    );
  });
});

describe('catalogue', () => {
  for (const { id, config } of CATALOGUE) {
    it(`${id} has as many parameters as PyTorch counts`, async () => {
      const { parameters, components } = await anatomyFromConfig(id, config);
      assert.equal(parameters, COUNTS.published[id]);
      assert.equal(
        components.reduce((sum, part) => sum + part.parameters, 0),
        parameters,
      );
    });
  }

  it('agrees with the counts that others published', async () => {
    assert(KNOWN.length >= 30);
    for (const { id, parameters, source } of KNOWN) {
      const entry = findInCatalogue(id);
      assert(entry, id);
      assert.equal((await anatomyFromConfig(id, entry.config)).parameters, parameters, `${id}: ${source}`);
    }
  });

  it('has at least 45 models, and finds them by any usual name', () => {
    assert(CATALOGUE.length >= 45);
    for (const entry of CATALOGUE) {
      for (const name of [
        entry.id,
        shortName(entry.id),
        entry.id.toUpperCase(),
        ` ${shortName(entry.id)} `,
      ]) {
        assert.equal(findInCatalogue(name), entry, name);
      }
    }
    assert.equal(findInCatalogue('constructor'), null);
  });

  it('takes no head for a stack', async () => {
    const config = { model_type: 'bert', architectures: ['BertForMaskedLM'] };
    const { components } = await anatomyFromConfig('bert', config);
    assert.deepEqual(
      components.map(({ kind }) => kind),
      ['embeddings', 'block', 'head'],
    );
  });

  it('folds all layers into one block', async () => {
    const entry = findInCatalogue('Llama-3.2-1B');
    assert(entry);
    const { components, facts } = await anatomyFromConfig('Llama-3.2-1B', entry.config);
    assert.deepEqual(
      components.map(({ kind, count }) => [kind, count]),
      [
        ['embeddings', undefined],
        ['block', 16],
        ['norm', undefined],
        ['head', undefined],
      ],
    );
    assert.equal(facts.keyValueHeads, 8);
    assert.equal(facts.tied, true);
    assert.equal(facts.positions, 'rotary');
  });
});
