import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Engine } from '../../src/inference/engine';
import { generation } from '../../src/probes/generation';
import { diversityOf, type Diversity } from '../../src/probes/generation/diversity';
import type { StrategySettings } from '../../src/probes/generation/strategies';
import type { GenerationResult, WriterResult } from '../../src/probes/generation/types';
import { writeAll } from '../../src/probes/generation/write';
import { defaultSettings } from '../../src/probes/settings';
import type { TreeNode } from '../../src/shared/report';
import { FIXTURES } from './support/reference';

interface Measures {
  distinct1: number;
  distinct2: number;
  overlap: number | null;
}

/** What make_probes.py computes with PyTorch, transformers' filters and a beam search of its own. */
interface Fixture {
  text: string;
  settings: StrategySettings;
  models: {
    model: string;
    greedy: { ids: number[]; logProbability: number };
    steps: { entropy: number; filters: { kept: number; probabilities: number[] }[] }[];
    beams: { ids: number[]; logProbability: number }[];
    prefixes: { ids: number[]; score: number }[];
    diversity: Measures;
    fromSource: number;
  }[];
  diversity: Measures & { texts: number[][] };
}

const FIXTURE = JSON.parse(readFileSync(join(FIXTURES, '../probes/generation.json'), 'utf8')) as Fixture;
const BUNDLED = join(import.meta.dirname, '../../models');
const SEGMENTS = [{ text: FIXTURE.text, offset: 0 }];

function near(found: number | null | undefined, wanted: number | null, name: string, error = 1e-4): void {
  const isNear = wanted === null ? found === null : Math.abs((found ?? NaN) - wanted) <= error;
  assert.ok(isNear, `${name}: ${found}, not ${wanted}`);
}

describe('generation: what PyTorch writes with the same strategies', () => {
  const engine = new Engine({ bundledDir: FIXTURES, memoryBudgetBytes: 2 ** 26, log: () => undefined });
  after(() => engine.close());

  for (const wanted of FIXTURE.models) {
    test(`${wanted.model}: texts, probabilities, filters and the tree of beams`, async () => {
      const model = join(FIXTURES, wanted.model);
      const request = { model, segments: SEGMENTS, task: '', settings: FIXTURE.settings };
      const found = await writeAll(engine, request, { onProgress: () => undefined });
      checkTexts(found, wanted);
      checkFilters(found, wanted.steps);
      checkTree(found, wanted.prefixes);
      const best = found.results.filter(({ strategy }) => strategy === 'beam').map(({ ids }) => ids);
      checkDiversity(diversityOf(best), wanted.diversity);
    });
  }

  test('the same seed writes the same, another seed something else', async () => {
    const drawn = async (seed: number) => {
      const settings = { ...FIXTURE.settings, seed };
      const request = { model: join(FIXTURES, 'gpt2-eager'), segments: SEGMENTS, task: '', settings };
      const { results } = await writeAll(engine, request, { onProgress: () => undefined });
      return results.filter((one) => one.seed !== null).map(({ ids }) => ids);
    };
    assert.deepEqual(await drawn(3), await drawn(3));
    assert.notDeepEqual(await drawn(3), await drawn(4));
  });

  test('diversity counts n-grams over all texts, and overlaps by pairs', () => {
    const { texts, ...wanted } = FIXTURE.diversity;
    const found = diversityOf(texts);
    checkDiversity(found, wanted);
    assert.deepEqual([found.texts, found.different], [4, 3]);
    assert.deepEqual(diversityOf([[7]]), {
      texts: 1,
      different: 1,
      distinct1: 1,
      distinct2: null,
      overlap: null,
    });
  });
});

function checkTexts({ results, facts }: WriterResult, wanted: Fixture['models'][number]): void {
  const greedy = results.find(({ strategy }) => strategy === 'greedy');
  assert.deepEqual(greedy?.ids, wanted.greedy.ids);
  near(greedy?.logProbability, wanted.greedy.logProbability, 'greedy', 1e-3);
  near(
    greedy?.fromSource,
    facts.family === 'encoder-decoder' ? wanted.fromSource : null,
    'from the source',
    1e-6,
  );
  const beams = results.filter(({ strategy }) => strategy === 'beam');
  assert.deepEqual(
    beams.map(({ ids }) => ids),
    wanted.beams.map(({ ids }) => ids),
  );
  beams.forEach(({ logProbability }, i) =>
    near(logProbability, wanted.beams[i]?.logProbability ?? NaN, `beam ${i}`, 1e-3),
  );
  const seeds = results.filter(({ strategy }) => strategy === 'top-k').map(({ seed }) => seed);
  assert.deepEqual(seeds, [5, 6]);
}

