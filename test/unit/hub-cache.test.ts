import assert from 'node:assert/strict';
import {
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import {
  assertUnchanged,
  findModel,
  listModels,
  removeModel,
  verifyModel,
  type CachedModel,
} from '../../src/models/hub/cache';
import { fetchModel } from '../../src/models/hub/download';
import { cacheDirectory, leftovers, tidy } from '../../src/models/hub/layout';
import { FileLock } from '../../src/models/hub/lock';
import { readRecord } from '../../src/models/hub/record';
import { huggingFaceCaches } from '../../src/models/hub/reuse';
import { gitSha1, sha256, type ServedRepository } from '../hub/repositories';
import {
  assertWhole,
  clientOf,
  errorOf,
  fetchFrom,
  folderOfCommit,
  noise,
  smallModel,
  startHub,
  temporaryFolder,
} from '../hub/support';

const ID = 'lab/tiny';
const WEIGHTS = 'onnx/model.onnx';
const SIZE = 20_000;
const model = smallModel('cache', SIZE);

async function only(cacheDir: string): Promise<CachedModel> {
  const [first, ...others] = await listModels(cacheDir);
  assert.ok(first);
  assert.equal(others.length, 0);
  return first;
}

async function spoil(path: string, keepTime: boolean): Promise<void> {
  const { mtime } = await stat(path);
  const bytes = await readFile(path);
  bytes[5] = (bytes[5] ?? 0) ^ 1;
  await writeFile(path, bytes);
  if (keepTime) await utimes(path, mtime, mtime);
}

test('the cache folder is the setting, then the environment, then the system’s', () => {
  assert.equal(cacheDirectory('/a/b', { TRANSFORMER_PROBE_CACHE: '/c' }), '/a/b');
  assert.equal(cacheDirectory('', { TRANSFORMER_PROBE_CACHE: '/c' }), '/c');
  assert.match(cacheDirectory(undefined, {}), /transformer-probe/);
  assert.deepEqual(huggingFaceCaches({ HF_HOME: '/h', HF_HUB_CACHE: '/x' }), ['/x', join('/h', 'hub')]);
});

test('a downloaded model is listed with its facts and found by id, alias, revision and commit', async (context) => {
  const hub = await startHub(context);
  const repository = hub.add(ID, model, { license: 'apache-2.0' });
  hub.rename('tiny', ID);
  const cacheDir = await temporaryFolder(context);
  const folder = await fetchFrom(clientOf(hub), cacheDir, { id: 'tiny' });
  const found = await only(cacheDir);
  const commit = repository.branches.get('main') ?? '';
  assert.deepEqual(
    [found.id, found.commit, found.folder, found.precisions, found.unfinishedBytes],
    [ID, commit, folder, ['fp32'], 0],
  );
  assert.deepEqual([found.record?.license, found.record?.host], ['apache-2.0', new URL(hub.endpoint).host]);
  assert.equal(
    found.record?.files.find(({ path }) => path === WEIGHTS)?.sha256,
    sha256(Buffer.from(model[WEIGHTS] ?? '')),
  );
  for (const id of [ID, 'tiny', 'LAB/Tiny']) assert.equal((await findModel(cacheDir, id))?.folder, folder);
  for (const revision of ['main', commit, commit.slice(0, 8)])
    assert.ok(await findModel(cacheDir, ID, { revision }));
  assert.equal(await findModel(cacheDir, ID, { revision: 'v2' }), null);
  assert.equal(await findModel(cacheDir, ID, { precision: 'q4' }), null);
  assert.equal(await findModel(cacheDir, 'lab/other'), null);
});

test('another precision comes beside the first, and what both need is not fetched again', async (context) => {
  const hub = await startHub(context);
  hub.add(ID, { ...model, 'onnx/model_q4.onnx': noise('q4', 5_000) });
  const cacheDir = await temporaryFolder(context);
  await fetchFrom(clientOf(hub), cacheDir, { id: ID });
  const before = hub.bytesSent();
  await fetchFrom(clientOf(hub), cacheDir, { id: ID, precision: 'q4' });
  assert.equal(hub.bytesSent() - before, 5_000);
  assert.deepEqual((await only(cacheDir)).precisions, ['fp32', 'q4']);
});

test('verify is quick where nothing was touched and thorough when asked', async (context) => {
  const hub = await startHub(context);
  hub.add(ID, model);
  const cacheDir = await temporaryFolder(context);
  const folder = await fetchFrom(clientOf(hub), cacheDir, { id: ID });
  const states = async (full: boolean) =>
    (await verifyModel(await only(cacheDir), full))
      .filter(({ state }) => state !== 'ok')
      .map(({ path, state }) => [path, state]);
  assert.deepEqual(await states(true), []);
  await assertUnchanged(folder);

  await utimes(join(folder, WEIGHTS), new Date(), new Date());
  assert.deepEqual(await states(false), [], 'a touched file with the same bytes is fine');
  await spoil(join(folder, WEIGHTS), true);
  assert.deepEqual(await states(false), [], 'same size and time: not read');
  assert.deepEqual(await states(true), [[WEIGHTS, 'contents']]);
  assert.deepEqual(await states(false), [[WEIGHTS, 'contents']], 'once found, it is remembered');
  const error = await errorOf(assertUnchanged(folder));
  assert.match(
    error.message,
    /^onnx\/model\.onnx has other bytes than the download of lab\/tiny, so it is not run/,
  );

  await fetchFrom(clientOf(hub), cacheDir, { id: ID });
  await assertUnchanged(folder);
  assert.deepEqual(await states(true), []);
  await writeFile(join(folder, 'config.json'), '{}');
  await rm(join(folder, WEIGHTS));
  assert.deepEqual(await states(false), [
    ['config.json', 'size'],
    [WEIGHTS, 'missing'],
  ]);
  assert.deepEqual((await only(cacheDir)).precisions, [], 'it is not whole any more');
  await assertWhole(await fetchFrom(clientOf(hub), cacheDir, { id: ID }), model);
});

test('a damaged record does no harm: the files are checked and kept', async (context) => {
  const hub = await startHub(context);
  hub.add(ID, model);
  const cacheDir = await temporaryFolder(context);
  const folder = await fetchFrom(clientOf(hub), cacheDir, { id: ID });
  const sent = hub.bytesSent();
  for (const text of ['', '{"id":', '[]', JSON.stringify({ id: ID, commit: '../..' })]) {
    await writeFile(join(folder, 'model.json'), text);
    assert.equal(await readRecord(folder), null);
    await fetchFrom(clientOf(hub), cacheDir, { id: ID });
    assert.equal((await only(cacheDir)).precisions.length, 1);
  }
  assert.equal(hub.bytesSent(), sent);
  const record = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')) as {
    files: { path: string }[];
  };
  for (const file of record.files) file.path = '../../../etc/passwd';
  await writeFile(join(folder, 'model.json'), JSON.stringify(record));
  assert.deepEqual(
    (await readRecord(folder))?.files,
    [],
    'paths of a record are checked as those of a listing',
  );
});

