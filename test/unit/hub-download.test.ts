import assert from 'node:assert/strict';
import { readFile, rm, stat, statfs, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { listModels, verifyModel } from '../../src/models/hub/cache';
import { planDownload, runDownload } from '../../src/models/hub/download';
import { otherSources } from '../../src/models/hub/files';
import type { Progress } from '../../src/models/hub/progress';
import type { Fault } from '../hub/faults';
import { sha256 } from '../hub/repositories';
import type { StandInHub } from '../hub/server';
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
  traces,
} from '../hub/support';

const ID = 'lab/tiny';
const SIZE = 50_000;
const WEIGHTS = 'onnx/model.onnx';
const model = smallModel('faults', SIZE);

/** Makes the next requests for the large file fail, one fault each. */
function failWeights(hub: StandInHub, faults: Fault[]): void {
  const queue = [...faults];
  const ofHub = ['wrong-commit', 'wrong-linked-size', 'wrong-linked-etag'];
  hub.faults = ({ host, path, kind }) => {
    if (kind !== 'file' || !path.includes('model.onnx')) return undefined;
    const isOfHub = ofHub.includes(queue[0]?.kind ?? '');
    return (host === 'hub') === isOfHub ? queue.shift() : undefined;
  };
}

function askedFor(hub: StandInHub, file: string): number[] {
  return hub.seen.filter((seen) => seen.file === file).map(({ from }) => from);
}

test('a model comes whole, its large file by the storage, and is not asked for again', async (context) => {
  const hub = await startHub(context);
  const repository = hub.add(ID, model);
  const cacheDir = await temporaryFolder(context);
  const folder = await fetchFrom(clientOf(hub), cacheDir, { id: ID });
  assert.equal(folder, folderOfCommit(cacheDir, repository));
  await assertWhole(folder, model);
  assert.ok(hub.seen.some(({ host, file }) => host === 'storage' && file === WEIGHTS));
  assert.equal(askedFor(hub, 'README.md').length, 0);

  const sent = hub.bytesSent();
  await fetchFrom(clientOf(hub), cacheDir, { id: ID });
  assert.equal(hub.bytesSent(), sent);
});

/** Faults that a download gets over by itself, and where each of its requests for the large file begins. */
const overcome: { name: string; faults: Fault[]; from: number[] }[] = [
  { name: 'cut off', faults: [{ kind: 'cut', after: 20_000 }], from: [0, 20_000] },
  { name: 'reset while sending', faults: [{ kind: 'cut', after: 0, reset: true }], from: [0, 0] },
  { name: 'reset before the answer', faults: [{ kind: 'reset' }], from: [0] },
  { name: 'ended early without a length', faults: [{ kind: 'short', after: 30_000 }], from: [0, 30_000] },
  { name: 'slow', faults: [{ kind: 'slow', piece: 10_000, pauseMs: 5 }], from: [0] },
  { name: 'no length', faults: [{ kind: 'no-length' }], from: [0] },
  { name: '500', faults: [{ kind: 'status', status: 500 }], from: [0] },
  {
    name: '502 and 503',
    faults: [
      { kind: 'status', status: 502 },
      { kind: 'status', status: 503 },
    ],
    from: [0],
  },
  { name: '429', faults: [{ kind: 'status', status: 429, headers: { 'retry-after': '1' } }], from: [0] },
  { name: '403 of the storage', faults: [{ kind: 'status', status: 403 }], from: [0] },
  { name: 'wrong length announced', faults: [{ kind: 'wrong-length', by: 5 }], from: [0, 0] },
  { name: 'wrong X-Linked-Size', faults: [{ kind: 'wrong-linked-size', by: 1 }], from: [0, 0] },
  { name: 'wrong X-Linked-Etag', faults: [{ kind: 'wrong-linked-etag' }], from: [0, 0] },
  { name: 'another commit', faults: [{ kind: 'wrong-commit' }], from: [0, 0] },
  { name: 'wrong bytes once', faults: [{ kind: 'wrong-bytes' }], from: [0, 0] },
  { name: 'too long once', faults: [{ kind: 'too-long', extra: 9 }], from: [0, 0] },
  {
    name: 'cut off, then the range is ignored',
    faults: [{ kind: 'cut', after: 20_000 }, { kind: 'ignore-range' }],
    from: [0, 20_000],
  },
  {
    name: 'cut off, then another range comes once',
    faults: [{ kind: 'cut', after: 20_000 }, { kind: 'other-range' }],
    from: [0, 20_000, 20_000],
  },
  {
    name: 'cut off, then ranges that never work',
    faults: [{ kind: 'cut', after: 20_000 }, { kind: 'other-range' }, { kind: 'status', status: 416 }],
    from: [0, 20_000, 0],
  },
  {
    name: 'cut off, then 416',
    faults: [
      { kind: 'cut', after: 20_000 },
      { kind: 'status', status: 416 },
    ],
    from: [0, 20_000],
  },
  {
    name: 'cut off again and again, with progress',
    faults: [1, 2, 3, 4, 5, 6].map(() => ({ kind: 'cut', after: 7_000 })),
    from: [0, 7_000, 14_000, 21_000, 28_000, 35_000, 42_000],
  },
];
for (const { name, faults, from } of overcome) {
  test(`got over: ${name}`, async (context) => {
    const hub = await startHub(context);
    hub.add(ID, model);
    failWeights(hub, faults);
    const cacheDir = await temporaryFolder(context);
    await assertWhole(await fetchFrom(clientOf(hub), cacheDir, { id: ID }), model);
    assert.deepEqual(askedFor(hub, WEIGHTS), from);
  });
}

