import assert from 'node:assert/strict';
import { rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { openFolder } from '../../src/anatomy/open';
import { parseModelId } from '../../src/commands/hubId';
import { duration } from '../../src/models/hub/progress';
import { listAllModels } from '../../src/views/modelList';
import { folderContents } from '../hub/repositories';
import { clientOf, fetchFrom, startHub, temporaryFolder } from '../hub/support';

/** In this process, where the extension asks its worker. */
const readAnatomy = async (name: string) => {
  const opened = await openFolder(join('models', name));
  await opened?.close();
  return opened?.anatomy;
};

const ID = 'lab/tiny-bert';
const FIXTURE = 'test/fixtures/models/bert-eager';

test('an id is read from what is typed, and from addresses of pages', () => {
  const typed = {
    ' Xenova/gpt2 ': 'Xenova/gpt2',
    gpt2: 'gpt2',
    'https://huggingface.co/Xenova/gpt2': 'Xenova/gpt2',
    'https://huggingface.co/Xenova/gpt2/tree/main/onnx': 'Xenova/gpt2',
    'https://mirror.example/Xenova/gpt2/?library=transformers.js#use': 'Xenova/gpt2',
  };
  for (const [text, id] of Object.entries(typed)) assert.equal(parseModelId(text), id);
  for (const text of [
    '',
    'a/b/c',
    '../gpt2',
    'https://huggingface.co/',
    'https://huggingface.co/tree/main',
  ]) {
    assert.throws(() => parseModelId(text), { code: 'usage' }, text);
  }
});

test('time left is told in seconds, minutes or hours', () => {
  assert.deepEqual([5, 99, 100, 3600, 100_000].map(duration), ['5 s', '99 s', '2 min', '60 min', '28 h']);
});

test('the list tells what every model is and whether its files are as they were', async (context) => {
  const hub = await startHub(context);
  hub.add(ID, folderContents(FIXTURE));
  const cacheDir = await temporaryFolder(context);
  const only = async () =>
    (await listAllModels('models', cacheDir, readAnatomy)).filter(({ cached }) => cached !== null);
  const bundled = await listAllModels('models', cacheDir, readAnatomy);
  assert.deepEqual(
    bundled.map(({ name, precisions, state }) => [name, precisions, state]),
    ['pocket-bert', 'pocket-gpt2', 'pocket-t5'].map((name) => [name, ['int8'], 'verified']),
  );
  assert.deepEqual(await only(), []);

  const folder = await fetchFrom(clientOf(hub), cacheDir, { id: ID });
  const graph = join(folder, 'onnx', 'model.onnx');
  const [model] = await only();
  assert.deepEqual(
    [model?.reference, model?.family, model?.precisions, model?.state],
    [ID, 'encoder-only', ['fp32'], 'verified'],
  );
  await utimes(graph, new Date(), new Date());
  assert.equal((await only())[0]?.state, 'touched');
  await rm(graph);
  assert.equal((await only())[0]?.state, 'damaged');
});

test('of two commits, the id means the newer and the older is opened by its folder', async (context) => {
  const hub = await startHub(context);
  const contents = folderContents(FIXTURE);
  const repository = hub.add(ID, contents);
  const cacheDir = await temporaryFolder(context);
  const older = await fetchFrom(clientOf(hub), cacheDir, { id: ID });
  repository.commit({ ...contents, 'generation_config.json': '{}' });
  const newer = await fetchFrom(clientOf(hub), cacheDir, { id: ID });
  const models = (await listAllModels('models', cacheDir, readAnatomy)).filter(
    ({ cached }) => cached !== null,
  );
  assert.deepEqual(
    models.map(({ folder, reference }) => [folder, reference]),
    [
      [newer, ID],
      [older, older],
    ],
  );
});
