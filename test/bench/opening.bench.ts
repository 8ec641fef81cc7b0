/**
 * What opening a large model reads and how long it takes, against `InferenceSession.create(path)` in the same run: a
 * generated 1.5 GB model with external data, and one of 400 MB. Linux only (/proc). Every opening is a process of its
 * own whose runtime is loaded already. `npx tsx test/bench/opening.bench.ts`; with --write, into test/bench/opening.md.
 */
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import * as ort from 'onnxruntime-node';
import { Engine } from '../../src/inference/engine';
import { readParts } from '../../src/inference/parts';
import { createSession } from '../../src/inference/runtime';
import { findModelFiles } from '../../src/models/opening';
import { withOutputs } from '../../src/onnx/taps';
import { layersFor, writeLargeModel } from './support/largeModel';

const ROUNDS = 7;
const WIDTH = 1024;
const SMALL = join(__dirname, '..', 'fixtures', 'models', 'bert-eager', 'onnx', 'model.onnx');

/** What this process has read and mapped so far. */
interface Meters {
  /** Bytes handed over by read calls, from the disk or from the page cache. */
  calls: number;
  /** Bytes fetched from the disk, for read calls and for pages of mapped files. */
  disk: number;
  /** Bytes of mapped files that were touched. */
  mapped: number;
}

interface Opening extends Meters {
  ms: number;
}

type Way = 'skeleton' | 'file' | 'open';

function meters(): Meters {
  const number = (file: string, name: string) =>
    Number(new RegExp(`${name}:\\s*(\\d+)`).exec(readFileSync(`/proc/self/${file}`, 'utf8'))?.[1]);
  return {
    calls: number('io', 'rchar'),
    disk: number('io', 'read_bytes'),
    mapped: 1024 * number('status', 'RssFile'),
  };
}

/** Ways from a path to a session that can run: as the inference process has it, as the runtime has it, and with the trial run. */
const WAYS: Record<Way, (path: string) => Promise<unknown>> = {
  skeleton: async (path) => {
    const { folder } = await findModelFiles(path, { bundledDir: dirname(path) });
    const [part] = await readParts(folder);
    if (!part) throw new Error('no graph');
    const weights = part.blocks.map((block) => block.weights);
    return createSession(withOutputs(part.skeleton, weights), { directory: part.skeleton.directory });
  },
  file: (path) => ort.InferenceSession.create(path, { logSeverityLevel: 3 }),
  open: async (path) => {
    const options = { bundledDir: dirname(path), memoryBudgetBytes: 2 ** 28, log: () => undefined };
    return new Engine(options).request('open', { model: path });
  },
};

/** In a process of its own: opens a small model first, so that no code is loaded on the way. */
async function openHere(way: Way, path: string): Promise<Opening> {
  await WAYS[way](SMALL);
  const before = meters();
  const start = performance.now();
  await WAYS[way](path);
  const ms = performance.now() - start;
  const { calls, disk, mapped } = meters();
  return {
    ms,
    calls: calls - before.calls,
    disk: disk - before.disk,
    mapped: Math.max(0, mapped - before.mapped),
  };
}

async function openElsewhere(way: Way, path: string): Promise<Opening> {
  const args = ['--import', 'tsx', __filename, '--open', way, path];
  return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout) as Opening;
}

/** Drops a file from the page cache, so that what is read of it comes from the disk. */
function forget(path: string): void {
  for (const file of [path, `${path}_data`]) {
    try {
      execFileSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none'], { stdio: 'ignore' });
    } catch {
      // A model without external data has one file only.
    }
  }
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
const ms = (values: number[]) => {
  const sorted = [...values].sort((a, b) => a - b);
  const [fastest = NaN, slowest = NaN] = [sorted[0], sorted.at(-1)];
  return `${(sorted[sorted.length >> 1] ?? NaN).toFixed(0)} ms (${fastest.toFixed(0)} to ${slowest.toFixed(0)})`;
};

async function reading(path: string, size: string): Promise<string[][]> {
  const seen: Partial<Record<Way, Opening>> = {};
  for (const way of ['skeleton', 'file'] as const) {
    forget(path);
    seen[way] = await openElsewhere(way, path);
  }
  const row = (what: string, key: keyof Meters) => [
    `${size}, not in the page cache: ${what} until a session can run`,
    ...(['skeleton', 'file'] as const).map((way) => megabytes(seen[way]?.[key] ?? NaN)),
  ];
  return [
    row('read by calls', 'calls'),
    row('mapped pages touched', 'mapped'),
    row('fetched from the disk', 'disk'),
  ];
}

async function timing(path: string, size: string): Promise<string[][]> {
  const times: Record<Way, number[]> = { skeleton: [], file: [], open: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of ['skeleton', 'file', 'open'] as const)
      times[way].push((await openElsewhere(way, path)).ms);
  }
  return [
    [`${size}, cached: time until a session can run`, ms(times.skeleton), ms(times.file)],
    [
      `${size}, cached: time until the model's facts are known, a trial run of 4 tokens included`,
      ms(times.open),
      '-',
    ],
  ];
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'probe-opening-'));
  try {
    const make = async (name: string, bytes: number, external: boolean) => {
      await mkdir(join(folder, name));
      return writeLargeModel(join(folder, name), { layers: layersFor(bytes, WIDTH), width: WIDTH, external });
    };
    const rows = await reading(await make('large', 1.5e9, true), '1.5 GB with external data');
    await rm(join(folder, 'large'), { recursive: true });
    const path = await make('medium', 400e6, false);
    rows.push(...(await reading(path, '400 MB')), ...(await timing(path, '400 MB')));
    report(rows);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function report(rows: string[][]): void {
  const titles = ['what', 'Transformer Probe', '`InferenceSession.create(path)`'];
  const lines = [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const [load = 0] = loadavg();
  const text = `${lines.join('\n')}\n\nMedian of ${ROUNDS} (fastest to slowest), Node ${process.versions.node}, ${cpus().length} cores, load average ${load.toFixed(1)} (\`test/bench/${basename(__filename)}\`).\n`;
  console.log(text);
  if (process.argv.includes('--write')) writeFileSync(join(__dirname, 'opening.md'), text);
}

const [command, way, path] = process.argv.slice(2);
if (command === '--open')
  void openHere(way as Way, path ?? '').then((opening) => console.log(JSON.stringify(opening)));
else void main();
