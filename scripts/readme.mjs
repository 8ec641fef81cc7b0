// Puts the tables that tests and benchmarks wrote into README.md, between their markers.
//   node scripts/readme.mjs
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);

/** Marker in the README -> the file that holds its text. */
const tables = {
  parity: 'test/parity.md',
  exporters: 'test/exporters.md',
  bench: 'test/bench/results.md',
  opening: 'test/bench/opening.md',
  host: 'test/bench/host.md',
  netron: 'test/bench/netron.md',
  bertviz: 'test/bench/bertviz.md',
  arithmetic: 'test/bench/arithmetic.md',
  training: 'test/bench/training.md',
  packages: 'test/package/sizes.md',
};

const path = fileURLToPath(new URL('README.md', root));
let readme = await readFile(path, 'utf8');
for (const [name, file] of Object.entries(tables)) {
  const between = new RegExp(`(<!-- ${name}:start -->\\n)[\\s\\S]*?(<!-- ${name}:end -->)`);
  if (!between.test(readme)) continue;
  const text = await readFile(new URL(file, root), 'utf8');
  readme = readme.replace(between, (_all, start, end) => `${start}\n${text.trim()}\n\n${end}`);
}
await writeFile(path, readme);
