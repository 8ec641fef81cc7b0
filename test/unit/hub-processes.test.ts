import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { FileLock, isLockLive } from '../../src/models/hub/lock';
import type { StandInHub } from '../hub/server';
import {
  assertWhole,
  clientOf,
  fetchFrom,
  folderOfCommit,
  smallModel,
  startHub,
  temporaryFolder,
} from '../hub/support';

const ID = 'lab/shared';
const WEIGHTS = 'onnx/model.onnx';
const SIZE = 400_000;
const model = smallModel('processes', SIZE);

interface Child {
  process: ChildProcess;
  /** What it has printed, line by line. */
  output: () => string;
  errors: () => string;
  ended: Promise<unknown>;
}

function startFetch(context: TestContext, hub: StandInHub, cacheDir: string): Child {
  const script = join(__dirname, '..', 'hub', 'fetchProcess.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, hub.endpoint, cacheDir, ID]);
  context.after(() => child.kill('SIGKILL'));
  let output = '';
  let errors = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  return { process: child, output: () => output, errors: () => errors, ended: once(child, 'close') };
}

/** Answers for the large file come in small pieces, so that there is time to do something meanwhile. */
function slowDown(hub: StandInHub, pauseMs: number): void {
  hub.faults = ({ kind, host }) =>
    kind === 'file' && host === 'storage' ? { kind: 'slow', piece: 8_000, pauseMs } : undefined;
}

async function until(isTrue: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 3));
}

async function sizeOf(path: string): Promise<number | null> {
  return (await stat(path).catch(() => null))?.size ?? null;
}

test('three processes that ask for the same model download it once', async (context) => {
  const hub = await startHub(context);
  const repository = hub.add(ID, model);
  slowDown(hub, 20);
  const cacheDir = await temporaryFolder(context);
  const children = [1, 2, 3].map(() => startFetch(context, hub, cacheDir));
  await Promise.all(children.map(({ ended }) => ended));
  const folder = folderOfCommit(cacheDir, repository);
  for (const child of children) assert.equal(child.output(), `go\n${folder}\n`, child.errors());
  await assertWhole(folder, model);
  for (const file of ['config.json', 'tokenizer.json', WEIGHTS]) {
    assert.equal(hub.bytesSent(file), model[file]?.length, `${file} was sent once`);
    assert.equal(hub.seen.filter((seen) => seen.file === file).length, 1, `${file} was asked for once`);
  }
});

/** Moments of a download, by what is on the disk. */
const moments: { name: string; has: (folder: string) => Promise<boolean> }[] = [
  {
    name: 'as soon as its lock is there',
    has: async (folder) => (await sizeOf(join(folder, `${WEIGHTS}.lock`))) !== null,
  },
  {
    name: 'at the first byte',
    has: async (folder) => ((await sizeOf(join(folder, `${WEIGHTS}.partial`))) ?? 0) > 0,
  },
  ...[0.1, 0.25, 0.5, 0.75, 0.95].map((part) => ({
    name: `at ${part * 100} %`,
    has: async (folder: string) => ((await sizeOf(join(folder, `${WEIGHTS}.partial`))) ?? 0) >= part * SIZE,
  })),
  {
    name: 'as soon as the file has its name',
    has: async (folder) => (await sizeOf(join(folder, WEIGHTS))) !== null,
  },
];
for (const { name, has } of moments) {
  test(`a process killed ${name}: the next one goes on from what is held`, async (context) => {
    const hub = await startHub(context);
    const repository = hub.add(ID, model);
    slowDown(hub, 4);
    const cacheDir = await temporaryFolder(context);
    const folder = folderOfCommit(cacheDir, repository);
    const child = startFetch(context, hub, cacheDir);
    await until(() => has(folder));
    child.process.kill('SIGKILL');
    await child.ended;
    const isNamed = (await sizeOf(join(folder, WEIGHTS))) !== null;
    const held = isNamed ? SIZE : ((await sizeOf(join(folder, `${WEIGHTS}.partial`))) ?? 0);

    const before = hub.seen.length;
    hub.faults = () => undefined;
    assert.equal(await fetchFrom(clientOf(hub), cacheDir, { id: ID }), folder);
    await assertWhole(folder, model);
    const asked = hub.seen.slice(before).filter(({ file }) => file === WEIGHTS);
    assert.deepEqual(
      asked.map(({ from, sent }) => [from, sent]),
      held === SIZE ? [] : [[held, SIZE - held]],
    );
  });
}