function checkFilters({ filters }: WriterResult, steps: Fixture['models'][number]['steps']): void {
  assert.equal(filters.length, 4);
  filters.forEach(({ label, steps: found }, filter) => {
    assert.equal(found.length, steps.length);
    found.forEach(({ kept, entropy, candidates }, step) => {
      const wanted = steps[step]?.filters[filter];
      assert.equal(kept, wanted?.kept, `${label}, step ${step}`);
      near(entropy, steps[step]?.entropy ?? NaN, 'entropy');
      wanted?.probabilities.forEach((value, i) =>
        near(candidates[i]?.filtered, value, `${label}, token ${i}`),
      );
    });
  });
}

/** Each prefix that was a beam is a node, with its score; nothing else is but the root. */
function checkTree({ tree }: WriterResult, prefixes: Fixture['models'][number]['prefixes']): void {
  const nodes = tree?.nodes ?? [];
  assert.equal(nodes.length, prefixes.length + 1);
  const scores = nodes.slice(1).map(({ value }) => value ?? NaN);
  const sorted = (list: number[]) => [...list].sort((a, b) => a - b);
  const wanted = sorted(prefixes.map(({ score }) => score));
  sorted(scores).forEach((score, i) => near(score, wanted[i] ?? NaN, 'a prefix', 1e-3));
  const depth = ({ parent }: TreeNode): number =>
    parent === null ? 0 : 1 + depth(nodes[parent] as TreeNode);
  assert.deepEqual(sorted(nodes.slice(1).map(depth)), sorted(prefixes.map(({ ids }) => ids.length)));
}

function checkDiversity(found: Diversity, wanted: Measures): void {
  for (const name of ['distinct1', 'distinct2', 'overlap'] as const) {
    near(found[name], wanted[name], name, 1e-6);
  }
}

describe('the generation probe on the bundled models', () => {
  const engine = new Engine({ bundledDir: BUNDLED, memoryBudgetBytes: 2 ** 26, log: () => undefined });
  after(() => engine.close());
  const machine = { places: { bundledDir: BUNDLED, cacheDir: '' }, memoryBytes: 1 };
  const settings = {
    ...defaultSettings(generation.fields),
    ...{ model: 'pocket-gpt2', both: 'pocket-t5', length: 4, samples: 2, temperature: 3 },
  };
  const run = (change: object, context: object = {}) =>
    generation.run(
      engine,
      { segments: SEGMENTS, settings: { ...settings, ...change } },
      { machine, ...context },
    ) as Promise<GenerationResult>;

  test('an encoder-decoder rewrites the text, and writes alone where it is the model', async () => {
    const both = await run({});
    assert.equal(both.rewriter?.facts.name, 'pocket-t5');
    assert.deepEqual(
      [...new Set(both.rewriter?.results.map(({ strategy }) => strategy))],
      ['greedy', 'top-p', 'beam'],
    );
    const alone = await run({ model: 'pocket-t5', task: 'date: ' });
    assert.equal(alone.rewriter, null);
    assert.ok(alone.writer.read > (both.rewriter?.read ?? Infinity), 'the task is read as well');
  });

  test('says what it does, shows what it has, and stops when it is cancelled', async () => {
    const stopping = new AbortController();
    const partials: GenerationResult[] = [];
    const fractions: number[] = [];
    const onProgress = (message: string, fraction: number, partial?: GenerationResult) => {
      fractions.push(fraction);
      if (partial) partials.push(partial);
      if (message.includes('top-k 10, token 2')) stopping.abort();
    };
    await assert.rejects(run({}, { onProgress, signal: stopping.signal }), /Cancelled/);
    assert.deepEqual(
      fractions,
      [...fractions].sort((a, b) => a - b),
    );
    assert.ok((fractions.at(-1) ?? 1) < 0.5);
    const last = partials.at(-1) as GenerationResult;
    assert.deepEqual(
      last.writer.results.map(({ strategy }) => strategy),
      ['greedy', 'temperature', 'temperature'],
    );
    assert.ok(generation.report(last, settings).parts.length > 0);
  });

  test('a model that only fills masks says so', async () => {
    await assert.rejects(run({ model: 'pocket-bert' }), /has no decoder/);
  });
});
