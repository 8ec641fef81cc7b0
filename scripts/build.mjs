// Bundles the extension host, the inference process, the CLI and the webview into dist/.
//   node scripts/build.mjs [--watch] [--production]
import * as esbuild from 'esbuild';
import { rm } from 'node:fs/promises';

const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');

/** @type {esbuild.BuildOptions} */
const common = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  logLevel: 'warning',
  metafile: true,
};

/** @type {esbuild.BuildOptions} */
const node = {
  ...common,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['vscode', 'onnxruntime-node'],
};

/** @type {esbuild.BuildOptions[]} */
const bundles = [
  { ...node, entryPoints: { extension: 'src/extension.ts' }, outdir: 'dist' },
  { ...node, entryPoints: { inference: 'src/inference/process.ts' }, outdir: 'dist' },
  { ...node, entryPoints: { anatomy: 'src/anatomy/worker.ts' }, outdir: 'dist' },
  { ...node, entryPoints: { cli: 'src/cli/main.ts' }, outdir: 'dist', banner: { js: '#!/usr/bin/env node' } },
  {
    ...common,
    entryPoints: {
      attention: 'webview/panels/attention/main.ts',
      probe: 'webview/panels/probe/main.ts',
      anatomy: 'webview/panels/anatomy/main.ts',
    },
    outdir: 'dist/webview',
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
  },
];

await rm('dist', { recursive: true, force: true });
try {
  if (watch) for (const options of bundles) await (await esbuild.context(options)).watch();
  else await Promise.all(bundles.map((options) => esbuild.build(options)));
} catch {
  // esbuild has said where and why already.
  process.exitCode = 1;
}
