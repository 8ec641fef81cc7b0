import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Engine } from '../../src/inference/engine';
import { filtered, tokenAt } from '../../src/inference/generation/distribution';
import { logSoftmax } from '../../src/numeric/softmax';
import { analyzeAttention } from '../../src/probes/attention';
import { generateIds } from '../../src/probes/generate';
import { GENERATION_DEFAULTS } from '../../src/shared/generation';
import type { GenerationOptions, GenerationState } from '../../src/shared/generation';
import { seeded } from '../support/seeded';
import { FIXTURES } from './support/reference';

/** What make_generation.py writes: transformers' own answers. */
interface Fixture {
  prompt: number[];
  maxNewTokens: number;
  generated: {
    model: string;
    ends: number[];
    beams: number;
    lengthPenalty: number;
    ids: number[];
    end: number | null;
    score?: number;
  }[];
  distributions: {
    temperature: number;
    topK: number;
    topP: number;
    logits: number[];
    probabilities: number[];
  }[];
}

const FIXTURE = JSON.parse(readFileSync(join(FIXTURES, '../generation/generation.json'), 'utf8')) as Fixture;
const BUNDLED = join(import.meta.dirname, '../../models');
const options = (change: Partial<GenerationOptions>): GenerationOptions => ({
  ...GENERATION_DEFAULTS,
  ...change,
});

describe('generation equals the Python library', () => {
  const engine = new Engine({ bundledDir: BUNDLED, memoryBudgetBytes: 2 ** 26, log: () => undefined });
  after(() => engine.close());

  for (const model of new Set(FIXTURE.generated.map((one) => one.model))) {
    test(`${model}: greedy and beam search`, async () => {
      for (const wanted of FIXTURE.generated.filter((one) => one.model === model)) {
        const { beams, lengthPenalty, ends } = wanted;
        const method = beams > 1 ? 'beam' : 'greedy';
        const asked = options({ method, beams, lengthPenalty, maxNewTokens: FIXTURE.maxNewTokens });
        const request = { model: join(FIXTURES, model), ids: FIXTURE.prompt, options: asked, ends };
        let state: GenerationState | null = null;
        while (!state?.stopped) state = await engine.request('generate', { ...request, state });
        const best =
          method === 'beam' ? state.finished[0] : { ids: state.beams[0]?.ids, end: state.end, score: 0 };
        const name = `${method} ${beams}, penalty ${lengthPenalty}, ends ${ends.join(' ')}`;
        assert.deepEqual(best?.ids, wanted.ids, name);
        // The library's beam search writes the first end token, whichever it was.
        const isKnown = beams === 1 || ends.length === 1;
        if (isKnown) assert.equal(best?.end, wanted.end, name);
        else assert.equal(best?.end === null, wanted.end === null, name);
        if (wanted.score !== undefined) assert.ok(Math.abs((best?.score ?? NaN) - wanted.score) < 1e-4, name);
      }
    });
  }

  test('temperature, top-k and top-p leave the same distribution', () => {
    for (const { logits, probabilities, ...filters } of FIXTURE.distributions) {
      const found = filtered(logSoftmax(logits), filters);
      probabilities.forEach((wanted, id) =>
        assert.ok(Math.abs((found[id] as number) - wanted) < 1e-9, `${JSON.stringify(filters)}, token ${id}`),
      );
    }
  });

  test('tokens are drawn as often as they are likely', () => {
    const probabilities = Float64Array.of(0.5, 0, 0.25, 0.25);
    const random = seeded(3);
    const counts = [0, 0, 0, 0];
    const draws = 20_000;
    for (let i = 0; i < draws; i++) {
      const id = tokenAt(probabilities, random());
      counts[id] = (counts[id] ?? 0) + 1;
    }
    assert.equal(counts[1], 0);
    // Five standard deviations of a binomial.
    counts.forEach((count, id) => {
      const p = probabilities[id] as number;
      assert.ok(Math.abs(count - draws * p) <= 5 * Math.sqrt(draws * p * (1 - p)), counts.join(' '));
    });
  });
});

describe('a generated text', () => {
  const engine = new Engine({ bundledDir: BUNDLED, memoryBudgetBytes: 2 ** 26, log: () => undefined });
  after(() => engine.close());
  const segments = [{ text: 'def count(words):', offset: 4 }];
  const analyze = (model: string, change: Partial<GenerationOptions>, stop?: AbortSignal) =>
    analyzeAttention(
      engine,
      { model, segments, generation: options({ maxNewTokens: 8, ...change }) },
      { stop },
    );

  for (const model of ['pocket-gpt2', 'pocket-t5']) {
    test(`${model}: the same seed gives the same tokens, another seed others`, async () => {
      const chosen = async (seed: number) => {
        const { generation } = await analyze(model, {
          method: 'sample',
          temperature: 3,
          topK: 0,
          topP: 1,
          seed,
        });
        return generation?.steps.map(({ chosen: { id } }) => id);
      };
      assert.deepEqual(await chosen(5), await chosen(5));
      assert.notDeepEqual(await chosen(5), await chosen(6));
    });

    test(`${model}: steps tell what the model expected`, async () => {
      const result = await analyze(model, { method: 'sample', topK: 5, topP: 1, seed: 1 });
      const { generation } = result;
      const tokens = result.target?.tokens ?? result.tokens;
      assert.ok(generation && generation.steps.length > 0);
      for (const [step, { query, position, chosen, rank, candidates, kept }] of generation.steps.entries()) {
        assert.equal(query, generation.first - 1 + step);
        if (position !== null) assert.equal(tokens[position]?.id, chosen.id);
        assert.ok(kept <= 5 && rank < 5 && chosen.filtered > 0);
        const drawn = candidates.reduce((sum, one) => sum + one.filtered, 0);
        assert.ok(Math.abs(drawn - 1) < 1e-9);
        assert.ok(
          candidates.every((one, i) => i === 0 || one.probability <= (candidates[i - 1]?.probability ?? 0)),
        );
      }
    });
  }

  test('greedy steps take the first candidate, and the attention is that of the whole text', async () => {
    const result = await analyze('pocket-gpt2', { method: 'greedy' });
    assert.ok(
      result.generation?.steps.every(
        ({ rank, chosen, candidates }) => rank === 0 && chosen.id === candidates[0]?.id,
      ),
    );
    assert.equal(result.layers[0]?.queries, result.tokens.length);
    const [own, written] = result.segments;
    assert.deepEqual([own?.generated, written?.generated], [undefined, true]);
    const texts = result.tokens
      .filter(({ segment }) => segment === 1)
      .map(({ start, end }) => written?.text.slice(start, end));
    assert.equal(texts.join(''), written?.text);
  });

  test('stopping keeps what is there', async () => {
    const stop = new AbortController();
    const onToken = (count: number) => count === 3 && stop.abort();
    const request = {
      model: 'pocket-gpt2',
      ids: [5, 6, 7],
      options: options({ maxNewTokens: 50, method: 'sample' }),
    };
    const written = await generateIds(engine, request, { stop: stop.signal, onToken });
    assert.deepEqual([written.ids.length, written.stopped], [3, 'cancelled']);
  });

  test('a model that fills in masks generates nothing', () =>
    assert.rejects(analyze('pocket-bert', {}), { code: 'usage', message: /no decoder/ }));
});
