import * as esbuild from 'esbuild';
import { rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { outputDir, root } from '../../scripts/lib/paths.mjs';

const suiteDir = path.join(root, 'test', 'vscode', 'suite');

/**
 * Bundles a folder of tests for the extension host, the mocha suite unless told otherwise: `index.ts` and every
 * `*.test.ts`. Returns the module whose `run()` VS Code calls.
 */
export async function bundleSuite(folder = suiteDir): Promise<string> {
  // One for each process: the suite runs in two VS Codes side by side.
  const bundleDir = path.join(outputDir, `${path.basename(folder)}-${process.pid}`);
  process.once('exit', () => rmSync(bundleDir, { recursive: true, force: true }));
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
