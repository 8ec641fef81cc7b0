import * as esbuild from 'esbuild';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { outputDir, root } from '../../scripts/lib/paths.mjs';

const suiteDir = path.join(root, 'test', 'vscode', 'suite');

/**
 * Bundles a folder of tests for the extension host, the mocha suite unless told otherwise: `index.ts` and every
 * `*.test.ts`. Returns the module whose `run()` VS Code calls.
 */
export async function bundleSuite(folder = suiteDir): Promise<string> {
  const bundleDir = path.join(outputDir, path.basename(folder));
  await rm(bundleDir, { recursive: true, force: true });
  const tests = (await readdir(folder)).filter((name) => name.endsWith('.test.ts'));
  await esbuild.build({
    entryPoints: ['index.ts', ...tests].map((name) => path.join(folder, name)),
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
