import assert from 'node:assert/strict';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Engine } from '../../src/inference/engine';
import { generateIds } from '../../src/probes/generate';
import { GENERATION_DEFAULTS } from '../../src/shared/generation';
import type { Family } from '../../src/shared/model';
import { FIXTURES } from './support/reference';

const BERT = join(FIXTURES, 'bert-eager');
const GPT2 = join(FIXTURES, 'gpt2-eager');
const T5 = join(FIXTURES, 't5-eager');
const IDS = [2, 5, 6, 7, 8, 9, 3];

describe('the engine', () => {
  const engine = new Engine({ bundledDir: FIXTURES, memoryBudgetBytes: 2 ** 20, log: () => undefined });
  let folder = '';
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'probe-engine-'))));
  after(async () => {
    await engine.close();
    await rm(folder, { recursive: true });
  });

  /** A model's file alone: nothing beside it says what it is. */
  async function bareFile(fixture: string): Promise<string> {
    const path = join(folder, `${fixture}.onnx`);
    await copyFile(join(FIXTURES, fixture, 'onnx', 'model.onnx'), path);
    return path;
  }

  const measured: [fixture: string, family: Family, layers: number, decoderLayers?: number][] = [
    ['bert-eager', 'encoder-only', 2],
    ['roberta-sdpa', 'encoder-only', 2],
    ['gpt2-eager', 'decoder-only', 2],
    ['llama-past', 'decoder-only', 2],
    ['t5-single', 'encoder-decoder', 2, 2],
  ];
  for (const [fixture, family, layers, decoderLayers] of measured) {
    test(`${fixture} without a config is measured to be ${family}`, async () => {
      const model = await bareFile(fixture);
      const { facts } = await engine.request('open', { model });
      assert.equal(facts.family, family);
      assert.deepEqual([facts.layers, facts.decoderLayers, facts.heads], [layers, decoderLayers, 4]);
      assert.deepEqual(
        [facts.architecture, facts.vocabulary, facts.maxTokens, facts.hasTokenizer],
        ['unknown', null, null, false],
      );
    });
  }

  test('opening again is free', async () => {
    await engine.request('open', { model: GPT2 });
    assert.equal((await engine.request('open', { model: GPT2 })).openMs, 0);
  });

  test('the kind is the same for one token as for many', async () => {
    const kindsOf = async (ids: number[]) =>
      (await engine.request('run', { model: GPT2, ids })).layers.map(({ kind }) => kind);
    assert.deepEqual(await kindsOf([5]), ['decoder', 'decoder']);
    assert.deepEqual(await kindsOf(IDS), ['decoder', 'decoder']);
  });

  test('greedy decoding takes the most likely token at every step', async () => {
    const request = { model: T5, ids: IDS, options: { ...GENERATION_DEFAULTS, maxNewTokens: 6 } };
    const written = await generateIds(engine, request);
    const ids = [...(await engine.request('decoderStart', { model: T5 })), ...written.ids];
    assert.equal(ids[0], 0);
    const { runId } = await engine.request('run', { model: T5, ids: IDS, targetIds: ids });
    const { shape, data } = await engine.request('tensor', { runId, name: 'logits' });
    const vocabulary = shape.at(-1) ?? 0;
    for (const [step, next] of ids.slice(1).entries()) {
      // The padding token, 0, is never chosen.
      const row = data.slice(step * vocabulary + 1, (step + 1) * vocabulary);
      assert.equal(next, 1 + row.indexOf(Math.max(...row)));
    }
  });

  test('taps have the shapes of the attention they belong to', async () => {
    const taps = ['scores', 'query', 'key', 'value', 'hidden'] as const;
    const { tensors } = await engine.request('run', { model: BERT, ids: IDS, taps: [...taps] });
    const shapeOf = (name: string) => tensors.find((tensor) => tensor.name === name)?.shape;
    assert.deepEqual(shapeOf('encoder.0.scores'), [4, 7, 7]);
    for (const name of ['query', 'key', 'value']) assert.deepEqual(shapeOf(`encoder.1.${name}`), [4, 7, 8]);
    assert.deepEqual(shapeOf('encoder.hidden.2'), [7, 32]);
    assert.deepEqual(shapeOf('logits'), [7, 512]);
  });

  test('a head is a copy: changing it changes nothing kept', async () => {
    const { runId } = await engine.request('run', { model: BERT, ids: IDS });
    const address = { runId, kind: 'encoder', layer: 0, head: 3 } as const;
    const first = await engine.request('head', address);
    const before = first.weights.slice();
    first.weights.fill(0);
    assert.deepEqual((await engine.request('head', address)).weights, before);
  });

  const refused: [what: string, ask: () => Promise<unknown>, code: string, message: RegExp][] = [
    ['an id outside the vocabulary', () => run(BERT, [2, 512]), 'input', /hold 512.*0 to 511/],
    ['a negative id', () => run(BERT, [-1]), 'input', /hold -1/],
    ['no ids', () => run(BERT, []), 'input', /no token ids/],
    ['more ids than positions', () => run(BERT, new Array<number>(321).fill(5)), 'input', /321.*320/],
    [
      'a run beyond the budget',
      () => run(GPT2, new Array<number>(300).fill(5)),
      'input',
      /At most 181 tokens fit/,
    ],
    ['an encoder-decoder without a target', () => run(T5, IDS), 'input', /no decoder ids/],
    ['generating without a decoder', () => generate(BERT), 'usage', /has no decoder/],
    ['a text without a tokenizer', () => encodeBare(), 'model', /tokenizer/],
    ['neither text nor ids', () => engine.request('encode', { model: BERT }), 'usage', /text or token ids/],
    ['an unknown run', () => head('00000000-0000-4000-8000-000000000000'), 'input', /no longer stored/],
    ['a run id that is a path', () => head('../../etc/passwd'), 'input', /no longer stored/],
  ];
  for (const [what, ask, code, message] of refused) {
    test(`refuses ${what}`, () => assert.rejects(ask, { name: 'ProbeError', code, message }));
  }

  test('an aborted request does not begin', async () => {
    const stop = new AbortController();
    stop.abort();
    await assert.rejects(engine.request('run', { model: BERT, ids: IDS }, stop.signal), {
      code: 'cancelled',
    });
  });

  const run = (model: string, ids: number[]) => engine.request('run', { model, ids });
  const generate = (model: string) =>
    engine.request('generate', { model, ids: IDS, options: GENERATION_DEFAULTS, state: null });
  const head = (runId: string) => engine.request('head', { runId, kind: 'encoder', layer: 0, head: 0 });
  const encodeBare = async () => {
    const model = await bareFile('bert-eager');
    return engine.request('encode', { model, segments: [{ text: 'a', offset: 0 }] });
  };
});
