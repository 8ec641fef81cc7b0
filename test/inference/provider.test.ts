import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { listSupportedBackends } from 'onnxruntime-node';
import { Engine } from '../../src/inference/engine';
import { PROVIDERS, type Provider } from '../../src/shared/provider';

const ROOT = join(__dirname, '..', '..');
const CLI = join(ROOT, 'dist', 'cli.js');
const built = listSupportedBackends().map(({ name }) => name as string);
/** Of another platform: DirectML is for Windows, Core ML for macOS. */
const absent = PROVIDERS.find((name) => !built.includes(name)) as Provider;

async function run(provider?: Provider) {
  const said: string[] = [];
  const bundledDir = join(ROOT, 'models');
  const log = (line: string) => void said.push(line);
  const engine = new Engine({ bundledDir, memoryBudgetBytes: 2 ** 28, provider, log });
  try {
    const summary = await engine.request('run', { model: 'pocket-bert', ids: [1, 20, 30, 2] });
    const { runId } = summary;
    const { weights } = await engine.request('head', { runId, kind: 'encoder', layer: 1, head: 1 });
    await engine.request('run', { model: 'pocket-bert', ids: [1, 20, 2] });
    return { provider: summary.provider, weights, said };
  } finally {
    await engine.close();
  }
}

test('the CPU computes where nothing else is asked for', async () => {
  const { provider, said } = await run();
  assert.deepEqual([provider, said], [{ used: 'cpu' }, []]);
});

test('a provider that this build lacks is replaced by the CPU, which is said once', async () => {
  const { provider, weights, said } = await run(absent);
  assert.equal(provider.used, 'cpu');
  assert.equal(provider.refused?.provider, absent);
  assert.match(provider.refused?.reason ?? '', /this build of ONNX Runtime has cpu, /);
  assert.equal(said.length, 1);
  assert.match(said[0] ?? '', /is not used, the CPU computes: /);
  assert.deepEqual(weights, (await run()).weights);
});

test('every provider of this build either computes the same weights or says why it cannot', async () => {
  const { weights: expected } = await run();
  const offered = PROVIDERS.filter((name) => name !== 'cpu' && built.includes(name));
  assert.ok(offered.length > 0);
  for (const name of offered) {
    const { provider, weights } = await run(name);
    if (provider.used === 'cpu') {
      assert.ok(provider.refused && provider.refused.reason.length > 10, name);
      assert.doesNotMatch(provider.refused.reason, /[\\/](home|root|Users|usr|onnxruntime_src)[\\/]|::|==/);
    }
    weights.forEach((weight, i) => assert.ok(Math.abs(weight - (expected[i] ?? NaN)) < 2e-3, name));
  }
});

test('the command line says what computed, and refuses a provider that there is not', async () => {
  const line = ['attention', '--model', 'pocket-bert', '--ids', '1,20,2', '--provider'];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [CLI, ...line, absent]);
  assert.match(stdout, /run in \d+ ms on CPU/);
  assert.match(stderr, /is not used, the CPU computes: /);
  const failing = promisify(execFile)(process.execPath, [CLI, ...line, 'webgup']);
  await assert.rejects(failing, { code: 2, stderr: /no provider "webgup".*webgpu/ });
});
