import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { root } from '../../../scripts/lib/paths.mjs';
import { AnatomyClient } from '../../../src/anatomy/client';
import { localFiles } from '../../../src/anatomy/files';
import { openFolder } from '../../../src/anatomy/open';
import { FileServer, servedFiles } from '../../../src/anatomy/served';
import { AnatomyService } from '../../../src/anatomy/service';
import type { AnatomyMethods, ModelPlace, ServingMethods } from '../../../src/anatomy/wire';
import { Rpc } from '../../../src/shared/rpc';

type None = Record<never, never>;
const MODEL = path.join(root, 'test/fixtures/models/bert-eager');
const PLACE: ModelPlace = { kind: 'local', directory: MODEL, path: null };

/** The service at the other end of a wire that copies what goes over it, as a worker's does. */
function connect(): { rpc: Rpc<AnatomyMethods, None, ServingMethods>; server: FileServer } {
  const server = new FileServer();
  const service: AnatomyService = new AnatomyService((files, name, signal) =>
    servedFiles(far, files, name, signal),
  );
  const rpc = new Rpc<AnatomyMethods, None, ServingMethods>(
    (message) => setImmediate(() => far.receive(structuredClone(message))),
    server.handlers,
    {},
  );
  const far = new Rpc<ServingMethods, None, AnatomyMethods>(
    (message) => setImmediate(() => rpc.receive(structuredClone(message))),
    service.handlers,
    {},
  );
  return { rpc, server };
}

describe('the anatomy service', () => {
  it('opens a model, with its tensors in parts, and answers until it is closed', async () => {
    const { rpc } = connect();
    const { key, tensors, anatomy, kinds, sizes, hasWeights } = await rpc.request('open', {
      id: 'a',
      place: PLACE,
    });
    const expected = await openFolder(MODEL);
    await expected?.close();
    assert.ok(expected);
    assert.deepEqual([tensors, anatomy.tensors, hasWeights], [expected.anatomy.tensors.length, [], true]);
    const part = await rpc.request('tensors', { key, from: 3, to: 5 });
    assert.deepEqual(part, expected.anatomy.tensors.slice(3, 5));
    assert.ok(Object.values(kinds).reduce((sum, parameters) => sum + parameters, 0) === anatomy.parameters);
    assert.equal(sizes[0]?.bytes, 4 * anatomy.parameters);
    const markdown = await rpc.request('text', { key, component: null, format: 'markdown' });
    assert.match(markdown, /^# bert-eager/);
    await rpc.request('close', { key });
    await assert.rejects(rpc.request('statistics', { key, tensor: 0 }), { code: 'usage' });
  });

  it('keeps a model as long as anyone has it open', async () => {
    const { rpc } = connect();
    const { key } = await rpc.request('open', { id: 'a', place: PLACE });
    assert.equal((await rpc.request('open', { id: 'a', place: PLACE })).key, key);
    await rpc.request('close', { key });
    const progress: unknown[] = [];
    const onProgress = (done: unknown) => progress.push(done);
    const { count } = await rpc.request('statistics', { key, tensor: 0 }, undefined, onProgress);
    assert.ok(count > 0);
    assert.ok(progress.length > 0 && progress.every((done) => Number(done) > 0 && Number(done) <= 1));
    await rpc.request('close', { key });
    await assert.rejects(rpc.request('nodes', { key, graph: 0, from: 0, to: 1 }), { code: 'usage' });
  });

  it('gives a file that has changed another key', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'anatomy-key-'));
    const file = path.join(folder, 'model.onnx');
    const { rpc } = connect();
    const open = async () => {
      const place: ModelPlace = { kind: 'local', directory: folder, path: 'model.onnx' };
      const { key } = await rpc.request('open', { id: 'a', place });
      await rpc.request('close', { key });
      return key;
    };
    await copyFile(path.join(MODEL, 'onnx/model.onnx'), file);
    const key = await open();
    assert.match(key, /^[\w-]{1,64}$/);
    assert.equal(await open(), key);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await writeFile(file, await readFile(file));
    assert.notEqual(await open(), key);
    await rm(folder, { recursive: true });
  });

  it('reads files that the other side serves, and closes them there', async () => {
    const { rpc, server } = connect();
    let open = 0;
    const files = localFiles(MODEL);
    const number = server.add({
      ...files,
      open: async (name) => {
        const source = await files.open(name);
        if (!source) return null;
        open++;
        const { size, stamp } = source;
        const close = async () => (open--, source.close());
        return { name: source.name, size, stamp, read: source.read.bind(source), close };
      },
    });
    const place: ModelPlace = { kind: 'served', files: number, name: 'far', path: null };
    const { key, anatomy } = await rpc.request('open', { id: 'a', place });
    assert.deepEqual([anatomy.name, anatomy.parameters, open], ['far', 45_472, 1]);
    server.remove(number);
    assert.ok((await rpc.request('statistics', { key, tensor: 0 })).count > 0);
    await rpc.request('close', { key });
    assert.equal(open, 0);
    await assert.rejects(rpc.request('open', { id: 'a', place }), /no longer open/);
  });

  it('refuses what the model does not have', async () => {
    const { rpc } = connect();
    const { key } = await rpc.request('open', { id: 'a', place: PLACE });
    const asked = [
      rpc.request('operators', { key, component: 'nothing', layer: null }),
      rpc.request('nodes', { key, graph: 9, from: 0, to: 1 }),
      rpc.request('statistics', { key, tensor: 1e6 }),
      rpc.request('text', { key, component: 'nothing', format: 'csv' }),
      rpc.request('open', { id: 'b', place: { kind: 'catalogue', id: 'nothing' } }),
    ];
    for (const answer of await Promise.allSettled(asked)) assert.equal(answer.status, 'rejected');
    await rpc.request('close', { key });
  });
});

describe('the anatomy worker', () => {
  let folder = '';
  let alive: NodeJS.Timeout;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'anatomy-worker-'));
    // A worker keeps no process alive.
    alive = setInterval(() => undefined, 1000);
  });
  after(async () => {
    clearInterval(alive);
    await rm(folder, { recursive: true });
  });

  it('that breaks down ends in an error, and the next request starts another', async () => {
    const entry = path.join(folder, 'broken.js');
    await writeFile(
      entry,
      `require('node:worker_threads').parentPort.once('message', () => { throw new Error('x') });`,
    );
    const client = new AnatomyClient(entry);
    for (let i = 0; i < 2; i++) {
      await assert.rejects(client.open('a', PLACE), { code: 'runtime', message: /broke down/ });
    }
    await client.dispose();
  });

  it('that takes too much memory says so', async () => {
    const entry = path.join(folder, 'hungry.js');
    const grow = `const all = []; for (;;) all.push(new Array(1e5).fill({}));`;
    await writeFile(entry, `require('node:worker_threads').parentPort.once('message', () => { ${grow} });`);
    const client = new AnatomyClient(entry, 32);
    await assert.rejects(client.open('a', PLACE), { code: 'model', message: /more than 32 MB of memory/ });
    await client.dispose();
  });
});
