// Says what is in each bundle, and fails where one is larger than it may be.
//   npm run size
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildBundles } from './lib/bundles.mjs';
import { bundleReport } from './lib/sizes.mjs';

const outdir = await mkdtemp(path.join(tmpdir(), 'probe-size-'));
try {
  const { lines, over } = bundleReport(await buildBundles({ outdir, production: true }));
  for (const line of [...lines, ...over]) console.log(line);
  process.exitCode = over.length > 0 ? 1 : 0;
} finally {
  await rm(outdir, { recursive: true });
}
