/**
 * The arithmetic of src/numeric against the same formulas written down plainly (support/plainFormulas.ts), in one run, on
 * 12 layers x 12 heads of made-up attention: CPU time, so that other load changes little. Prints a table, and writes it to
 * test/bench/arithmetic.md with --write. `npx tsx test/bench/arithmetic.bench.ts [--write] [--tokens 512]`
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { matrixOf } from '../../src/numeric/aggregate';
import { headTable } from '../../src/numeric/headTable';
import { product } from '../../src/numeric/matrix';
import type { WeightReader } from '../../src/numeric/reader';
import { similarHeads } from '../../src/numeric/similarity';
import { randomFloats } from '../support/seeded';
import { plainDivergence, plainMeasures, plainProduct } from './support/plainFormulas';

const LAYERS = 12;
const HEADS = 12;

const { values: options } = parseArgs({
  options: { write: { type: 'boolean' }, tokens: { type: 'string', default: '512' } },
});
const size = Number(options.tokens);

type Row = [what: string, plain: number | null, ours: number];

/** Rows of one layer that sum to 1; all layers are the same numbers. */
function layerWeights(): Float32Array {
  const weights = randomFloats(HEADS * size * size, 7).map((value) => value ** 4 + 1e-6);
  for (let start = 0; start < weights.length; start += size) {
    const row = weights.subarray(start, start + size);
    const sum = row.reduce((total, weight) => total + weight, 0);
    row.forEach((weight, i) => (row[i] = weight / sum));
  }
  return weights;
}

/** CPU milliseconds of this process: the fastest of three. */
async function cpuOf(work: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 3; round++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
  }
  return Math.min(...times);
}

async function measure(): Promise<Row[]> {
  const weights = layerWeights();
  const layers = Array.from({ length: LAYERS }, (_, layer) => ({
    kind: 'encoder' as const,
    ...{ layer, heads: HEADS, queries: size, keys: size },
  }));
  const reader: WeightReader = { layers, view: async () => weights };
  const special = Array.from({ length: size }, (_, i) => i === 0 || i === size - 1);
  const facts = { ids: special.map((_, i) => i % 97), special };
  const kept = Uint8Array.from(special, (is) => (is ? 0 : 1));
  const everything = new Uint8Array(size).fill(1);
  const headOf = (head: number) => weights.subarray(head * size * size, (head + 1) * size * size);
  const everyHead = (use: (head: Float32Array) => unknown) => {
    for (let layer = 0; layer < LAYERS; layer++) for (let head = 0; head < HEADS; head++) use(headOf(head));
  };
  const square = Float64Array.from(headOf(0));
  const matrix = { rows: size, columns: size, values: square };
  return [
    [
      'measures of all heads (ours: sinks, labels and the sums of single cells, too)',
      await cpuOf(() =>
        everyHead((head) => [everything, kept].map((columns) => plainMeasures(head, size, columns))),
      ),
      await cpuOf(() => headTable(reader, () => ({ queries: facts, keys: facts }))),
    ],
    [
      'heads like one',
      await cpuOf(() => everyHead((head) => plainDivergence(headOf(0), head, size))),
      await cpuOf(() => similarHeads(reader, { kind: 'encoder', layer: 0, head: 0 }, 8)),
    ],
    [
      'one product of the rollout',
      await cpuOf(() => plainProduct(square, square, size)),
      await cpuOf(() => product(matrix, matrix)),
    ],
    [
      'rollout through all layers',
      null,
      await cpuOf(() => matrixOf(reader, { from: 'rollout', kind: 'encoder' })),
    ],
  ];
}

const ms = (value: number) => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;

async function main(): Promise<void> {
  const rows = await measure();
  const lines = [
    ['what', 'plainly', 'here', 'times'],
    ['---', '---', '---', '---'],
    ...rows.map(([what, plain, ours]) => [
      what,
      ...(plain === null ? ['', ms(ours), ''] : [ms(plain), ms(ours), (plain / ours).toFixed(1)]),
    ]),
  ].map((cells) => `| ${cells.join(' | ')} |`);
  const about = `${LAYERS} layers x ${HEADS} heads x ${size} x ${size} tokens, CPU time of one thread, Node ${process.versions.node}, ${cpus().length} cores (\`test/bench/arithmetic.bench.ts\`).`;
  const text = `${lines.join('\n')}\n\n${about}\n`;
  console.log(text);
  if (options.write) writeFileSync(join(import.meta.dirname, 'arithmetic.md'), text);
}

void main();