test('a server that stalls is left after the time limit, and the rest is asked for', async (context) => {
  const hub = await startHub(context);
  hub.add(ID, model);
  failWeights(hub, [{ kind: 'stall', after: 10_000 }]);
  const cacheDir = await temporaryFolder(context);
  const client = clientOf(hub, { timeoutMs: 400 });
  await assertWhole(await fetchFrom(client, cacheDir, { id: ID }), model);
  assert.deepEqual(askedFor(hub, WEIGHTS), [0, 10_000]);
});

/** Faults that stay: each ends in an error that says what is wrong, and the next try works. */
const lasting: { name: string; fault: Fault; code: string; says: RegExp }[] = [
  {
    name: 'wrong bytes',
    fault: { kind: 'wrong-bytes' },
    code: 'model',
    says: /onnx\/model\.onnx.*other bytes.*twice/,
  },
  {
    name: 'too long',
    fault: { kind: 'too-long', extra: 3 },
    code: 'model',
    says: /onnx\/model\.onnx.*other bytes/,
  },
  { name: '503', fault: { kind: 'status', status: 503 }, code: 'runtime', says: /is busy \(503\)/ },
  { name: 'reset', fault: { kind: 'reset' }, code: 'runtime', says: /connection to .* broke/ },
  {
    name: 'wrong length',
    fault: { kind: 'wrong-length', by: -4 },
    code: 'model',
    says: /announces 49996 bytes/,
  },
  {
    name: 'wrong linked size',
    fault: { kind: 'wrong-linked-size', by: 1 },
    code: 'model',
    says: /another size/,
  },
  {
    name: 'wrong linked etag',
    fault: { kind: 'wrong-linked-etag' },
    code: 'model',
    says: /another checksum/,
  },
  { name: 'another commit', fault: { kind: 'wrong-commit' }, code: 'model', says: /repository has changed/ },
  { name: '403 of the storage', fault: { kind: 'status', status: 403 }, code: 'model', says: /answered 403/ },
];
for (const { name, fault, code, says } of lasting) {
  test(`a clear error, then a try that works: ${name}`, async (context) => {
    const hub = await startHub(context);
    const repository = hub.add(ID, model);
    failWeights(
      hub,
      Array.from({ length: 50 }, () => fault),
    );
    const cacheDir = await temporaryFolder(context);
    const error = await errorOf(fetchFrom(clientOf(hub), cacheDir, { id: ID }));
    assert.equal(error.code, code);
    assert.match(error.message, says);
    await assert.rejects(stat(join(folderOfCommit(cacheDir, repository), WEIGHTS)), { code: 'ENOENT' });

    hub.faults = () => undefined;
    await assertWhole(await fetchFrom(clientOf(hub), cacheDir, { id: ID }), model);
  });
}

/** What the Hub itself refuses. */
const refusals: {
  name: string;
  id: string;
  access?: object;
  token?: string;
  says: RegExp;
  revision?: string;
}[] = [
  { name: 'no such model', id: 'lab/none', says: /no public model lab\/none/ },
  { name: 'no such model, with a token', id: 'lab/none', token: 'hf_x', says: /no model lab\/none/ },
  { name: 'no such revision', id: ID, revision: 'v9', says: /no revision v9/ },
  {
    name: 'gated',
    id: ID,
    access: { gated: 'auto', token: 'hf_right' },
    says: /gated model. Accept its conditions/,
  },
  {
    name: 'gated, not let in',
    id: ID,
    access: { gated: 'manual', token: 'hf_right' },
    token: 'hf_wrong',
    says: /gated model. The account of your access token has not been let in/,
  },
  {
    name: 'private',
    id: ID,
    access: { private: true, token: 'hf_right' },
    says: /private or gated model needs/,
  },
];
for (const { name, id, access, token, revision, says } of refusals) {
  test(`refused: ${name}`, async (context) => {
    const hub = await startHub(context);
    hub.add(ID, model, access);
    const error = await errorOf(
      fetchFrom(clientOf(hub, { token }), await temporaryFolder(context), { id, revision }),
    );
    assert.equal(error.code, 'model');
    assert.match(error.message, says);
    assert.equal(hub.seen.filter(({ kind }) => kind === 'facts').length, 1, 'asked once');
  });
}

