import assert from 'node:assert/strict';
import test from 'node:test';
import { CATALOGUE } from '../../src/models/hub/catalogue';
import type { RepoFile } from '../../src/models/hub/client';
import { asPrecision, chooseFiles, precisionsOf, type Precision } from '../../src/models/hub/files';
import { checkRepoId } from '../../src/models/hub/names';

function listing(...paths: string[]): { id: string; files: RepoFile[] } {
  const files = paths.map((path, index) => ({
    path,
    size: 10 ** index,
    hash: { kind: 'git-sha1' as const, hex: 'a'.repeat(40) },
  }));
  return { id: 'lab/model', files };
}

const TOKENIZER = ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json'];

/** Layouts of real repositories, and what is fetched of them. */
const layouts: { name: string; paths: string[]; wanted?: Precision; chosen: string[]; graphs: string[] }[] = [
  {
    name: 'one model in every precision',
    paths: [
      'README.md',
      'config.json',
      ...TOKENIZER,
      'vocab.txt',
      ...['', '_fp16', '_quantized', '_q4', '_q4f16', '_bnb4'].map((s) => `onnx/model${s}.onnx`),
    ],
    chosen: ['config.json', ...TOKENIZER, 'vocab.txt', 'onnx/model.onnx'],
    graphs: ['onnx/model.onnx'],
  },
  {
    name: 'the precision that is asked for',
    paths: ['config.json', 'onnx/model.onnx', 'onnx/model_q4.onnx', 'onnx/model_q4f16.onnx'],
    wanted: 'q4',
    chosen: ['config.json', 'onnx/model_q4.onnx'],
    graphs: ['onnx/model_q4.onnx'],
  },
  {
    name: 'weights outside the graph, of this graph only',
    paths: [
      'config.json',
      'onnx/model.onnx',
      'onnx/model.onnx_data',
      'onnx/model.onnx_data_1',
      'onnx/model_fp16.onnx',
      'onnx/model_fp16.onnx_data',
    ],
    chosen: ['config.json', 'onnx/model.onnx', 'onnx/model.onnx_data', 'onnx/model.onnx_data_1'],
    graphs: ['onnx/model.onnx'],
  },
  {
    name: 'weights outside the graph by the other custom, without a folder',
    paths: ['config.json', 'genai_config.json', 'model.onnx', 'model.onnx.data', 'tokenizer.json'],
    chosen: ['config.json', 'genai_config.json', 'tokenizer.json', 'model.onnx', 'model.onnx.data'],
    graphs: ['model.onnx'],
  },
  {
    name: 'onnxruntime-genai, a folder for each kind of hardware',
    paths: [
      'README.md',
      'config.json',
      ...['cuda/cuda-fp16', 'cpu_and_mobile/cpu-int4-rtn-block-32', 'directml/int4'].flatMap((folder) =>
        ['config.json', 'genai_config.json', 'model.onnx', 'model.onnx.data', 'tokenizer.json'].map(
          (name) => `${folder}/${name}`,
        ),
      ),
    ],
    wanted: 'q4',
    chosen: ['config.json', 'genai_config.json', 'tokenizer.json', 'model.onnx', 'model.onnx.data'].map(
      (name) => `cpu_and_mobile/cpu-int4-rtn-block-32/${name}`,
    ),
    graphs: ['cpu_and_mobile/cpu-int4-rtn-block-32/model.onnx'],
  },
  {
    name: 'the only folder with graphs, whatever its name',
    paths: [
      'onnx_models/model.onnx',
      'onnx_models/model_int8.onnx',
      'ort_models/model.ort',
      'tokenizer.json',
    ],
    chosen: ['tokenizer.json', 'onnx_models/model.onnx'],
    graphs: ['onnx_models/model.onnx'],
  },
  {
    name: "fastT5's names",
    paths: ['b-decoder.onnx', 'b-encoder.onnx', 'b-init-decoder.onnx', 'vocab.json', 'merges.txt'],
    chosen: ['vocab.json', 'merges.txt', 'b-encoder.onnx', 'b-init-decoder.onnx'],
    graphs: ['b-encoder.onnx', 'b-init-decoder.onnx'],
  },
  {
    name: 'an encoder and decoders',
    paths: [
      'config.json',
      'generation_config.json',
      ...['decoder_model', 'decoder_model_merged', 'decoder_with_past_model', 'encoder_model'].flatMap(
        (n) => [`onnx/${n}.onnx`, `onnx/${n}_quantized.onnx`],
      ),
    ],
    chosen: ['config.json', 'generation_config.json', 'onnx/decoder_model.onnx', 'onnx/encoder_model.onnx'],
    graphs: ['onnx/decoder_model.onnx', 'onnx/encoder_model.onnx'],
  },
  {
    name: 'a pair of which fp16 has only the merged decoder',
    paths: [
      'config.json',
      'onnx/encoder_model.onnx',
      'onnx/decoder_model.onnx',
      'onnx/encoder_model_fp16.onnx',
      'onnx/decoder_model_merged_fp16.onnx',
    ],
    wanted: 'fp16',
    chosen: ['config.json', 'onnx/encoder_model_fp16.onnx', 'onnx/decoder_model_merged_fp16.onnx'],
    graphs: ['onnx/encoder_model_fp16.onnx', 'onnx/decoder_model_merged_fp16.onnx'],
  },
  {
    name: 'a decoder alone, with its configuration beside it only',
    paths: [
      'pytorch_model.bin',
      'onnx/config.json',
      'onnx/tokenizer.json',
      'onnx/vocab.json',
      'onnx/merges.txt',
      'onnx/decoder_model.onnx',
      'onnx/decoder_model_merged.onnx',
    ],
    chosen: [
      'onnx/config.json',
      'onnx/tokenizer.json',
      'onnx/vocab.json',
      'onnx/merges.txt',
      'onnx/decoder_model.onnx',
    ],
    graphs: ['onnx/decoder_model.onnx'],
  },
  {
    name: 'only a quantised model',
    paths: ['config.json', 'onnx/model_quantized.onnx'],
    chosen: ['config.json', 'onnx/model_quantized.onnx'],
    graphs: ['onnx/model_quantized.onnx'],
  },
];
for (const { name, paths, wanted, chosen, graphs } of layouts) {
  test(`chosen of ${name}`, () => {
    const { files } = listing(...paths);
    const choice = chooseFiles({ id: 'lab/model', files }, wanted);
    assert.deepEqual(
      choice.files.map(({ path }) => path),
      chosen,
    );
    assert.deepEqual(
      choice.graphs.map(({ path }) => path),
      graphs,
    );
    const sizes = files.filter(({ path }) => chosen.includes(path)).map(({ size }) => size);
    assert.equal(
      choice.bytes,
      sizes.reduce((sum, size) => sum + size, 0),
    );
  });
}

