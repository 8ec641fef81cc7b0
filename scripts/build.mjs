// Bundles the extension host, the inference process, the CLI and the webviews into dist/.
//   node scripts/build.mjs [--watch] [--production]
import path from 'node:path';
import { buildBundles, watchBundles } from './lib/bundles.mjs';
import { root } from './lib/paths.mjs';

const build = process.argv.includes('--watch') ? watchBundles : buildBundles;

try {
  await build({ outdir: path.join(root, 'dist'), production: process.argv.includes('--production') });
} catch {
  // esbuild has said where and why already.
  process.exitCode = 1;
}
