import * as esbuild from 'esbuild';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { outputDir, root } from '../../scripts/lib/paths.mjs';

const suiteDir = path.join(root, 'test', 'vscode', 'suite');
const bundleDir = path.join(outputDir, 'suite');

/** Bundles the mocha suite for the extension host; the module whose `run()` VS Code calls is returned. */
export async function bundleSuite(): Promise<string> {
  await rm(bundleDir, { recursive: true, force: true });
  const tests = (await readdir(suiteDir)).filter((name) => name.endsWith('.test.ts'));
  await esbuild.build({
    entryPoints: ['index.ts', ...tests].map((name) => path.join(suiteDir, name)),
    outdir: bundleDir,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: 'inline',
    external: ['vscode', 'mocha'],
  });
  return path.join(bundleDir, 'index.js');
}
