import { build } from 'esbuild';
import { join } from 'node:path';

const OUT = join(import.meta.dirname, '../../../.test-output/webview/dist');
const built = new Map<string, Promise<string>>();

/** Bundles a panel as `scripts/build.mjs` does, once a test process, and gives the folder. */
export function bundlePanel(panel = 'attention'): Promise<string> {
  const known = built.get(panel);
  if (known) return known;
  const folder = build({
    bundle: true,
    entryPoints: { [panel]: `webview/panels/${panel}/main.ts` },
    absWorkingDir: join(import.meta.dirname, '../../..'),
    outdir: OUT,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    logLevel: 'error',
  }).then(() => OUT);
  built.set(panel, folder);
  return folder;
}
