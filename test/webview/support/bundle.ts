import { build } from 'esbuild';
import { join } from 'node:path';

const OUT = join(import.meta.dirname, '../../../.test-output/webview/dist');
let built: Promise<string> | null = null;

/** Bundles the panel as `scripts/build.mjs` does, once a test process, and gives the folder. */
export function bundlePanel(): Promise<string> {
  built ??= build({
    bundle: true,
    entryPoints: { attention: 'webview/panels/attention/main.ts' },
    absWorkingDir: join(import.meta.dirname, '../../..'),
    outdir: OUT,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    logLevel: 'error',
  }).then(() => OUT);
  return built;
}
