/**
 * How long an analysis takes and what it costs its host: bundled model, real inference process. Prints a table, and
 * writes it to test/bench/results.md with --write. `npx tsx test/bench/analysis.bench.ts` after `npm run build`.
 */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InferenceClient } from '../../src/inference/client';
import { Engine } from '../../src/inference/engine';
import { analyzeAttention } from '../../src/probes/attention';
import type { Tap } from '../../src/shared/inference';
import { PlainModel } from '../inference/support/plain';

const ROOT = join(__dirname, '..', '..');
const MODEL = 'pocket-bert';
const ENCODER_DECODER = 'pocket-t5';
const MODELS = join(ROOT, 'models');
const ROUNDS = 15;
/** Side of the panel's thumbnails, in cells. */
const SIDE = 48;

type Row = [what: string, median: string, fastest: string, slowest: string];

/** Ids for so many tokens, the model's own start and end around them. */
const idsOf = (count: number) => Array.from({ length: count }, (_, i) => 5 + ((i * 131) % 8000));

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function repeated(work: () => Promise<unknown>, rounds = ROUNDS): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) times.push(await timed(work));
  return times;
}

function row(what: string, times: number[]): Row {
  return [what, ms(median(times)), ms(Math.min(...times)), ms(Math.max(...times))];
}

const ms = (value: number) => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;

/** From the request to the pictures that the panel shows first: all thumbnails and one head. */
async function analyze(client: InferenceClient, tokens: number, model = MODEL): Promise<void> {
  const targetIds = model === ENCODER_DECODER ? [0, ...idsOf(15)] : undefined;
  const { runId, layers } = await analyzeAttention(client, { model, ids: idsOf(tokens), targetIds });
  const kind = layers[0]?.kind ?? 'encoder';
  await Promise.all([
    client.request('overview', { runId, side: SIDE }),
    client.request('head', { runId, kind, layer: 0, head: 0 }),
  ]);
}

async function withClient<T>(use: (client: InferenceClient) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'probe-bench-'));
  const client = new InferenceClient({
    entry: join(ROOT, 'dist', 'inference.js'),
    bundledDir: MODELS,
    resultsDir: folder,
    memoryBudgetBytes: 2 ** 30,
    idleShutdownMs: 60_000,
    log: (line) => console.error(line),
  });
  try {
    return await use(client);
  } finally {
    await client.dispose();
    await rm(folder, { recursive: true });
  }
}

async function firstHead(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const tokens of [64, 256]) {
    const cold: number[] = [];
    for (let i = 0; i < 5; i++) cold.push(await withClient((client) => timed(() => analyze(client, tokens))));
    const warm = await withClient(async (client) => {
      await analyze(client, tokens);
      return repeated(() => analyze(client, tokens));
    });
    rows.push(row(`${tokens} tokens, request to first head, no process yet`, cold));
    rows.push(row(`${tokens} tokens, request to first head, process and model open`, warm));
  }
  return rows;
}

/** Each bundled model in a process that has run another one already: 64 tokens, encoder-decoders with a target of 16. */
async function opening(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const model of [MODEL, 'pocket-gpt2', ENCODER_DECODER]) {
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      const other = model === MODEL ? 'pocket-gpt2' : MODEL;
      const took = await withClient(async (client) => {
        await analyze(client, 64, other);
        return timed(() => analyze(client, 64, model));
      });
      times.push(took);
    }
    rows.push(row(`${model}, 64 tokens, request to first head, process running, model not open`, times));
  }
  return rows;
}

/** The same run without any tap, with the attention weights, and with every tap; turn by turn. */
async function taps(): Promise<Row[]> {
  const engine = new Engine({ bundledDir: MODELS, memoryBudgetBytes: 2 ** 28, log: () => undefined });
  const plain = await PlainModel.open(join(MODELS, MODEL));
  const ids = idsOf(256);
  const all: Tap[] = ['scores', 'query', 'key', 'value', 'hidden'];
  const run = (wanted: Tap[]) => engine.request('run', { model: MODEL, ids, taps: wanted });
  const times: number[][] = [[], [], []];
  for (let round = 0; round <= ROUNDS; round++) {
    const ways = [() => plain.logits({ ids }), () => run([]), () => run(all)];
    for (const [i, way] of ways.entries()) {
      // ONNX Runtime's threads spin for a while after a run of a session with its defaults.
      await sleep(50);
      const took = await timed(way);
      if (round > 0) times[i]?.push(took);
    }
  }
  await plain.close();
  await engine.close();
  const [untapped = [], weights = [], everything = []] = times;
  return [
    row('256 tokens, one run of the file as it is', untapped),
    row('256 tokens, one run with all attention weights, kept and checked', weights),
    row('256 tokens, one run with scores, queries, keys, values and hidden states, too', everything),
  ];
}

/** The longest time in which a 1 ms timer of this thread did not get its turn, and the thread's own part in it. */
async function hostThread(): Promise<Row[]> {
  return withClient(async (client) => {
    await analyze(client, 256);
    const longest: number[] = [];
    const idle: number[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      longest.push(await longestWait(() => analyze(client, 256)));
      idle.push(await longestWait(() => sleep(100)));
    }
    return [
      row('256 tokens, longest wait of a 1 ms timer on the host thread during an analysis', longest),
      row('the same during 100 ms of doing nothing: the noise of this machine', idle),
    ];
  });
}

async function longestWait(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  await work();
  clearInterval(timer);
  return Math.max(longest, performance.now() - last);
}

/** From the abort to the moment when the process that was computing no longer exists. */
async function cancelling(): Promise<Row[]> {
  const model = join(ROOT, 'test', 'fixtures', 'models', 't5-eager');
  const ids = Array.from({ length: 4000 }, (_, i) => 5 + (i % 400));
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const took = await withClient(async (client) => {
      await client.request('open', { model });
      const stop = new AbortController();
      const answer = client.request('run', { model, ids, targetIds: [0, 5] }, stop.signal);
      answer.catch(() => undefined);
      const { pid } = client;
      await sleep(500);
      const start = performance.now();
      stop.abort();
      while (pid !== undefined && isAlive(pid)) await sleep(1);
      return performance.now() - start;
    });
    times.push(took);
  }
  return [row('cancel of a long run to the end of its process', times)];
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function main(): Promise<void> {
  const rows: Row[] = [];
  for (const part of [firstHead, opening, taps, hostThread, cancelling]) rows.push(...(await part()));
  const [load = 0] = loadavg();
  const machine = `${MODEL}, Node ${process.versions.node}, ${cpus().length} cores, load average ${load.toFixed(1)}`;
  const lines = [['what', 'median', 'fastest', 'slowest'], ['---', '---', '---', '---'], ...rows].map(
    (cells) => `| ${cells.join(' | ')} |`,
  );
  const text = `${lines.join('\n')}\n\nMeasured on ${machine} (\`test/bench/analysis.bench.ts\`).\n`;
  console.log(text);
  if (process.argv.includes('--write')) writeFileSync(join(__dirname, 'results.md'), text);
}

void main();
