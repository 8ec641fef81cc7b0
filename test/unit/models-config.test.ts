import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseConfig, readConfig } from '../../src/models/config';
import { ProbeError } from '../../src/shared/errors';

test("every family's key names are read", () => {
  const cases: [object, object][] = [
    [
      {
        model_type: 'bert',
        num_hidden_layers: 12,
        num_attention_heads: 12,
        hidden_size: 768,
        vocab_size: 30522,
        max_position_embeddings: 512,
        pad_token_id: 0,
      },
      {
        family: 'encoder-only',
        layers: 12,
        heads: 12,
        hiddenSize: 768,
        vocabulary: 30522,
        maxTokens: 512,
        padId: 0,
        decoderLayers: null,
      },
    ],
    [
      {
        model_type: 'gpt2',
        n_layer: 6,
        n_head: 12,
        n_embd: 768,
        n_positions: 1024,
        n_ctx: 1024,
        vocab_size: 50257,
        eos_token_id: 50256,
      },
      { family: 'decoder-only', layers: 6, heads: 12, hiddenSize: 768, maxTokens: 1024, eosIds: [50256] },
    ],
    [
      { model_type: 'distilbert', n_layers: 6, n_heads: 12, dim: 768, max_position_embeddings: 512 },
      { family: 'encoder-only', layers: 6, heads: 12, hiddenSize: 768 },
    ],
    [
      {
        model_type: 'llama',
        num_hidden_layers: 2,
        num_attention_heads: 8,
        num_key_value_heads: 2,
        eos_token_id: [1, 2],
      },
      { family: 'decoder-only', keyValueHeads: 2, eosIds: [1, 2] },
    ],
    [
      {
        model_type: 't5',
        is_encoder_decoder: true,
        num_layers: 12,
        num_decoder_layers: 6,
        num_heads: 8,
        d_model: 512,
        n_positions: 512,
        decoder_start_token_id: 0,
      },
      {
        family: 'encoder-decoder',
        layers: 12,
        decoderLayers: 6,
        heads: 8,
        decoderHeads: 8,
        hiddenSize: 512,
        maxTokens: null,
        trainedLength: 512,
        decoderStartId: 0,
      },
    ],
    [
      {
        model_type: 'bart',
        is_encoder_decoder: true,
        encoder_layers: 6,
        decoder_layers: 3,
        encoder_attention_heads: 12,
        decoder_attention_heads: 16,
        d_model: 768,
        max_position_embeddings: 1024,
      },
      { layers: 6, decoderLayers: 3, heads: 12, decoderHeads: 16, maxTokens: 1024 },
    ],
    [
      {
        model_type: 'encoder-decoder',
        is_encoder_decoder: true,
        encoder: { num_hidden_layers: 4 },
        decoder: { num_hidden_layers: 2 },
      },
      { family: 'encoder-decoder', layers: 4, decoderLayers: 2 },
    ],
    [
      { model_type: 'gemma3', text_config: { num_hidden_layers: 26, num_attention_heads: 4 } },
      { layers: 26, heads: 4 },
    ],
    [{ architectures: ['SomethingForCausalLM'] }, { architecture: 'unknown', family: 'decoder-only' }],
    [{ architectures: ['SomethingForSequenceClassification'] }, { family: null }],
    [
      { model_type: 't5', is_encoder_decoder: true, architectures: ['T5EncoderModel'] },
      { family: 'encoder-only' },
    ],
  ];
  for (const [config, expected] of cases) {
    const facts = parseConfig(config as Record<string, unknown>);
    assert.deepEqual({ ...facts, ...expected }, facts);
  }
});

test('positions that begin after the padding id leave room for fewer tokens', () => {
  for (const model_type of ['roberta', 'xlm-roberta', 'camembert', 'mpnet']) {
    assert.equal(parseConfig({ model_type, max_position_embeddings: 514, pad_token_id: 1 }).maxTokens, 512);
  }
  assert.equal(parseConfig({ model_type: 'roberta', max_position_embeddings: 514 }).maxTokens, 512);
});

test('the length in tokenizer_config.json is advice where nothing limits the length', () => {
  const advice = { model_max_length: 512 };
  assert.deepEqual(
    [parseConfig({ model_type: 't5', is_encoder_decoder: true }, advice)].map((c) => [
      c.maxTokens,
      c.trainedLength,
    ]),
    [[null, 512]],
  );
  assert.equal(parseConfig({ model_type: 't5' }, { model_max_length: 1e30 }).trainedLength, null);
});

test('wrong types, absurd numbers and inherited names count as absent', () => {
  const facts = parseConfig(
    JSON.parse(
      `{"__proto__": {"num_hidden_layers": 3}, "model_type": {"a": 1}, "architectures": [1, null, {}], "num_hidden_layers": "12",
        "num_attention_heads": 1e300, "hidden_size": -5, "vocab_size": 1.5, "max_position_embeddings": null,
        "eos_token_id": [1, "x", -1, 2], "is_encoder_decoder": "yes", "encoder": [], "decoder": 7}`,
    ) as Record<string, unknown>,
  );
  assert.deepEqual(facts, {
    architecture: 'unknown',
    architectures: [],
    family: null,
    layers: null,
    decoderLayers: null,
    heads: null,
    decoderHeads: null,
    keyValueHeads: null,
    hiddenSize: null,
    vocabulary: null,
    maxTokens: null,
    trainedLength: null,
    bosId: null,
    eosIds: [1, 2],
    padId: null,
    decoderStartId: null,
    initializerRange: null,
  });
});

test('hostile files give one clear error or nothing', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'probe-config-'));
  const write = (text: string) => writeFile(join(directory, 'config.json'), text);
  try {
    assert.equal(await readConfig(directory), null);
    await write('\uFEFF{"model_type": "bert"}');
    assert.equal((await readConfig(directory))?.architecture, 'bert');
    for (const text of [
      '[1, 2]',
      'null',
      '{"model_type": "bert"',
      '\0'.repeat(100),
      `"${' '.repeat(17 * 2 ** 20)}"`,
    ]) {
      await write(text);
      await assert.rejects(readConfig(directory), { code: 'model', message: /^config\.json / });
    }
    await write(`{"x": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`);
    await readConfig(directory).catch((error: unknown) => assert.ok(error instanceof ProbeError));
    await write('{"model_type": "bert"}');
    await writeFile(join(directory, 'tokenizer_config.json'), 'not json');
    await assert.rejects(readConfig(directory), { code: 'model', message: /^tokenizer_config\.json / });
  } finally {
    await rm(directory, { recursive: true });
  }
});
