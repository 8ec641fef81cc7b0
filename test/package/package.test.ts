import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import type { Bundle } from '../../scripts/lib/bundles.mjs';
import { buildCommon, pack, stagedFiles, stagePackage } from '../../scripts/lib/package.mjs';
import { outputDir, root } from '../../scripts/lib/paths.mjs';
import { bundleReport } from '../../scripts/lib/sizes.mjs';
import { MOST_MEGABYTES, targets } from '../../scripts/lib/targets.mjs';
import { readVsix } from '../../scripts/lib/vsix.mjs';
import { canCutNetwork } from '../../scripts/vscode/offline';
import { InferenceClient } from '../../src/inference/client';
import {
  analyzeSentence,
  inferenceProcesses,
  openStage,
  picture,
  SENTENCE,
  type Stage,
} from '../vscode/flows/support';
import { allowed, runtimeFiles } from './contents';

/** The one for this machine is made, unpacked, run and installed; of the others the files are listed. */
const own = targets.find(({ name }) => name === `${process.platform}-${process.arch}`);
const skip = own ? false : 'there is no package for this machine';
const work = path.join(outputDir, 'package');

describe('packages', () => {
  let bundles: Bundle[];
  let stages: Map<string, string[]>;
  let packed: Awaited<ReturnType<typeof pack>>;
  let unpacked: string;
  let files: string[];
  before(async () => {
    await rm(work, { recursive: true, force: true });
    await mkdir(path.join(work, 'common'), { recursive: true });
    bundles = await buildCommon(path.join(work, 'common'));
    stages = new Map();
    for (const target of targets) {
      const stage = path.join(work, target.name);
      await stagePackage(target, path.join(work, 'common'), stage);
      stages.set(target.name, await stagedFiles(stage));
    }
    if (!own) return;
    packed = await pack(own, path.join(work, own.name), work);
    // Far from this repository, whose node_modules would be found from within it.
    unpacked = await mkdtemp(path.join(tmpdir(), 'probe-package-'));
    files = (await readVsix(packed.file, unpacked)).map(({ file }) => file);
  });
  after(async () => {
    await rm(unpacked, { recursive: true });
    for (const name of ['common', ...targets.map((target) => target.name)])
      await rm(path.join(work, name), { recursive: true });
  });

  for (const target of targets) {
    it(`for ${target.name} holds its own runtime and nothing that is not on the list`, () => {
      const listed = stages.get(target.name) ?? [];
      assert.deepEqual(listed.filter((file) => file.includes('/bin/')).sort(), runtimeFiles(target));
      for (const file of listed) assert.ok(allowed(file), `${file} is not on the list`);
      for (const { file } of bundles) assert.ok(listed.includes(`dist/${file}`), file);
      assert.ok(target.budget <= MOST_MEGABYTES);
    });
  }

  it('has no bundle over its budget', () => {
    assert.deepEqual(bundleReport(bundles).over, []);
  });

  it('is what was listed, within its budget', { skip }, () => {
    const manifests = ['[Content_Types].xml', 'extension.vsixmanifest'];
    // Names that vsce gives to the files that VS Code shows.
    const renamed = (file: string) =>
      file.replace(/^(README|CHANGELOG)\.md$/, (name) => name.toLowerCase()).replace(/^LICENSE$/, '$&.txt');
    const listed = stages.get(own?.name ?? '') ?? [];
    const expected = [...manifests, ...listed.map((file) => `extension/${renamed(file)}`)];
    assert.deepEqual([...files].sort(), expected.sort());
    const sum = Object.values(packed.parts).reduce((total, part) => total + part, 0);
    assert.ok(Math.abs(sum - packed.megabytes) < 0.1);
    assert.ok(packed.megabytes <= Number(own?.budget));
  });

  it('names the licence of every package in it', async () => {
    const notices = await readFile(path.join(work, 'common', 'ThirdPartyNotices.txt'), 'utf8');
    const folders = bundles.flatMap(({ sources }) => Object.keys(sources)).filter(Boolean);
    assert.ok(folders.length > 8);
    for (const folder of [...folders, 'node_modules/onnxruntime-node', 'node_modules/onnxruntime-common']) {
      const { name, version } = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8')) as {
        name: string;
        version: string;
      };
      assert.ok(notices.includes(`\n${name} ${version} (`), `${name} ${version}`);
    }
    for (const text of ['Apache License', 'Copyright (c) Microsoft Corporation', 'Baidu', 'protobuf'])
      assert.ok(notices.includes(text), text);
  });

  it('has the sizes that the README states', { skip }, async () => {
    const readme = await readFile(path.join(root, 'README.md'), 'utf8');
    for (const { name, budget } of targets)
      assert.match(readme, new RegExp(`\\| \`${name}\` \\| [\\d.]+ \\| ${budget} \\|`));
    const stated = Number(new RegExp(`\\| \`${own?.name}\` \\| ([\\d.]+) `).exec(readme)?.[1]);
    assert.ok(
      Math.abs(stated - packed.megabytes) < 1,
      `${stated} MB are stated, ${packed.megabytes} MB weighed`,
    );
  });

  it('runs in a fresh process and says nothing on standard error', { skip }, async () => {
    const cli = path.join(unpacked, 'extension', 'dist', 'cli.js');
    const line = [cli, 'attention', '--model', 'pocket-bert', '--text', SENTENCE, '--json', '-'];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, line, { cwd: unpacked });
    assert.equal(stderr, '');
    const { tokens, attention } = JSON.parse(stdout) as {
      tokens: unknown[];
      attention: { weights: number[] }[];
    };
    const [first] = attention[0]?.weights.slice(0, tokens.length)
      ? [attention[0].weights.slice(0, tokens.length)]
      : [];
    assert.ok(first && Math.abs(first.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-5);
  });

  it('says on another machine which package it wants', { skip }, async () => {
    const other = targets.find(({ name }) => name !== own?.name);
    const cli = path.join(work, other?.name ?? '', 'dist', 'cli.js');
    const line = [cli, 'attention', '--model', 'pocket-bert', '--ids', '1,2'];
    await assert.rejects(promisify(execFile)(process.execPath, line), {
      code: 1,
      stderr: new RegExp(`is for another machine.*Install the package for ${own?.name}\\.`),
    });
  });

  it('starts its inference process without a word', { skip }, async () => {
    const said: string[] = [];
    const client = new InferenceClient({
      entry: path.join(unpacked, 'extension', 'dist', 'inference.js'),
      bundledDir: path.join(unpacked, 'extension', 'models'),
      memoryBudgetBytes: 2 ** 28,
      idleShutdownMs: 60_000,
      log: (line) => said.push(line),
    });
    try {
      for (const model of ['pocket-bert', 'pocket-gpt2', 'pocket-t5']) {
        const { facts } = await client.request('open', { model });
        assert.ok(facts.layers > 0, model);
      }
    } finally {
      await client.dispose();
    }
    assert.deepEqual(said, []);
  });

  describe('installed into VS Code, without a network', { skip }, () => {
    const offline = canCutNetwork();
    let stage: Stage;
    before(async () => {
      stage = await openStage({ packages: [packed.file], offline });
    });
    afterEach((context) => picture((context as TestContext).name, stage));
    after(() => stage.close());

    it('does the main job', async () => {
      await analyzeSentence(stage);
      const words = (await stage.panel.chips()).filter(({ special }) => !special);
      const text = words.map(({ start, end }) => SENTENCE.slice(start, end));
      assert.equal(text.join(''), SENTENCE.replaceAll(' ', ''));
      assert.deepEqual(stage.workbench.violations, []);
    });

    it(
      'has no way out',
      { skip: offline ? false : 'this machine lets nobody run without a network' },
      async () => {
        const network = (pid: number | 'self') => readlink(`/proc/${pid}/ns/net`);
        const [inference] = inferenceProcesses(stage);
        assert.ok(inference);
        assert.equal(await network(inference), await network(stage.server.pid));
        assert.notEqual(await network(inference), await network('self'));
      },
    );
  });
});
