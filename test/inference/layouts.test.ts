import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openFolder } from '../../src/anatomy/open';
import { Engine } from '../../src/inference/engine';
import { locateModel } from '../../src/models/folder';
import type { Component } from '../../src/shared/anatomy';
import { FIXTURES } from './support/reference';

/*
 * Folders as tools and people lay them out, found by the one loader and run: the same attention as from the usual layout.
 */

const EXPORTERS = join(FIXTURES, '..', 'exporters');
const WHISPER = join(FIXTURES, '..', 'anatomy', 'whisper');
const IDS = [5, 6, 7, 8];

describe('Layouts of models', () => {
  let folder = '';
  let engine: Engine;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'layouts-'));
    engine = new Engine({ bundledDir: FIXTURES, memoryBudgetBytes: 2 ** 28, log: () => undefined });
  });
  after(async () => {
    await engine.close();
    await rm(folder, { recursive: true });
  });

  /** The weights of the first layer's first head. */
  async function firstHead(model: string, targetIds?: number[]): Promise<Float32Array> {
    const { runId, layers } = await engine.request('run', { model, ids: IDS, targetIds });
    const kind = layers[0]?.kind ?? 'encoder';
    return (await engine.request('head', { runId, kind, layer: 0, head: 0 })).weights;
  }

  it('onnxruntime-genai: folders by hardware, the graph by the name in genai_config.json, no config.json', async () => {
    const usual = join(EXPORTERS, 'llama-genai');
    const root = join(folder, 'llama-for-genai');
    const config = JSON.parse(await readFile(join(usual, 'config.json'), 'utf8')) as Record<string, number>;
    const genai = {
      model: {
        type: 'llama',
        context_length: config['max_position_embeddings'],
        vocab_size: config['vocab_size'],
        bos_token_id: 1,
        eos_token_id: [2, 3],
        decoder: {
          filename: 'llama-tiny.onnx',
          num_hidden_layers: config['num_hidden_layers'],
          num_attention_heads: config['num_attention_heads'],
          num_key_value_heads: config['num_key_value_heads'],
        },
      },
    };
    for (const place of ['cuda/cuda-int4', 'cpu_and_mobile/cpu-int4-rtn-block-32']) {
      const nested = join(root, place);
      await cp(join(usual, 'onnx'), nested, { recursive: true });
      await rename(join(nested, 'model.onnx'), join(nested, 'llama-tiny.onnx'));
      // A graph beside it that is not the decoder, as models with images have.
      await cp(join(FIXTURES, 'bert-eager', 'onnx', 'model.onnx'), join(nested, 'embedding.onnx'));
      await writeFile(join(nested, 'genai_config.json'), JSON.stringify(genai));
    }
    const found = await locateModel(root, { bundledDir: FIXTURES });
    assert.equal(found.name, 'llama-for-genai/cpu_and_mobile/cpu-int4-rtn-block-32');
    const { facts } = await engine.request('open', { model: root });
    assert.deepEqual(
      [facts.family, facts.architecture, facts.layers, facts.heads, facts.maxTokens, facts.vocabulary],
      [
        'decoder-only',
        'llama',
        config['num_hidden_layers'],
        config['num_attention_heads'],
        config['max_position_embeddings'],
        config['vocab_size'],
      ],
    );
    assert.deepEqual(await firstHead(root), await firstHead(usual));
  });

  it('the only folder with graphs, configuration and tokenizer above it', async () => {
    const usual = join(FIXTURES, 'bert-eager');
    const root = join(folder, 'bert-elsewhere');
    await cp(usual, root, { recursive: true });
    await rename(join(root, 'onnx'), join(root, 'onnx_models'));
    const { facts } = await engine.request('open', { model: root });
    assert.ok(facts.hasTokenizer);
    assert.equal(facts.architecture, 'bert');
    const opened = await openFolder(root);
    await opened?.close();
    assert.ok((opened?.anatomy.parameters ?? 0) > 0, 'its anatomy is found, too');
    assert.deepEqual(await firstHead(root), await firstHead(usual));
  });

  it("fastT5's names of an encoder-decoder's files", async () => {
    const usual = join(FIXTURES, 'bart-eager');
    const root = join(folder, 'bart-fast');
    for (const [from, to] of [
      ['encoder_model', 'bart-encoder'],
      ['decoder_model', 'bart-init-decoder'],
    ]) {
      await cp(join(usual, 'onnx', `${from}.onnx`), join(root, `${to}.onnx`), { recursive: true });
    }
    const { facts } = await engine.request('open', { model: root });
    assert.equal(facts.family, 'encoder-decoder');
    assert.deepEqual(await firstHead(root, [2, 5]), await firstHead(usual, [2, 5]));
  });

  it('Whisper reads sound: said when it is opened, with the input and what works instead', async () => {
    await assert.rejects(engine.request('open', { model: WHISPER }), {
      code: 'model',
      message: /^encoder_model\.onnx reads sound \("input_features"\).*Choose a model that reads text/,
    });
  });

  it('Whisper has an anatomy all the same', async () => {
    const opened = await openFolder(WHISPER);
    assert.ok(opened);
    await opened.close();
    const { components, facts } = opened.anatomy;
    assert.equal(facts.architecture, 'whisper');
    const blocksOf = (kind: string) =>
      flat(components.filter((one) => one.kind === kind)).filter((one) => one.kind === 'block');
    assert.deepEqual(
      ['encoder', 'decoder'].map((kind) => blocksOf(kind).flatMap(({ layers }) => layers)),
      [
        [0, 1],
        [0, 1],
      ],
    );
    assert.ok(flat(blocksOf('decoder')).some(({ kind }) => kind === 'cross-attention'));
  });
});

function flat(components: readonly Component[]): Component[] {
  return components.flatMap((component) => [component, ...flat(component.children)]);
}
