import { build } from 'esbuild';
import { join } from 'node:path';

const OUT = join(import.meta.dirname, '../../../.test-output/webview/dist');
const built = new Map<string, Promise<string>>();

/** Bundles a panel as `scripts/build.mjs` does, once a test process, and gives the folder. `minify` as it is shipped. */
export function bundlePanel(panel = 'attention', minify = false): Promise<string> {
  const name = minify ? `${panel}-minified` : panel;
  const known = built.get(name);
  if (known) return known;
  const outdir = minify ? `${OUT}-minified` : OUT;
  const folder = build({
    bundle: true,
    minify,
    entryPoints: { [panel]: `webview/panels/${panel}/main.ts` },
    absWorkingDir: join(import.meta.dirname, '../../..'),
    outdir,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    logLevel: 'error',
  }).then(() => outdir);
  built.set(name, folder);
  return folder;
}