test('a gated model comes with the right token', async (context) => {
  const hub = await startHub(context);
  hub.add(ID, model, { gated: 'auto', token: 'hf_right' });
  const folder = await fetchFrom(clientOf(hub, { token: 'hf_right' }), await temporaryFolder(context), {
    id: ID,
  });
  await assertWhole(folder, model);
});

test('a Retry-After beyond patience ends in an error that says how long', async (context) => {
  const hub = await startHub(context);
  hub.add(ID, model);
  failWeights(hub, [{ kind: 'status', status: 429, headers: { 'retry-after': '3600' } }]);
  const error = await errorOf(fetchFrom(clientOf(hub), await temporaryFolder(context), { id: ID }));
  assert.match(error.message, /asks to wait 3600 s/);
});

test('the repository may move on during a download: the commit stays', async (context) => {
  const hub = await startHub(context);
  const repository = hub.add(ID, model);
  const folderBefore = folderOfCommit('', repository);
  hub.faults = ({ kind }) => {
    if (kind === 'tree') repository.commit(smallModel('newer', SIZE));
    return undefined;
  };
  const folder = await fetchFrom(clientOf(hub), await temporaryFolder(context), { id: ID });
  assert.ok(folder.endsWith(folderBefore));
  await assertWhole(folder, model);
});

test('a stopped download keeps what it has and goes on from there', async (context) => {
  const hub = await startHub(context);
  const repository = hub.add(ID, model);
  failWeights(hub, [{ kind: 'stall', after: 30_000 }]);
  const cacheDir = await temporaryFolder(context);
  const stop = new AbortController();
  const folder = folderOfCommit(cacheDir, repository);
  const heldWeights = async () => (await stat(join(folder, `${WEIGHTS}.partial`)).catch(() => null))?.size;
  const download = errorOf(fetchFrom(clientOf(hub), cacheDir, { id: ID }, { signal: stop.signal }));
  while ((await heldWeights()) !== 30_000) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort();
  assert.equal((await download).code, 'cancelled');
  assert.deepEqual(await traces(folder), [`${WEIGHTS}.partial`, `${WEIGHTS}.partial.json`]);
  await fetchFrom(clientOf(hub), cacheDir, { id: ID });
  await assertWhole(folder, model);
  assert.deepEqual(askedFor(hub, WEIGHTS), [0, 30_000]);
});

/** Partial files that something has happened to. */
const meddled: { name: string; meddle: (partial: string) => Promise<void>; from: number[] }[] = [
  { name: 'too long', meddle: (path) => truncate(path, SIZE + 1), from: [0, 0] },
  { name: 'other bytes', meddle: (path) => writeFile(path, Buffer.alloc(30_000)), from: [0, 30_000, 0] },
  { name: 'no note', meddle: (path) => rm(`${path}.json`), from: [0, 0] },
  { name: 'a torn note', meddle: (path) => truncate(`${path}.json`, 10), from: [0, 0] },
  {
    name: 'the whole file, not named yet',
    meddle: (path) => writeFile(path, model[WEIGHTS] ?? ''),
    from: [0],
  },
];
for (const { name, meddle, from } of meddled) {
  test(`a partial file with ${name} does no harm`, async (context) => {
    const hub = await startHub(context);
    const repository = hub.add(ID, model);
    failWeights(
      hub,
      Array.from({ length: 4 }, (_, index) => ({ kind: 'cut', after: index === 0 ? 30_000 : 0 })),
    );
    const cacheDir = await temporaryFolder(context);
    await errorOf(fetchFrom(clientOf(hub, { retry: ONE_TRY }), cacheDir, { id: ID }));
    const folder = folderOfCommit(cacheDir, repository);
    await meddle(join(folder, `${WEIGHTS}.partial`));
    hub.faults = () => undefined;
    await fetchFrom(clientOf(hub), cacheDir, { id: ID });
    await assertWhole(folder, model);
    assert.deepEqual(askedFor(hub, WEIGHTS), from);
  });
}
const ONE_TRY = { tries: 1, baseMs: 1, capMs: 1, longestAskedMs: 1_000 };

