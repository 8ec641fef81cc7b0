import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { InferenceClient } from '../../src/inference/client';
import type { ClientOptions } from '../../src/inference/client';
import { attribute } from '../../src/probes/attribution';
import type { AttributionResult } from '../../src/shared/attribution';
import type { RunSummary } from '../../src/shared/inference';
import { FIXTURES } from './support/reference';

const ENTRY = join(__dirname, '..', '..', 'dist', 'inference.js');
const BERT = join(FIXTURES, 'bert-eager');
const T5 = join(FIXTURES, 't5-eager');
const IDS = [2, 5, 6, 7, 8, 9, 3];
/** Attention over so many tokens keeps one native call busy for a while. */
const LONG = Array.from({ length: 4000 }, (_, i) => 5 + (i % 400));

/** Gradients through so many tokens at so many points keep native calls busy for a while. */
const LONG_GRADIENTS = {
  ...{ model: T5, ids: LONG.slice(0, 1500), targetIds: [0, 5] },
  explained: { position: 1, token: 6, output: 'logit' as const },
  baseline: { ids: LONG.slice(0, 1500).map(() => null), targetIds: [0, null] },
  points: Array.from({ length: 64 }, (_, i) => ({ at: i / 64, weight: 1 / 64 })),
};

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Resolves once the process answers nothing for a while: it is inside a native call. */
async function untilBlocked(client: InferenceClient): Promise<void> {
  const answered = async () => {
    await client.request('status', null);
    await sleep(10);
    return true;
  };
  while (await Promise.race([answered(), sleep(300, false)]));
}