test('removing frees the bytes, but not of a file that has another name elsewhere, nor during a download', async (context) => {
  const hub = await startHub(context);
  hub.add(ID, model);
  const cacheDir = await temporaryFolder(context);
  const folder = await fetchFrom(clientOf(hub), cacheDir, { id: ID });
  const found = await only(cacheDir);
  const lock = await FileLock.acquire(join(folder, `${WEIGHTS}.lock`));
  assert.match((await errorOf(removeModel(found))).message, /being downloaded/);
  await lock.release();
  const elsewhere = join(await temporaryFolder(context), 'kept.onnx');
  await link(join(folder, WEIGHTS), elsewhere);
  const bytes = found.bytes;
  assert.equal(await removeModel(found), bytes - SIZE);
  assert.deepEqual(await readdir(cacheDir), []);
  assert.deepEqual(await listModels(cacheDir), []);
  assert.equal((await stat(elsewhere)).size, SIZE);
});

test('leftovers of dead downloads are found, resumed or freed, those of live ones are left alone', async (context) => {
  const hub = await startHub(context);
  const repository = hub.add(ID, model);
  const cacheDir = await temporaryFolder(context);
  hub.faults = ({ kind, host }) =>
    kind === 'file' && host === 'storage' ? { kind: 'cut', after: 7_000 } : undefined;
  await errorOf(
    fetchFrom(clientOf(hub, { retry: { tries: 1, baseMs: 1, capMs: 1, longestAskedMs: 1 } }), cacheDir, {
      id: ID,
    }),
  );
  const folder = folderOfCommit(cacheDir, repository);
  const partial = join(folder, `${WEIGHTS}.partial`);
  assert.equal((await only(cacheDir)).unfinishedBytes, 7_000);
  assert.deepEqual((await only(cacheDir)).precisions, []);
  await writeFile(join(folder, 'x.partial'), 'no note');
  await writeFile(join(folder, 'y.lock'), '{}');
  await mkdir(join(cacheDir, '.removed-1'));
  const kinds = async () => (await leftovers(cacheDir)).map(({ kind }) => kind).sort();
  const old = new Date(Date.now() - 3600_000);
  await utimes(join(folder, 'x.partial'), old, old);
  await utimes(join(folder, 'y.lock'), old, old);
  assert.deepEqual(await kinds(), ['partial', 'partial', 'scrap', 'scrap']);

  assert.equal(await tidy(cacheDir), 'no note{}'.length);
  assert.deepEqual(await kinds(), ['partial', 'partial']);
  assert.deepEqual(await readdir(cacheDir), ['lab--tiny']);

  const ancient = new Date(Date.now() - 30 * 24 * 3600_000);
  for (const path of [partial, `${partial}.json`]) await utimes(path, ancient, ancient);
  const lock = await FileLock.acquire(join(folder, `${WEIGHTS}.lock`));
  assert.equal(await tidy(cacheDir), 0, 'a live download is left alone');
  await lock.release();
  assert.ok((await tidy(cacheDir)) > 7_000);
  assert.deepEqual(await kinds(), []);
});