test('a file that was changed after its download is fetched anew, the others are not', async (context) => {
  const hub = await startHub(context);
  hub.add(ID, model);
  const cacheDir = await temporaryFolder(context);
  const folder = await fetchFrom(clientOf(hub), cacheDir, { id: ID });
  const path = join(folder, WEIGHTS);
  const bytes = await readFile(path);
  bytes[7] = (bytes[7] ?? 0) ^ 1;
  await writeFile(path, bytes);
  const before = hub.bytesSent();
  await fetchFrom(clientOf(hub), cacheDir, { id: ID });
  await assertWhole(folder, model);
  assert.equal(hub.bytesSent() - before, SIZE);
});

test('empty files, files in pages and external data come too', async (context) => {
  const hub = await startHub(context);
  const many = Object.fromEntries(
    Array.from({ length: 120 }, (_, index) => [`notes/${index}.txt`, `${index}`]),
  );
  const wanted = {
    ...smallModel('pages', 3_000),
    'vocab.txt': '',
    'onnx/model.onnx_data': 'weights',
    'onnx/model.onnx_data_1': 'more',
  };
  hub.add(ID, { ...many, ...wanted });
  await assertWhole(await fetchFrom(clientOf(hub), await temporaryFolder(context), { id: ID }), wanted);
  assert.equal(hub.seen.filter(({ kind }) => kind === 'tree').length, 3);
});

test('progress ends at the total, counts held bytes and gives a rate and the time left', async (context) => {
  const hub = await startHub(context);
  hub.add(ID, model);
  failWeights(hub, [{ kind: 'slow', piece: 2_500, pauseMs: 30 }]);
  const reports: Progress[] = [];
  const cacheDir = await temporaryFolder(context);
  await fetchFrom(clientOf(hub), cacheDir, { id: ID }, { onProgress: (progress) => reports.push(progress) });
  const last = reports.at(-1);
  assert.ok(last);
  assert.equal(last.bytes, last.total);
  assert.equal(last.filesDone, last.files);
  assert.ok(reports.some(({ rate, secondsLeft }) => rate !== null && rate > 0 && secondsLeft !== null));
  assert.ok(reports.every(({ bytes, total }) => bytes <= total));
});

test('a disk without room is told before the first byte', async (context) => {
  const hub = await startHub(context);
  const repository = hub.add(ID, model);
  const cacheDir = await temporaryFolder(context);
  const { bavail, bsize } = await statfs(cacheDir);
  const weights = repository.at('main')?.files.get(WEIGHTS);
  assert.ok(weights);
  weights.listed = { lfs: { oid: sha256(weights.bytes), size: bavail * bsize } };
  const error = await errorOf(fetchFrom(clientOf(hub), cacheDir, { id: ID }));
  assert.equal(error.code, 'runtime');
  assert.match(error.message, /needs \d+ MB more and the disk of the cache has \d+ MB free/);
  assert.equal(hub.bytesSent(), 0);
  assert.deepEqual(await traces(folderOfCommit(cacheDir, repository)), []);
});

test('a repository of graphs only gets configuration and tokenizer from where the catalogue says', async (context) => {
  const hub = await startHub(context);
  const graphs = {
    'bart-base-encoder.onnx': noise('e', 900),
    'bart-base-init-decoder.onnx': noise('d', 900),
  };
  const own = hub.add('Rachneet/bart-base-onnx', { ...graphs, 'tokenizer.json': '{"own": true}' });
  const base = {
    'config.json': '{"model_type": "bart"}',
    'tokenizer.json': '{}',
    'model.safetensors': noise('w', 9),
  };
  hub.add('facebook/bart-base', base);
  const cacheDir = await temporaryFolder(context);
  const target = { client: clientOf(hub), cacheDir, hfCaches: [] };

  const plan = await planDownload(target, { id: 'Rachneet/bart-base-onnx' });
  assert.deepEqual(
    otherSources(plan.choice).map(({ id, files }) => [id, files]),
    [['facebook/bart-base', 1]],
  );
  assert.equal(plan.bytesToFetch, plan.choice.bytes);
  const folder = await runDownload(target, plan);
  assert.equal(folder, folderOfCommit(cacheDir, own));
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  assert.equal(await read('config.json'), base['config.json']);
  assert.equal(await read('tokenizer.json'), '{"own": true}');
  const [model] = await listModels(cacheDir);
  assert.ok(model);
  assert.ok((await verifyModel(model, true)).every(({ state }) => state === 'ok'));
  const again = await planDownload(target, { id: 'Rachneet/bart-base-onnx' });
  assert.equal(again.bytesToFetch, 0);
});
