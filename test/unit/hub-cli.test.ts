import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import test from 'node:test';
import { amount, progressText } from '../../src/models/hub/progress';
import { runCli } from '../../src/cli/run';
import type { StandInHub } from '../hub/server';
import { assertWhole, folderOfCommit, noise, smallModel, startHub, temporaryFolder } from '../hub/support';

const ID = 'lab/tiny';
const TOKEN = 'hf_commandlinetoken';
const model: Record<string, Buffer | string> = {
  ...smallModel('cli', 30_000),
  'onnx/model_q4.onnx': noise('cli q4', 4_000),
};

interface Ran {
  status: number;
  out: string;
  err: string;
}

/** Runs `transformer-probe` with a cache of its own, on terminals or into pipes. */
function cliOf(hub: StandInHub, cacheDir: string, env: NodeJS.ProcessEnv = {}, isTTY = false) {
  return async (...argv: string[]): Promise<Ran> => {
    const [stdout, stderr] = [new PassThrough(), Object.assign(new PassThrough(), { isTTY })];
    const all = { HF_ENDPOINT: hub.endpoint, TRANSFORMER_PROBE_CACHE: cacheDir, HF_HOME: cacheDir, ...env };
    const status = await runCli(argv, 'models', { stdin: new PassThrough(), stdout, stderr, env: all });
    const [out, err] = [stdout, stderr].map((stream) => (stream.read() as Buffer | null)?.toString() ?? '');
    return { status, out: out ?? '', err: err ?? '' };
  };
}

test('fetch, list, path, verify and remove, one after another', async (context) => {
  const hub = await startHub(context);
  const repository = hub.add(ID, model, { license: 'apache-2.0' });
  const cacheDir = await temporaryFolder(context);
  const cli = cliOf(hub, cacheDir);
  const folder = folderOfCommit(cacheDir, repository);
  assert.match((await cli('models', 'list')).out, /No models are downloaded/);

  const fetched = await cli('models', 'fetch', ID);
  assert.deepEqual([fetched.status, fetched.out], [0, `${folder}\n`]);
  assert.match(
    fetched.err,
    /lab\/tiny [0-9a-f]{8} \(license: apache-2\.0\) from 127\.0\.0\.1:\d+: onnx\/model\.onnx, 32\.\d kB/,
  );
  await assertWhole(folder, { 'onnx/model.onnx': model['onnx/model.onnx'] ?? '' });
  await cli('models', 'fetch', ID, '--precision', 'q4');

  assert.match((await cli('models', 'list')).out, /^lab\/tiny +\d+\.\d kB {2}fp32, q4 +main [0-9a-f]{8}\n$/);
  const listed = JSON.parse((await cli('models', 'list', '--json')).out) as Record<string, unknown>[];
  assert.deepEqual(listed[0]?.['precisions'], ['fp32', 'q4']);
  assert.equal((await cli('models', 'path', ID)).out, `${folder}\n`);
  assert.equal(
    (await cli('models', 'path', ID, '--precision', 'q4')).out,
    `${join(folder, 'onnx/model_q4.onnx')}\n`,
  );
  assert.equal((await cli('models', 'path', ID, '--offline')).out, `${folder}\n`);

  assert.match((await cli('models', 'verify')).out, /4 files are as downloaded/);
  const path = join(folder, 'onnx/model.onnx');
  const bytes = await readFile(path);
  await writeFile(path, Buffer.from(bytes.map((byte) => byte ^ 1)));
  const verified = await cli('models', 'verify', ID);
  assert.equal(verified.status, 3);
  assert.equal(verified.out, 'onnx/model.onnx has other bytes than the download of lab/tiny\n');
  assert.match(
    verified.err,
    /^transformer-probe: Files of lab\/tiny have changed\. .*models fetch lab\/tiny\n$/,
  );
  assert.equal((await cli('models', 'path', ID)).status, 3, 'a changed model is not handed out');
  assert.equal((await cli('models', 'fetch', ID)).status, 0);
  assert.equal((await cli('models', 'verify', ID, '--json')).status, 0);

  const removed = JSON.parse((await cli('models', 'remove', ID, '--json')).out) as { freed: number };
  assert.ok(removed.freed > 36_000);
  assert.deepEqual(JSON.parse((await cli('models', 'list', '--json')).out), []);
});