test('processes killed at random moments one after another end in a whole model', async (context) => {
  const hub = await startHub(context);
  const repository = hub.add(ID, model);
  slowDown(hub, 2);
  const cacheDir = await temporaryFolder(context);
  for (const pause of [5, 60, 17, 110, 41]) {
    const child = startFetch(context, hub, cacheDir);
    await until(() => child.output().includes('go'));
    await new Promise((resolve) => setTimeout(resolve, pause));
    child.process.kill('SIGKILL');
    await child.ended;
  }
  hub.faults = () => undefined;
  await assertWhole(await fetchFrom(clientOf(hub), cacheDir, { id: ID }), model);
  const starts = hub.seen.filter(({ file }) => file === WEIGHTS).map(({ from }) => from);
  assert.deepEqual(
    starts,
    [...starts].sort((a, b) => a - b),
    'each goes on at or after where the one before began',
  );
  assert.ok((await sizeOf(join(folderOfCommit(cacheDir, repository), WEIGHTS))) === SIZE);
});

test('a process that waits takes over from one that is killed', async (context) => {
  const hub = await startHub(context);
  const repository = hub.add(ID, model);
  hub.faults = ({ kind, host }) =>
    kind === 'file' && host === 'storage' ? { kind: 'stall', after: 100_000 } : undefined;
  const cacheDir = await temporaryFolder(context);
  const partial = join(folderOfCommit(cacheDir, repository), `${WEIGHTS}.partial`);
  const first = startFetch(context, hub, cacheDir);
  await until(async () => (await sizeOf(partial)) === 100_000);
  const second = startFetch(context, hub, cacheDir);
  await until(() => second.output().includes('go'));
  hub.faults = () => undefined;
  first.process.kill('SIGKILL');
  await second.ended;
  await assertWhole(second.output().split('\n')[1] ?? '', model);
  const starts = hub.seen.filter(({ file }) => file === WEIGHTS).map(({ from }) => from);
  assert.deepEqual(starts, [0, 100_000]);
});

test('a lock is held by one at a time, in the order in which it is released', async (context) => {
  const path = join(await temporaryFolder(context), 'x.lock');
  let holders = 0;
  let turns = 0;
  const take = async () => {
    const lock = await FileLock.acquire(path);
    assert.equal(++holders, 1);
    await lock.assertHeld();
    turns++;
    await new Promise((resolve) => setTimeout(resolve, 2));
    holders--;
    await lock.release();
  };
  await Promise.all(Array.from({ length: 20 }, take));
  assert.equal(turns, 20);
  assert.equal(await sizeOf(path), null);
});

/** Locks whose holder is gone. */
const abandoned: { name: string; text: string }[] = [
  {
    name: 'of a process that has ended',
    text: JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), nonce: 'a' }),
  },
  {
    name: 'of this very process number, from before',
    text: JSON.stringify({ pid: process.pid, host: hostname(), nonce: 'b' }),
  },
  { name: 'that was cut off while it was written', text: '{"pid":' },
];
for (const { name, text } of abandoned) {
  test(`a lock ${name} is taken over`, async (context) => {
    const folder = await temporaryFolder(context);
    const path = join(folder, 'x.lock');
    await writeFile(path, text);
    const lock = await FileLock.acquire(path);
    await lock.assertHeld();
    assert.equal(await isLockLive(path), true);
    await lock.release();
    assert.equal(await isLockLive(path), false);
  });
}

test('a lock of another machine is respected, and a holder that lost its lock is told', async (context) => {
  const folder = await temporaryFolder(context);
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'x.lock');
  const lock = await FileLock.acquire(path);
  await writeFile(path, JSON.stringify({ pid: 1, host: 'elsewhere', nonce: 'c' }));
  await assert.rejects(lock.assertHeld(), /another process/);
  await lock.release();
  assert.match(await readFile(path, 'utf8'), /elsewhere/);
  const stop = new AbortController();
  let looks = 0;
  const onWait = async () => {
    if (++looks === 3) stop.abort();
  };
  await assert.rejects(FileLock.acquire(path, { signal: stop.signal, onWait }), { code: 'cancelled' });
  assert.match(await readFile(path, 'utf8'), /elsewhere/);
});
