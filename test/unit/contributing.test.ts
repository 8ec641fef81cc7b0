import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as esbuild from 'esbuild';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { root } from '../../scripts/lib/paths.mjs';

/** The most that a trivial probe may take outside the panel: lines of the example and what else is added. */
const MOST_LINES = 30;

describe("CONTRIBUTING's example of a probe", () => {
  let copy = '';
  let example = '';
  before(async () => {
    const guide = await readFile(path.join(root, 'CONTRIBUTING.md'), 'utf8');
    example = /^```ts\n\/\/ src\/probes\/words\.ts\n([\s\S]*?)^```$/m.exec(guide)?.[1] ?? '';
    copy = await mkdtemp(path.join(tmpdir(), 'probe-guide-'));
    for (const name of ['src', 'webview', 'package.json', 'tsconfig.json', 'tsconfig.base.json'])
      await cp(path.join(root, name), path.join(copy, name), { recursive: true });
    await symlink(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), 'junction');
    await writeFile(path.join(copy, 'src', 'probes', 'words.ts'), example);
    await enlist(path.join(copy, 'src', 'probes', 'table.ts'));
  });
  after(() => rm(copy, { recursive: true }));

  it('is short: the file, two lines of the table, a command and its title', () => {
    const table = 2;
    const manifest = 6;
    assert.ok(example.length > 0);
    assert.ok(example.trimEnd().split('\n').length + table + manifest < MOST_LINES);
  });

  it('has no error that the compiler finds', async () => {
    const settings = path.join(copy, 'tsconfig.words.json');
    await writeFile(
      settings,
      JSON.stringify({
        extends: './tsconfig.json',
        compilerOptions: { noEmit: true, incremental: false, types: ['node'] },
        include: [],
        files: ['src/probes/words.ts'],
      }),
    );
    const compiler = path.join(root, 'node_modules', '@typescript', 'native', 'bin', 'tsc');
    const found = await promisify(execFile)(process.execPath, [compiler, '-p', settings]).then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    );
    assert.equal(found, '');
  });

  it('is built and run by the command line as the guide says', async () => {
    const outfile = path.join(copy, 'dist', 'cli.js');
    await esbuild.build({
      entryPoints: [path.join(copy, 'src', 'cli', 'main.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node20',
      external: ['vscode', 'onnxruntime-node'],
      logLevel: 'silent',
    });
    const run = async (...parameters: string[]) =>
      (await promisify(execFile)(process.execPath, [outfile, 'probe', ...parameters])).stdout;
    assert.match(await run('--list'), /\bwords\b/);
    assert.match(await run('words'), /The text has 6 words\./);
    const stated = await run('words', '--text', 'a bb ccc dddd', '--set', 'least=3', '--json', '-');
    assert.match(stated, /"words": ?2\b/);
  });
});

/** What step 5 of the guide asks for: the import and the entry. */
async function enlist(file: string): Promise<void> {
  const table = await readFile(file, 'utf8');
  const listed = table.replace(/(PROBES[^=]*= \[)/, '$1words, ');
  assert.notEqual(listed, table, 'the table is written as expected');
  await writeFile(file, `import { words } from './words';\n${listed}`);
}
