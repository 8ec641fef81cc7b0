import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { root } from '../../../scripts/lib/paths.mjs';
import { runCli } from '../../../src/cli/run';
import type { Anatomy } from '../../../src/shared/anatomy';
import { folderContents } from '../../hub/repositories';
import { startHub } from '../../hub/support';

const fixture = (name: string) => path.join(root, 'test/fixtures/models', name);

async function anatomy(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
  return anatomyIn({}, ...argv);
}

async function anatomyIn(
  more: NodeJS.ProcessEnv,
  ...argv: string[]
): Promise<{ status: number; out: string; err: string }> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const collected = Promise.all([text(stdout), text(stderr)]);
  // Tests use no network but the stand-in's.
  const env = {
    ...{ TRANSFORMER_PROBE_CACHE: path.join(tmpdir(), 'no-such-cache'), HF_HUB_OFFLINE: '1' },
    ...more,
  };
  const status = await runCli(['anatomy', ...argv], path.join(root, 'models'), {
    stdin,
    stdout,
    stderr,
    env,
  });
  stdout.end();
  stderr.end();
  const [out, err] = await collected;
  return { status, out, err };
}

describe('transformer-probe anatomy', () => {
  it('reads a model of the Hub by its headers', async (context) => {
    const hub = await startHub(context as TestContext);
    hub.add('lab/tiny-bert', folderContents(fixture('bert-eager')));
    const env = { HF_ENDPOINT: hub.endpoint, HF_HUB_OFFLINE: '' };
    const { status, out } = await anatomyIn(env, 'lab/tiny-bert', '--json');
    assert.equal(status, 0);
    assert.equal((JSON.parse(out) as Anatomy).parameters, 45_472);
    const missing = await anatomyIn(env, 'lab/nothing');
    assert.deepEqual([missing.status, missing.out], [3, '']);
    assert.match(missing.err, /no public model lab\/nothing/);
    const offline = await anatomyIn({ ...env, HF_HUB_OFFLINE: '1' }, 'lab/tiny-bert');
    assert.match(offline.err, /offline/);
  });

  it('prints a tree for a name of the catalogue', async () => {
    const { status, out } = await anatomy('bert-base-uncased');
    assert.equal(status, 0);
    assert.match(out, /109,482,240 parameters/);
    assert.match(out, /Block x 12 \(0-11\)/);
  });

  for (const json of [['--json', '-'], ['--json=-'], ['--json']]) {
    it(`writes JSON with ${json.join(' ')}`, async () => {
      const { status, out } = await anatomy('gpt2', ...json);
      assert.equal(status, 0);
      const made = JSON.parse(out) as Anatomy;
      assert.equal(made.parameters, 124_439_808);
      assert.deepEqual(
        made.components.map(({ kind }) => kind),
        ['embeddings', 'block', 'norm', 'head'],
      );
    });
  }

  it('reads files, folders and config.json alone', async () => {
    for (const name of [
      fixture('bert-sdpa'),
      fixture('bert-sdpa/onnx/model.onnx'),
      fixture('bert-sdpa/config.json'),
    ]) {
      const { status, out } = await anatomy(name, '--json', '-');
      assert.equal(status, 0, name);
      assert.equal((JSON.parse(out) as Anatomy).parameters, 45_472, name);
    }
  });

  it('compares', async () => {
    const { status, out } = await anatomy(fixture('gpt2-eager'), '--diff', fixture('gpt2-sdpa'));
    assert.equal(status, 0);
    assert.match(out, /28 tensors are the same in shape and name, 0 are not\./);
    const config = await anatomy(
      fixture('bert-eager'),
      '--diff',
      fixture('bert-eager/config.json'),
      '--markdown',
    );
    assert.match(config.out, /\| Parameters \| 45,472 \| 45,472 \|/);
    assert.match(config.out, /, 0 are not\./);
  });

  it('never prints what could steer a terminal or Markdown', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'anatomy-'));
    try {
      const name = 'evil\u001b[31m<img src=x>|.weight';
      const header = JSON.stringify({ [name]: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } });
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(header.length));
      const file = path.join(folder, 'm.safetensors');
      await writeFile(file, Buffer.concat([length, Buffer.from(header), Buffer.alloc(4)]));
      for (const options of [[], ['--markdown'], ['--diff', 'bert-base-uncased']]) {
        const { status, out } = await anatomy(file, ...options);
        assert.equal(status, 0);
        assert(!out.includes('\u001b'));
        if (options[0] === '--markdown') assert(!out.includes('<img'));
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('says in one line what went wrong, by exit status', async () => {
    const cases: [number, RegExp, string[]][] = [
      [2, /Say which model/, []],
      [2, /do not go together/, ['gpt2', '--json', '-', '--markdown']],
      [2, /There is no option "--wat"/, ['gpt2', '--wat']],
      [2, /belongs to no option/, ['gpt2', 'gpt2-xl']],
      [3, /There is no file.*Did you mean "gpt2-xl"/, ['gpt2-xxl']],
      [3, /only \.onnx/, [path.join(root, 'package.json')]],
      [3, /holds no model/, [path.join(root, 'src')]],
    ];
    for (const [status, message, argv] of cases) {
      const result = await anatomy(...argv);
      assert.equal(result.status, status, result.err);
      assert.match(result.err, message);
      assert.equal(result.err.trim().split('\n').length, 1);
      assert.equal(result.out, '');
    }
  });
});
