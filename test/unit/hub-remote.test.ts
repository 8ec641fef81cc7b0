import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { openModel } from '../../src/anatomy/open';
import { RemoteRepository } from '../../src/models/hub/remote';
import type { Fault } from '../hub/faults';
import type { StandInHub } from '../hub/server';
import { clientOf, errorOf, noise, startHub } from '../hub/support';
import { safetensorsHeader } from './anatomy/build';

const ID = 'lab/far-model';
const SHARDS = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;

/** A shard of one matrix, 2 MB of it. */
function shard(name: string): Buffer {
  const bytes = 2_000_000;
  return Buffer.concat([
    safetensorsHeader({ [name]: { dtype: 'F16', shape: [1000, 1000], bytes } }),
    noise(name, bytes),
  ]);
}

async function served(context: TestContext): Promise<StandInHub> {
  const hub = await startHub(context);
  const weight_map = { 'encoder.layer.0.a.weight': SHARDS[0], 'encoder.layer.1.a.weight': SHARDS[1] };
  hub.add(ID, {
    'config.json': JSON.stringify({ model_type: 'bert', architectures: ['BertModel'] }),
    'model.safetensors.index.json': JSON.stringify({ weight_map }),
    [SHARDS[0]]: shard('encoder.layer.0.a.weight'),
    [SHARDS[1]]: shard('encoder.layer.1.a.weight'),
    'onnx/model.onnx': noise('graph', 300_000),
  });
  return hub;
}

/** Every answer of a file has this fault; look-ups have none. */
function breakFiles(hub: StandInHub, fault: Fault): void {
  hub.faults = ({ kind, host }) => (kind === 'file' && host === 'storage' ? fault : undefined);
}

async function file(hub: StandInHub, path = 'onnx/model.onnx') {
  const found = await (await RemoteRepository.open(clientOf(hub), ID)).open(path);
  assert.ok(found);
  return found;
}

test('a sharded model of the Hub is opened by its headers, and its config is read', async (context) => {
  const hub = await served(context);
  const { anatomy, close } = await openModel(await RemoteRepository.open(clientOf(hub), ID), null);
  await close();
  assert.equal(anatomy.name, 'far-model');
  assert.equal(anatomy.parameters, 2_000_000);
  assert.equal(anatomy.facts.class, 'BertModel');
  assert.deepEqual(anatomy.problems, []);
  assert.ok(hub.bytesSent() < 500_000, `${hub.bytesSent()} bytes sent`);
  assert.equal(hub.bytesSent('onnx/model.onnx'), 0);
});

test('the bytes asked for come, from whatever place, and what is here is not asked for again', async (context) => {
  const hub = await served(context);
  const remote = await file(hub);
  const bytes = noise('graph', 300_000);
  for (const [offset, length] of [
    [0, 8],
    [200_000, 100_000],
    [299_999, 1],
    [10, 0],
  ] as const) {
    const read = await remote.read(offset, length);
    assert.ok(bytes.subarray(offset, offset + length).equals(read));
  }
  const asked = hub.seen.filter(({ host }) => host === 'storage').length;
  await remote.read(250_000, 1000);
  assert.equal(hub.seen.filter(({ host }) => host === 'storage').length, asked + 1);
  await remote.read(250_500, 1000);
  assert.equal(hub.seen.filter(({ host }) => host === 'storage').length, asked + 1);
});

test('a file that is not there is null, and so is one outside of the repository', async (context) => {
  const repository = await RemoteRepository.open(clientOf(await served(context)), ID);
  assert.equal(await repository.open('nothing.onnx'), null);
  assert.equal(await repository.open('../model.onnx'), null);
});

test('a server that sends whole files is enough for small ones', async (context) => {
  const hub = await served(context);
  breakFiles(hub, { kind: 'ignore-range' });
  const remote = await file(hub);
  assert.ok(
    noise('graph', 300_000)
      .subarray(5, 25)
      .equals(await remote.read(5, 20)),
  );
  await remote.read(299_000, 1000);
  assert.equal(hub.bytesSent('onnx/model.onnx'), 300_000);
});

for (const fault of [
  { kind: 'other-range' },
  { kind: 'wrong-length', by: 10 },
  { kind: 'too-long', extra: 5 },
  { kind: 'cut', after: 10 },
  { kind: 'short', after: 10 },
  { kind: 'status', status: 503 },
  { kind: 'reset' },
] as Fault[]) {
  test(`an answer that is not the part is no part: ${JSON.stringify(fault)}`, async (context) => {
    const hub = await served(context);
    breakFiles(hub, fault);
    const error = await errorOf((await file(hub)).read(100, 50));
    assert.match(error.message, /^onnx\/model\.onnx of lab\/far-model could not be read: /);
    hub.faults = () => undefined;
    assert.equal((await (await file(hub)).read(100, 50)).length, 50);
  });
}

test('one failure is tried again', async (context) => {
  const hub = await served(context);
  let failures = 1;
  hub.faults = ({ host }) => (host === 'storage' && failures-- > 0 ? { kind: 'reset' } : undefined);
  assert.equal((await (await file(hub)).read(0, 10)).length, 10);
});

test('offline, nothing is asked', async (context) => {
  const hub = await served(context);
  const error = await errorOf(RemoteRepository.open(clientOf(hub, { offline: true }), ID));
  assert.match(error.message, /offline/);
  assert.equal(hub.seen.length, 0);
});

test('the token goes to the Hub and not to its storage', async (context) => {
  const hub = await startHub(context);
  const token = 'hf_onlyForTheHub';
  hub.add(ID, { 'onnx/model.onnx': noise('graph', 1000) }, { private: true, token });
  const found = await (await RemoteRepository.open(clientOf(hub, { token }), ID)).open('onnx/model.onnx');
  assert.equal((await found?.read(0, 1000))?.length, 1000);
  for (const { host, headers } of hub.seen) {
    assert.equal(headers.authorization, host === 'hub' ? `Bearer ${token}` : undefined);
  }
  await errorOf(RemoteRepository.open(clientOf(hub), ID));
});

test('reading stops when it is aborted', async (context) => {
  const hub = await served(context);
  breakFiles(hub, { kind: 'stall', after: 10 });
  const stop = new AbortController();
  const reading = errorOf((await file(hub)).read(0, 1000, stop.signal));
  setTimeout(() => stop.abort(), 20);
  assert.equal((await reading).code, 'cancelled');
});
