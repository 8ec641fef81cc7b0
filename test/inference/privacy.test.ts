import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const CLI = join(__dirname, '..', '..', 'dist', 'cli.js');

/** ONNX Runtime's own telemetry begins with a device id and a database in the user's cache folder. */
test('a run leaves nothing in the home folder: the telemetry of ONNX Runtime is off', async () => {
  const home = await mkdtemp(join(tmpdir(), 'probe-home-'));
  try {
    const kept = ['PATH', 'SystemRoot'].map((name) => [name, process.env[name]]);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [CLI, 'attention', '--model', 'pocket-bert', '--text', 'The cat sat.'],
      { env: { ...Object.fromEntries(kept), HOME: home } },
    );
    assert.match(stdout, /pocket-bert/);
    assert.deepEqual(await readdir(home), []);
  } finally {
    await rm(home, { recursive: true });
  }
});