/** Command lines that fail, with their exit status and what they say in one line. */
const failures: { argv: string[]; status: number; says: RegExp }[] = [
  { argv: [], status: 2, says: /"models" takes one of list, fetch, verify, remove, path/ },
  { argv: ['fetsh', ID], status: 2, says: /Did you mean "fetch"/ },
  { argv: ['constructor'], status: 2, says: /takes one of/ },
  { argv: ['fetch'], status: 2, says: /Say which model/ },
  { argv: ['fetch', 'a/b/c'], status: 2, says: /not a model id/ },
  { argv: ['fetch', '../../etc'], status: 2, says: /not a model id/ },
  { argv: ['fetch', ID, 'more'], status: 2, says: /"more" belongs to no option/ },
  { argv: ['list', ID], status: 2, says: /belongs to no option/ },
  { argv: ['fetch', ID, '--precision', 'int3'], status: 2, says: /no precision "int3"/ },
  { argv: ['fetch', ID, '--precision', 'bnb4'], status: 3, says: /no bnb4 model. It has fp32, q4/ },
  { argv: ['fetch', ID, '--revision', 'a..b'], status: 2, says: /not a revision/ },
  { argv: ['fetch', ID, '--revision', 'v7'], status: 3, says: /no revision v7/ },
  { argv: ['fetch', ID, '--endpoint', 'nowhere'], status: 2, says: /address must look like/ },
  {
    argv: ['fetch', ID, '--endpoint', 'http://127.0.0.1:1'],
    status: 1,
    says: /could not be looked up.*broke/,
  },
  { argv: ['fetch', ID, '--ofline'], status: 2, says: /--ofline.*See --help/ },
  { argv: ['fetch', ID, '--offline'], status: 3, says: /not on this machine.*offline/ },
  { argv: ['fetch', 'lab/none'], status: 3, says: /no public model lab\/none/ },
  { argv: ['path', ID], status: 3, says: /lab\/tiny is not in .*models fetch lab\/tiny/ },
  { argv: ['remove', ID], status: 3, says: /is not in/ },
  { argv: ['verify', ID], status: 3, says: /is not in/ },
];
test('failures are one line, with their exit status', async (context) => {
  const hub = await startHub(context);
  hub.add(ID, model);
  const cli = cliOf(hub, await temporaryFolder(context));
  for (const { argv, status, says } of failures) {
    const ran = await cli('models', ...argv);
    assert.deepEqual([ran.status, ran.out], [status, ''], argv.join(' '));
    assert.match(ran.err, says);
    assert.match(ran.err, /^transformer-probe: [^\n]*\n$/);
  }
});

test('a token of the environment opens a private model and is not shown', async (context) => {
  const hub = await startHub(context);
  hub.add(ID, model, { private: true, token: TOKEN });
  const cacheDir = await temporaryFolder(context);
  assert.equal((await cliOf(hub, cacheDir)('models', 'fetch', ID)).status, 3);
  const ran = await cliOf(hub, cacheDir, { HF_TOKEN: TOKEN })('models', 'fetch', ID);
  assert.equal(ran.status, 0);
  assert.ok(!`${ran.out}${ran.err}`.includes(TOKEN));
});

test('a terminal gets a line of progress, a pipe does not', async (context) => {
  const hub = await startHub(context);
  hub.add(ID, model);
  const shown = await cliOf(hub, await temporaryFolder(context), {}, true)('models', 'fetch', ID);
  assert.match(shown.err.replaceAll('\r\x1b[K', '<erased>'), /<erased>100 % of 32\.\d kB/);
  assert.ok(shown.err.endsWith('\x1b[K'));
  const piped = await cliOf(hub, await temporaryFolder(context))('models', 'fetch', ID);
  assert.equal(piped.err.split('\n').length, 2);
});

test('amounts and progress read as people write them', () => {
  const amounts = [0, 1, 999, 1000, 45_300_000, 4.94e9].map(amount);
  assert.deepEqual(amounts, ['0 B', '1 B', '999 B', '1 kB', '45.3 MB', '4.94 GB']);
  const progress = { bytes: 50e6, total: 438e6, filesDone: 1, files: 4, rate: 8.1e6, secondsLeft: 48 };
  assert.equal(progressText(progress), '11 % of 438 MB, 8.1 MB/s, 48 s left');
  assert.equal(progressText({ ...progress, rate: null, secondsLeft: null }), '11 % of 438 MB');
  assert.equal(progressText({ ...progress, secondsLeft: 1200 }), '11 % of 438 MB, 8.1 MB/s, 20 min left');
});
