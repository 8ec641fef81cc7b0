import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { bundledModels, verifyBundled } from '../../src/models/catalogue';
import { familyOf, locateModel, type ModelFolder } from '../../src/models/folder';
import { ProbeError } from '../../src/shared/errors';

const FIXTURES = join(__dirname, '../fixtures/models');
let root = '';
let bundledDir = '';

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'probe-models-'));
  bundledDir = join(root, 'models');
  await makeModel('models/tiny-bert', ['onnx/model.onnx', 'tokenizer.json'], { model_type: 'bert' });
});

after(() => rm(root, { recursive: true }));

async function makeModel(folder: string, files: string[], config?: object): Promise<string> {
  const directory = join(root, folder);
  await mkdir(join(directory, 'onnx'), { recursive: true });
  for (const file of files) await writeFile(join(directory, file), file);
  if (config) await writeFile(join(directory, 'config.json'), JSON.stringify(config));
  return directory;
}

function locate(reference: string, cwd = root): Promise<ModelFolder> {
  return locateModel(reference, { bundledDir, cwd });
}

function graphsOf({ graphs, directory }: ModelFolder): string[] {
  return graphs.map(({ role, path }) => `${role} ${path.slice(directory.length + 1)}`);
}

async function failure(promise: Promise<unknown>): Promise<ProbeError> {
  const error = await promise.then(
    () => assert.fail('expected an error'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ProbeError);
  return error;
}

test('a bundled name, a path, the onnx folder and the file all open the same model', async () => {
  const directory = join(bundledDir, 'tiny-bert');
  for (const reference of [
    'tiny-bert',
    directory,
    `${directory}/`,
    'models/tiny-bert',
    join(directory, 'onnx'),
  ]) {
    const folder = await locate(reference);
    assert.equal(folder.id, reference);
    assert.equal(folder.directory, directory);
    assert.equal(folder.name, 'tiny-bert');
    assert.deepEqual(graphsOf(folder), ['model onnx/model.onnx']);
    assert.equal(folder.tokenizerPath, join(directory, 'tokenizer.json'));
    assert.equal(folder.config?.architecture, 'bert');
  }
  const file = await locate(join(directory, 'onnx/model.onnx'));
  assert.equal(file.directory, directory);
  assert.equal(file.name, 'tiny-bert/model.onnx');
});

test('models are found below the given folders', async () => {
  await makeModel('hub/owner/name', ['onnx/model.onnx'], {});
  const folder = await locateModel('owner/name', { bundledDir, cwd: root, folders: [join(root, 'hub')] });
  assert.equal(folder.name, 'name');
});

test('full precision goes before variants, onnx/ before the root, a pair before half of it', async () => {
  const cases: [files: string[], isPair: boolean, expected: string[]][] = [
    [
      ['onnx/model_q4.onnx', 'onnx/model_quantized.onnx', 'onnx/model_fp16.onnx'],
      false,
      ['model onnx/model_fp16.onnx'],
    ],
    [['onnx/model_q4.onnx', 'onnx/model_int8.onnx'], false, ['model onnx/model_int8.onnx']],
    [['model.onnx', 'onnx/model_q4.onnx'], false, ['model onnx/model_q4.onnx']],
    [['model.onnx'], false, ['model model.onnx']],
    [['onnx/decoder_model.onnx', 'onnx/decoder_model_merged.onnx'], false, ['model onnx/decoder_model.onnx']],
    [['onnx/decoder_model_merged.onnx'], false, ['model onnx/decoder_model_merged.onnx']],
    [
      ['onnx/encoder_model.onnx', 'onnx/decoder_model_merged.onnx', 'onnx/decoder_model_quantized.onnx'],
      true,
      ['encoder onnx/encoder_model.onnx', 'decoder onnx/decoder_model_quantized.onnx'],
    ],
    [
      ['encoder_model.onnx', 'decoder_with_past_model.onnx', 'decoder_model_merged.onnx'],
      true,
      ['encoder encoder_model.onnx', 'decoder decoder_model_merged.onnx'],
    ],
    [
      ['onnx/model.onnx', 'onnx/encoder_model.onnx', 'onnx/decoder_model.onnx'],
      true,
      ['encoder onnx/encoder_model.onnx', 'decoder onnx/decoder_model.onnx'],
    ],
    [['onnx/my-export.onnx'], false, ['model onnx/my-export.onnx']],
  ];
  for (const [index, [files, isPair, expected]] of cases.entries()) {
    await makeModel(`choice-${index}`, files, { is_encoder_decoder: isPair });
    assert.deepEqual(graphsOf(await locate(`./choice-${index}`)), expected, files.join(' '));
  }
});

test('a named half finds its partner of the same variant', async () => {
  const files = ['encoder_model', 'decoder_model', 'encoder_model_int8', 'decoder_model_merged_int8'];
  const directory = await makeModel(
    'halves',
    files.map((file) => `onnx/${file}.onnx`),
    { is_encoder_decoder: true },
  );
  const pairs = [
    ['encoder_model', 'encoder onnx/encoder_model.onnx', 'decoder onnx/decoder_model.onnx'],
    ['encoder_model_int8', 'encoder onnx/encoder_model_int8.onnx', 'decoder onnx/decoder_model.onnx'],
    [
      'decoder_model_merged_int8',
      'encoder onnx/encoder_model_int8.onnx',
      'decoder onnx/decoder_model_merged_int8.onnx',
    ],
  ];
  for (const [file, ...expected] of pairs) {
    assert.deepEqual(graphsOf(await locate(join(directory, 'onnx', `${file}.onnx`))), expected);
  }
});

test('errors say what to do and hold no path beyond what was typed', async () => {
  await makeModel('empty', [], {});
  await makeModel('half', ['onnx/decoder_model.onnx'], { is_encoder_decoder: true });
  await makeModel('other', ['weights.bin'], {});
  await makeModel('broken', ['onnx/model.onnx', 'config.json']);
  const cases: [string, RegExp][] = [
    ['no-such-model', /no model "no-such-model".*bundled models are tiny-bert/],
    ['./empty', /folder empty has no model to run.*encoder_model\.onnx/],
    ['./half', /decoder_model\.onnx is half.*encoder_model\.onnx/],
    ['./other/weights.bin', /weights\.bin is not an \.onnx file/],
    ['./broken', /config\.json is not valid JSON/],
  ];
  for (const [reference, message] of cases) {
    const error = await failure(locate(reference));
    assert.equal(error.code, 'model');
    assert.match(error.message, message);
    assert.ok(!error.message.includes(dirname(root)), error.message);
  }
  assert.equal((await failure(locate('  '))).code, 'usage');
});

test('the family comes from the config, else from the files', async () => {
  const expected = {
    'bert-eager': 'encoder-only',
    'roberta-eager': 'encoder-only',
    'distilbert-eager': 'encoder-only',
    'gpt2-eager': 'decoder-only',
    'llama-eager': 'decoder-only',
    't5-eager': 'encoder-decoder',
    'bart-12-6': 'encoder-decoder',
  };
  for (const [name, family] of Object.entries(expected)) {
    const folder = await locate(join(FIXTURES, name));
    assert.equal(familyOf(folder), family, name);
    assert.equal(folder.config?.family, family, name);
    assert.equal(folder.config.heads, 4, name);
  }
  const { config } = await locate(join(FIXTURES, 'bart-12-6'));
  assert.deepEqual([config?.layers, config?.decoderLayers], [12, 6]);
  await makeModel('nameless', ['onnx/encoder_model.onnx', 'onnx/decoder_model.onnx']);
  const nameless = await locate('./nameless');
  assert.equal(nameless.config, null);
  assert.equal(familyOf(nameless), 'encoder-decoder');
  await makeModel('unsaid', ['onnx/model.onnx'], { model_type: 'brand-new' });
  assert.equal(familyOf(await locate('./unsaid')), null);
});

test('bundled models are listed and checked against the manifest', async () => {
  const folder = await locate('tiny-bert');
  assert.deepEqual(
    (await bundledModels(bundledDir)).map(({ id, family, parameters }) => ({ id, family, parameters })),
    [{ id: 'tiny-bert', family: 'encoder-only', parameters: null }],
  );
  await verifyBundled(folder);
  const content = 'onnx/model.onnx';
  const file = {
    path: `tiny-bert/${content}`,
    size: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  };
  const cases: [Partial<typeof file>, RegExp | null][] = [
    [{}, null],
    [{ size: 9 }, /tiny-bert\/onnx\/model\.onnx.*has 15 bytes instead of 9.*Install/],
    [{ sha256: 'f'.repeat(64) }, /model\.onnx.*other contents/],
    [{ path: 'tiny-bert/onnx/gone.onnx' }, /gone\.onnx.*is missing/],
    [{ path: '../../etc/passwd' }, /manifest\.json is damaged/],
  ];
  for (const [change, message] of cases) {
    const files = [{ ...file, ...change }];
    const manifest = { models: [{ id: 'tiny-bert', parameters: 12, license: 'MIT', files }] };
    await writeFile(join(bundledDir, 'manifest.json'), JSON.stringify(manifest));
    if (message === null) await verifyBundled(folder);
    else assert.match((await failure(verifyBundled(folder))).message, message);
  }
  assert.equal((await bundledModels(bundledDir))[0]?.parameters, 12);
});

test('the models in the repository match their manifest', async () => {
  const real = join(__dirname, '../../models');
  const models = await bundledModels(real);
  assert.ok(models.length > 0);
  for (const { id } of models) {
    const folder = await locateModel(id, { bundledDir: real });
    assert.equal(basename(folder.directory), id);
    await verifyBundled(folder);
  }
});
