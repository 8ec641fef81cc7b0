import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Engine } from '../../src/inference/engine';
import { readModel, type ReadOptions } from '../../src/probes/architectures/read';
import type { ModelReading } from '../../src/probes/architectures/types';
import { FIXTURES } from './support/reference';

interface Likely {
  ids: number[];
  probabilities: number[];
}

/** What make_probes.py computes with PyTorch and NumPy. */
interface Fixture {
  text: string;
  readings: {
    model: string;
    ids: number[];
    next: Likely;
    fills?: Likely[];
    written?: string;
    target?: number[];
    stacks: {
      norms: number[][];
      cosines: number[];
      similarity: number[];
      vectors: Record<'first' | 'last' | 'mean', number[]>;
      toMean: number[];
    }[];
    seen: number[][][];
  }[];
}

const FIXTURE = JSON.parse(readFileSync(join(FIXTURES, '../probes/architectures.json'), 'utf8')) as Fixture;

/** Float32 models: relative to the largest value. */
function near(found: readonly (number | null)[], wanted: readonly number[], name: string): void {
  assert.equal(found.length, wanted.length, name);
  const scale = Math.max(...wanted.map(Math.abs));
  wanted.forEach((value, i) =>
    assert.ok(Math.abs((found[i] ?? NaN) - value) <= 2e-4 * scale, `${name} ${i}: ${found[i]}, not ${value}`),
  );
}

describe('architectures: what PyTorch computes of the same text', () => {
  const engine = new Engine({ bundledDir: FIXTURES, memoryBudgetBytes: 2 ** 26, log: () => undefined });
  after(() => engine.close());
  const read = (model: string, change: Partial<ReadOptions> = {}) =>
    readModel(engine, join(FIXTURES, model), [{ text: FIXTURE.text, offset: 0 }], {
      ...{ length: 6, top: 5, onProgress: () => undefined },
      ...change,
    });

  for (const wanted of FIXTURE.readings) {
    test(`${wanted.model}: hidden states, sight, candidates and what is written`, async () => {
      const found = await read(wanted.model);
      assert.deepEqual(
        found.stacks[0]?.tokens.map(({ id }) => id),
        wanted.ids,
      );
      assert.equal(found.stacks.length, wanted.stacks.length);
      checkStates(found, wanted);
      assert.deepEqual(
        found.sights.map(({ seen }) => seen),
        wanted.seen.map((rows) => rows.flat()),
      );
      near(
        found.next?.candidates.map(({ probability }) => probability) ?? [],
        wanted.next.probabilities,
        'next',
      );
      assert.deepEqual(
        found.next?.candidates.map(({ id }) => id),
        wanted.next.ids,
      );
      if (wanted.written !== undefined) assert.equal(found.written?.text, wanted.written);
      if (wanted.target) assert.deepEqual(idsOf(found, 1), wanted.target);
      const fills = wanted.fills ?? [];
      assert.deepEqual(
        found.fills.map(({ prediction }) => prediction.candidates[0]?.id),
        choose(fills, found.fills.length).map(({ ids }) => ids[0]),
      );
    });
  }

  test('shapes are those of the run’s tensors', async () => {
    const { stacks } = await read('t5-eager');
    const [source, target] = stacks;
    const [n, m] = [source?.tokens.length ?? 0, target?.tokens.length ?? 0];
    assert.deepEqual(
      source?.stages.map(({ name, shape }) => [name, ...shape]),
      [
        ['Token ids', n],
        ['Embeddings', n, 32],
        ['Self-attention weights of a layer', 4, n, n],
        ['After layer 0', n, 32],
        ['After layer 1', n, 32],
      ],
    );
    assert.deepEqual(
      target?.stages.map(({ name, shape }) => [name, ...shape]),
      [
        ['Token ids', m],
        ['Embeddings', m, 32],
        ['Self-attention weights of a layer', 4, m, m],
        ['Cross-attention weights of a layer', 4, m, n],
        ['After layer 0', m, 32],
        ['After layer 1', m, 32],
        ['Head: logits', m, 512],
      ],
    );
  });

  test('a model without a language-model head is compared as far as it goes', async () => {
    const { next, fills, written, stacks } = await read('bert-classifier');
    assert.deepEqual([next, fills, written], [null, [], null]);
    assert.equal(stacks[0]?.geometry.norms.length, 3);
  });

  test('stops when it is cancelled', async () => {
    const stopping = new AbortController();
    const onProgress = (message: string) => message.startsWith('writing token 2') && stopping.abort();
    await assert.rejects(
      read('gpt2-eager', { length: 60, signal: stopping.signal, onProgress }),
      /Cancelled/,
    );
  });
});

const idsOf = ({ stacks }: ModelReading, stack: number) => stacks[stack]?.tokens.map(({ id }) => id);

/** Of long texts only some tokens are hidden, evenly. */
function choose(all: Likely[], count: number): Likely[] {
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)] as Likely);
}

function checkStates(found: ModelReading, wanted: Fixture['readings'][number]): void {
  wanted.stacks.forEach((stack, i) => {
    const geometry = found.stacks[i]?.geometry;
    assert.ok(geometry);
    near(geometry.norms.flat(), stack.norms.flat(), 'norms');
    near(geometry.cosines, stack.cosines, 'cosines');
    near(geometry.similarity, stack.similarity, 'similarity');
    near(geometry.toMean, stack.toMean, 'toMean');
    for (const name of ['first', 'last', 'mean'] as const) {
      near(geometry.vectors[name], stack.vectors[name], name);
    }
  });
}
