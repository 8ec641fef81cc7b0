import assert from 'node:assert/strict';
import { cp, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import test from 'node:test';
import { runCli } from '../../src/cli/run';
import { listModels } from '../../src/models/hub/cache';
import { checkBundled } from '../../src/models/intact';
import { asHubId, findModelFiles } from '../../src/models/opening';
import { folderContents } from '../hub/repositories';
import { clientOf, errorOf, fetchFrom, noise, startHub, temporaryFolder } from '../hub/support';

const ID = 'lab/tiny-bert';
const FIXTURE = 'test/fixtures/models/bert-eager';

async function attention(cacheDir: string, model: string) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const argv = ['attention', '--offline', '--model', model, '--text', 'the lazy dog', '--json', '-'];
  const env = { TRANSFORMER_PROBE_CACHE: cacheDir };
  const status = await runCli(argv, 'models', { stdin: new PassThrough(), stdout, stderr, env });
  const [out, err] = [stdout, stderr].map((stream) => (stream.read() as Buffer | null)?.toString() ?? '');
  return { status, out: out ?? '', err: err ?? '' };
}

test('a Hub id is told from names and paths', () => {
  assert.equal(asHubId('Xenova/distilgpt2'), 'Xenova/distilgpt2');
  assert.equal(asHubId('distilgpt2'), 'Xenova/distilgpt2');
  assert.equal(asHubId('DistilGPT2'), 'Xenova/distilgpt2');
  for (const other of ['pocket-bert', './a/b', '/a/b', 'a/b/c', 'a/b.onnx', '~/models', 'a\\b', 'a/..']) {
    assert.equal(asHubId(other), null, other);
  }
});

test('a downloaded model opens by its id, on the command line too', async (context) => {
  const hub = await startHub(context);
  hub.add(ID, folderContents(FIXTURE));
  const cacheDir = await temporaryFolder(context);

  const before = await attention(cacheDir, ID);
  assert.equal(before.status, 3);
  assert.match(before.err, /transformer-probe models fetch lab\/tiny-bert/);

  await fetchFrom(clientOf(hub), cacheDir, { id: ID });
  const asked = hub.seen.length;
  const after = await attention(cacheDir, ID);
  assert.equal(after.err, '');
  const { model, attention: layers } = JSON.parse(after.out) as {
    model: { name: string };
    attention: unknown[];
  };
  assert.equal(model.name, 'tiny-bert');
  assert.ok(layers.length > 0);
  assert.equal(hub.seen.length, asked, 'an analysis uses no network');
});

test('a model whose file was changed is not opened, and the error names the file', async (context) => {
  const hub = await startHub(context);
  hub.add(ID, folderContents(FIXTURE));
  const cacheDir = await temporaryFolder(context);
  const options = { bundledDir: 'models', cacheDir };
  const folder = await fetchFrom(clientOf(hub), cacheDir, { id: ID });
  const graph = join(folder, 'onnx', 'model.onnx');
  const bytes = await readFile(graph);

  await utimes(graph, new Date(), new Date());
  assert.equal((await findModelFiles(ID, options)).folder.id, ID);

  const spoiled = Buffer.from(bytes);
  spoiled[bytes.length >> 1] = (spoiled[bytes.length >> 1] ?? 0) ^ 1;
  await writeFile(graph, spoiled);
  for (const reference of [ID, folder, graph]) {
    const error = await errorOf(findModelFiles(reference, options));
    assert.match(error.message, /onnx\/model\.onnx has other bytes/);
    assert.deepEqual(error.detail, { reason: 'changed', id: ID });
  }

  await fetchFrom(clientOf(hub), cacheDir, { id: ID });
  assert.equal((await findModelFiles(ID, options)).folder.id, ID);
});

test('of two precisions, the one that is whole is opened', async (context) => {
  const hub = await startHub(context);
  const contents = folderContents(FIXTURE);
  const graph = contents['onnx/model.onnx'] ?? Buffer.alloc(0);
  hub.add(ID, { ...contents, 'onnx/model_q4.onnx': graph, 'onnx/model.onnx_data': noise('data', 9000) });
  const cacheDir = await temporaryFolder(context);
  const folder = await fetchFrom(clientOf(hub), cacheDir, { id: ID, precision: 'q4' });
  await writeFile(join(folder, 'onnx', 'model.onnx'), 'left by something else');
  const [model] = await listModels(cacheDir);
  assert.deepEqual(model?.precisions, ['q4']);
  const { folder: found } = await findModelFiles(ID, { bundledDir: 'models', cacheDir });
  assert.deepEqual(
    found.graphs.map(({ path }) => path),
    [join(folder, 'onnx', 'model_q4.onnx')],
  );
});

test('a bundled model is checked when it is opened, and again when a file has changed', async (context) => {
  const bundledDir = await temporaryFolder(context);
  await cp('models/pocket-bert', join(bundledDir, 'pocket-bert'), { recursive: true });
  await cp('models/manifest.json', join(bundledDir, 'manifest.json'));
  const directory = join(bundledDir, 'pocket-bert');
  await checkBundled({ directory });
  const tokenizer = join(directory, 'tokenizer.json');
  const text = await readFile(tokenizer, 'utf8');
  await writeFile(tokenizer, text.replace('e', 'E'));
  const error = await errorOf((await findModelFiles('pocket-bert', { bundledDir })).intact);
  assert.match(error.message, /tokenizer\.json of the bundled model pocket-bert/);
  await writeFile(tokenizer, text);
  await (
    await findModelFiles('pocket-bert', { bundledDir })
  ).intact;
});