test('a new commit with the same weights does not fetch them again', async (context) => {
  const hub = await startHub(context);
  const repository = hub.add(ID, model);
  const cacheDir = await temporaryFolder(context);
  const first = await fetchFrom(clientOf(hub), cacheDir, { id: ID });
  const next = { ...model, 'config.json': JSON.stringify({ model_type: 'bert', changed: true }) };
  repository.commit(next);
  const second = await fetchFrom(clientOf(hub), cacheDir, { id: ID });
  assert.notEqual(second, first);
  await assertWhole(second, next);
  assert.equal(hub.bytesSent(WEIGHTS), SIZE);
  assert.equal(
    (await findModel(cacheDir, ID, { revision: 'main' }))?.folder,
    second,
    'main is the newer one',
  );
  await spoil(join(first, WEIGHTS), true);
  await rm(second, { recursive: true });
  await assertWhole(await fetchFrom(clientOf(hub), cacheDir, { id: ID }), next);
  assert.equal(hub.bytesSent(WEIGHTS), 2 * SIZE, 'a damaged copy is not taken over');
});

/** Makes the cache that Hugging Face's library would have made of a commit. */
async function fillHfCache(cache: string, repository: ServedRepository, withLinks: boolean): Promise<string> {
  const folder = join(cache, `models--${repository.id.replace('/', '--')}`);
  const commit = repository.at('main');
  assert.ok(commit);
  await mkdir(join(folder, 'refs'), { recursive: true });
  await mkdir(join(folder, 'blobs'), { recursive: true });
  await writeFile(join(folder, 'refs', 'main'), commit.sha);
  for (const file of commit.files.values()) {
    const blob = join(folder, 'blobs', file.isLfs ? sha256(file.bytes) : gitSha1(file.bytes));
    await writeFile(blob, file.bytes);
    const path = join(folder, 'snapshots', commit.sha, file.path);
    await mkdir(join(path, '..'), { recursive: true });
    await (withLinks ? symlink(blob, path) : rename(blob, path));
  }
  return folder;
}

for (const withLinks of [true, false]) {
  test(`files of a Hugging Face cache ${withLinks ? 'with' : 'without'} links are taken over, not fetched`, async (context) => {
    const hub = await startHub(context);
    const repository = hub.add(ID, model);
    const hfCache = await temporaryFolder(context);
    const hfFolder = await fillHfCache(hfCache, repository, withLinks);
    const before = await readdir(hfFolder, { recursive: true });
    const cacheDir = await temporaryFolder(context);
    const target = { client: clientOf(hub), cacheDir, hfCaches: [hfCache] };
    await assertWhole(await fetchModel(target, { id: ID }), model);
    assert.equal(hub.bytesSent(), 0);
    await removeModel(await only(cacheDir));
    assert.deepEqual(await readdir(hfFolder, { recursive: true }), before, 'it is only read');
  });
}

test('a file of a Hugging Face cache with other bytes is not taken over', async (context) => {
  const hub = await startHub(context);
  const repository = hub.add(ID, model);
  const hfCache = await temporaryFolder(context);
  const hfFolder = await fillHfCache(hfCache, repository, true);
  await spoil(join(hfFolder, 'blobs', sha256(Buffer.from(model[WEIGHTS] ?? ''))), true);
  const target = { client: clientOf(hub), cacheDir: await temporaryFolder(context), hfCaches: [hfCache] };
  await assertWhole(await fetchModel(target, { id: ID }), model);
  assert.equal(hub.bytesSent(), SIZE);
});

test('offline, a model comes from a Hugging Face cache alone', async (context) => {
  const hub = await startHub(context);
  const repository = hub.add(ID, model);
  const hfCache = await temporaryFolder(context);
  await fillHfCache(hfCache, repository, true);
  const client = clientOf(hub, { offline: true });
  const cacheDir = await temporaryFolder(context);
  await assertWhole(await fetchModel({ client, cacheDir, hfCaches: [hfCache] }, { id: ID }), model);
  assert.equal(hub.seen.length, 0);
  const missing = errorOf(fetchModel({ client, cacheDir, hfCaches: [hfCache] }, { id: 'lab/other' }));
  assert.match((await missing).message, /not on this machine/);
});
