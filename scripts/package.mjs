// Makes the packages that VS Code installs, one a platform, and says what makes up their size.
//   npm run package -- --target linux-x64 | --all
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { ensureDependencies } from './lib/dependencies.mjs';
import { root } from './lib/paths.mjs';

const outDir = path.join(root, 'out');

const { values } = parseArgs({ options: { target: { type: 'string' }, all: { type: 'boolean' } } });

async function main() {
  await ensureDependencies();
  // Loaded now only: they need what was just installed.
  const { buildCommon, pack, stagePackage } = await import('./lib/package.mjs');
  const { packageRow, sizeTable } = await import('./lib/sizes.mjs');
  const { targetNamed, targets } = await import('./lib/targets.mjs');
  const chosen = values.all ? targets : [targetNamed(values.target ?? `${process.platform}-${process.arch}`)];
  const common = path.join(outDir, 'common');
  await mkdir(common, { recursive: true });
  await buildCommon(common);
  const rows = [];
  for (const target of chosen) {
    const start = performance.now();
    const stage = path.join(outDir, 'stage');
    await stagePackage(target, common, stage);
    const packed = await pack(target, stage, outDir);
    rows.push({ target, ...packed });
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${path.relative(root, packed.file)}: ${packageRow(packed)} (${seconds} s)`);
  }
  for (const folder of ['common', 'stage']) await rm(path.join(outDir, folder), { recursive: true });
  if (values.all) await writeFile(path.join(root, 'test', 'package', 'sizes.md'), sizeTable(rows));
}

try {
  await main();
} catch (error) {
  console.error(`package: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