describe('the inference process', () => {
  let folder = '';
  let clients: InferenceClient[] = [];
  const log: string[] = [];

  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'probe-process-'))));
  afterEach(async () => {
    for (const client of clients) await client.dispose();
    clients = [];
    await rm(folder, { recursive: true });
  });

  function start(options: Partial<ClientOptions> = {}): InferenceClient {
    const client = new InferenceClient({
      entry: ENTRY,
      bundledDir: FIXTURES,
      resultsDir: join(folder, 'results'),
      memoryBudgetBytes: 2 ** 31,
      idleShutdownMs: 60_000,
      log: (line) => log.push(line),
      ...options,
    });
    clients.push(client);
    return client;
  }

  const runBert = (client: InferenceClient) => client.request('run', { model: BERT, ids: IDS });
  const headOf = ({ runId }: RunSummary) => ({ runId, kind: 'encoder' as const, layer: 1, head: 2 });

  /** Starts a run that computes in one native call; resolves once it does, with its process and its coming answer. */
  async function startLongRun(client: InferenceClient, signal?: AbortSignal) {
    await client.request('open', { model: T5 });
    const answer = client.request('run', { model: T5, ids: LONG, targetIds: [0, 5] }, signal);
    answer.catch(() => undefined);
    const { pid } = client;
    assert.ok(pid);
    await untilBlocked(client);
    return { pid, answer };
  }

  test('starts with the first request and is one for all that follow', async () => {
    const client = start();
    assert.equal(client.pid, undefined);
    await runBert(client);
    const { pid } = client;
    await Promise.all([runBert(client), runBert(client), client.request('open', { model: T5 })]);
    assert.ok(pid);
    assert.equal(client.pid, pid);
  });

  test('a cancelled run stops computing: its process is gone; the next run works and earlier results stay', async () => {
    const client = start();
    const earlier = await runBert(client);
    const before = await client.request('head', headOf(earlier));
    const stop = new AbortController();
    const { pid, answer } = await startLongRun(client, stop.signal);
    stop.abort();
    await assert.rejects(answer, { code: 'cancelled' });
    while (isAlive(pid)) await sleep(10);
    await runBert(client);
    assert.notEqual(client.pid, pid);
    assert.deepEqual(await client.request('head', headOf(earlier)), before);
  });

  test('a cancelled attribution stops computing, wherever it is, and the next one says what an earlier one said', async () => {
    const client = start();
    const request = { model: BERT, ids: IDS, position: 2, choose: 6, steps: 4 };
    const seen: number[] = [];
    const earlier = await attribute(client, request, { onProgress: ({ done }) => seen.push(done) });
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
      'progress only goes on',
    );
    const stop = new AbortController();
    const stopped = attribute(client, request, {
      signal: stop.signal,
      onProgress: ({ done }) => done > 0.5 && stop.abort(),
    });
    await assert.rejects(stopped, { code: 'cancelled' });
    const end = new AbortController();
    await client.request('open', { model: T5 });
    const gradients = client.request('pathGradients', LONG_GRADIENTS, end.signal);
    gradients.catch(() => undefined);
    const { pid } = client;
    assert.ok(pid);
    await untilBlocked(client);
    end.abort();
    await assert.rejects(gradients, { code: 'cancelled' });
    while (isAlive(pid)) await sleep(10);
    const later = await attribute(client, request);
    assert.notEqual(client.pid, pid);
    const values = ({ scores }: AttributionResult) => scores.map(({ method, input }) => ({ method, input }));
    assert.deepEqual(values(later), values(earlier));
  });

  test('what others asked while a run was cancelled is answered by the next process', async () => {
    const client = start();
    const earlier = await runBert(client);
    const stop = new AbortController();
    const { answer } = await startLongRun(client, stop.signal);
    const reading = client.request('head', headOf(earlier));
    const running = runBert(client);
    stop.abort();
    await assert.rejects(answer, { code: 'cancelled' });
    assert.equal((await reading).weights.length, IDS.length ** 2);
    assert.equal((await running).layers.length, 2);
  });

  test('killed in the middle of a run: one clear error for each request, then the next run works', async () => {
    const client = start();
    const { pid, answer } = await startLongRun(client);
    process.kill(pid, 'SIGKILL');
    await assert.rejects(answer, {
      code: 'runtime',
      message: /stopped unexpectedly.*run the analysis again.*"t5-eager"/,
    });
    assert.equal((await runBert(client)).layers.length, 2);
  });

  test('a cancelled request that had not begun leaves the process and what it computes alone', async () => {
    const client = start();
    const stop = new AbortController();
    const end = new AbortController();
    const { pid, answer } = await startLongRun(client, end.signal);
    const waiting = client.request('run', { model: BERT, ids: IDS }, stop.signal);
    stop.abort();
    await assert.rejects(waiting, { code: 'cancelled' });
    assert.equal(await Promise.race([answer, sleep(300, 'computes')]), 'computes');
    assert.ok(isAlive(pid));
    end.abort();
    await assert.rejects(answer, { code: 'cancelled' });
  });

  test('a reader that loses interest stops nothing', async () => {
    const client = start();
    const run = await runBert(client);
    const { pid } = client;
    const stop = new AbortController();
    const reading = client.request('overview', { runId: run.runId, side: 4 }, stop.signal);
    stop.abort();
    await assert.rejects(reading, { code: 'cancelled' });
    await runBert(client);
    assert.equal(client.pid, pid);
  });

  test('damaged models are errors of the model; the process lives on', async () => {
    const client = start();
    const good = await readFile(join(BERT, 'onnx', 'model.onnx'));
    const damaged: [name: string, bytes: Buffer | string][] = [
      ['half.onnx', good.subarray(0, good.length / 2)],
      ['pointer.onnx', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'],
      ['zeros.onnx', Buffer.alloc(4096)],
      ['empty.onnx', ''],
    ];
    await runBert(client);
    const { pid } = client;
    for (const [name, bytes] of damaged) {
      const model = join(folder, name);
      await writeFile(model, bytes);
      await assert.rejects(client.request('open', { model }), { code: 'model' }, name);
    }
    assert.equal((await runBert(client)).layers.length, 2);
    assert.equal(client.pid, pid);
  });

  test('a model whose file was replaced is opened again', async () => {
    const client = start();
    const model = join(folder, 'model.onnx');
    await copyFile(join(BERT, 'onnx', 'model.onnx'), model);
    assert.equal((await client.request('open', { model })).facts.family, 'encoder-only');
    await copyFile(join(FIXTURES, 'gpt2-eager', 'onnx', 'model.onnx'), `${model}.new`);
    await rename(`${model}.new`, model);
    assert.equal((await client.request('open', { model })).facts.family, 'decoder-only');
  });

  test('leaves when its parent does', async () => {
    const options = JSON.stringify({ bundledDir: FIXTURES, memoryBudgetBytes: 2 ** 20 });
    const child = fork(ENTRY, [options], { serialization: 'advanced' });
    const left = once(child, 'exit');
    child.disconnect();
    assert.deepEqual(await left, [0, null]);
  });

  test('a script that is not there is an error that says so, and the log has the reason', async () => {
    const client = start({ entry: join(folder, 'no-such-script.js') });
    await assert.rejects(runBert(client), { code: 'runtime', message: /does not start.*exit code 1/ });
    assert.ok(log.some((line) => line.includes('no-such-script.js')));
  });

  test('results leave memory for the budget and come back from disk, bit for bit', async () => {
    const weights = 2 * 4 * IDS.length ** 2;
    const logits = 512 * IDS.length;
    const client = start({ memoryBudgetBytes: 2 * 4 * (weights + logits) });
    const runs: RunSummary[] = [];
    for (let i = 0; i < 4; i++) runs.push(await runBert(client));
    const { runs: kept, keptBytes, budgetBytes } = await client.request('status', null);
    assert.ok(keptBytes <= budgetBytes);
    assert.ok(!kept.includes(runs[0]?.runId ?? ''));
    const [first, last] = [runs[0], runs[3]] as [RunSummary, RunSummary];
    const fromDisk = await client.request('head', headOf(first));
    const fromMemory = await client.request('head', headOf(last));
    assert.deepEqual(fromDisk.weights, fromMemory.weights);
    const overviews = [first, last].map(({ runId }) => client.request('overview', { runId, side: 4 }));
    assert.deepEqual(await overviews[0], await overviews[1]);
  });

  test('another window finds the results of this one on disk; a forgotten one is gone', async () => {
    const first = start();
    const run = await runBert(first);
    const head = await first.request('head', headOf(run));
    await first.dispose();
    const second = start();
    assert.deepEqual(await second.request('head', headOf(run)), head);
    await second.request('forget', { runId: run.runId });
    await assert.rejects(second.request('head', headOf(run)), { code: 'input', message: /no longer stored/ });
    assert.deepEqual(readdirSync(join(folder, 'results')), []);
  });

  test('the disk budget holds: the oldest results leave', async () => {
    const client = start({ diskBudgetBytes: 6000 });
    for (let i = 0; i < 8; i++) await runBert(client);
    await client.dispose();
    const files = readdirSync(join(folder, 'results'));
    assert.ok(files.length >= 1 && files.length < 8, `${files.length} files`);
  });

  test('a folder that cannot be written fails no analysis', async () => {
    const blocked = join(folder, 'blocked');
    await writeFile(blocked, 'a file where a folder should be');
    const client = start({ resultsDir: join(blocked, 'results') });
    const run = await runBert(client);
    assert.equal((await client.request('head', headOf(run))).weights.length, IDS.length ** 2);
  });

  test('leaves when idle and comes back when asked', async () => {
    const client = start({ idleShutdownMs: 50 });
    await runBert(client);
    while (client.pid !== undefined) await sleep(10);
    assert.equal((await runBert(client)).layers.length, 2);
  });

  test('a node binary that is not there is an error that names it', async () => {
    const client = start({ execPath: join(folder, 'no-such-node') });
    await assert.rejects(runBert(client), { code: 'runtime', message: /no-such-node.*settings/ });
  });

  test('more attention than the budget is refused before anything runs, with what would fit', async () => {
    const client = start({ memoryBudgetBytes: 2 ** 20 });
    const answer = client.request('run', { model: T5, ids: LONG, targetIds: [0] });
    await assert.rejects(answer, { code: 'input', message: /At most \d+ tokens fit/ });
    assert.ok(!existsSync(join(folder, 'results')));
  });
});