test('precisions are told nearest to the trained weights first', () => {
  const { files } = listing(
    'onnx/model_q4.onnx',
    'onnx/model.onnx',
    'onnx/model_fp16.onnx',
    'onnx/model_uint8.onnx',
  );
  assert.deepEqual(precisionsOf(files), ['fp32', 'fp16', 'uint8', 'q4']);
  assert.throws(() => asPrecision('int3'), { code: 'usage' });
});

test('what is missing is said, with what there is instead', () => {
  assert.throws(
    () => chooseFiles(listing('config.json', 'onnx/model.onnx'), 'q4'),
    /no q4 model. It has fp32/,
  );
  assert.throws(
    () => chooseFiles(listing('config.json', 'model.safetensors')),
    /holds no ONNX file.*onnx-community\/model/,
  );
  const several = listing('config.json', 'bert/model.onnx', 'gpt2/model.onnx');
  assert.throws(() => chooseFiles(several), /not laid out as a model/);
  assert.throws(() => chooseFiles(listing('onnx/a.onnx', 'onnx/b.onnx')), /not laid out as a model/);
});

test('the catalogue names models once, with usable ids and honest sizes', () => {
  const names = CATALOGUE.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { name, repository, companions, graphs, bytes, source, precision } of CATALOGUE) {
    assert.equal(checkRepoId(repository), repository);
    if (companions !== undefined) assert.equal(checkRepoId(companions), companions);
    assert.equal(bytes !== null, source === 'files', `${name}: a size is known where the files were seen`);
    assert.ok(bytes === null || bytes > 1e6);
    assert.ok(source !== 'files' || graphs.length > 0);
    if (graphs.length > 0) {
      const found = chooseFiles(listing('config.json', ...graphs), precision);
      assert.deepEqual(found.graphs.map(({ path }) => path).sort(), [...graphs].sort(), name);
    }
  }
});

test('the catalogue holds the models that people ask for first', () => {
  const asked =
    'bert-base-uncased bert-base-cased bert-large-uncased distilbert-base-uncased roberta-base albert-base-v2 gpt2 gpt2-medium distilgpt2 opt-125m SmolLM2-135M Qwen2.5-0.5B Llama-3.2-1B t5-small t5-base flan-t5-small bart-base distilbart-cnn-12-6 opus-mt-en-fr codebert-base codet5-base';
  const names = new Set(CATALOGUE.map(({ name }) => name));
  for (const name of asked.split(' ')) assert.ok(names.has(name), name);
});
