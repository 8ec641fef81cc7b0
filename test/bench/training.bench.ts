/**
 * A training step here and in PyTorch, on the same encoder, weights, batch, threads and machine, step about; AdamW as a
 * loop and as nodes of a graph; and a whole comparison of two arms. Prints a table, and writes it to
 * test/bench/training.md with --write.
 * `npx tsx test/bench/training.bench.ts --python PYTHON` after `npm run build`; PYTHON has torch, transformers and onnx.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { InferenceClient } from '../../src/inference/client';
import { openModel } from '../../src/inference/openModel';
import { createSession, loadRuntime } from '../../src/inference/runtime';
import { SessionCache } from '../../src/inference/sessions';
import { AdamW, clipScale, globalNorm } from '../../src/inference/training/adamw';
import { padded, randomOf } from '../../src/inference/training/batches';
import { wholeLearner } from '../../src/inference/training/learner';
import { prepareTraining } from '../../src/inference/training/prepare';
import type { PreparedModel } from '../../src/inference/training/prepared';
import { saveModel } from '../../src/inference/training/save';
import { locateModel } from '../../src/models/folder';
import { appendGraph, FLOAT } from '../../src/onnx/taps';
import type { NewNode } from '../../src/onnx/taps';
import { bytesField, concat, stringField, varintField } from '../../src/onnx/wire';
import { compareTraining, loadTrainingData } from '../../src/probes/training';
import { TRAINING_DEFAULTS } from '../../src/shared/training';
import type { EncodedSentence } from '../../src/shared/training';

const ROOT = join(__dirname, '..', '..');
const MODELS = join(ROOT, 'models');
const MODEL = 'pocket-bert';
const THREADS = 2;
const ROUNDS = 30;
const [BATCH, TOKENS] = [8, 32];

type Row = [what: string, median: string, fastest: string];

function row(what: string, times: number[]): Row {
  const sorted = [...times].sort((a, b) => a - b);
  const ms = (value = NaN) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
  return [what, ms(sorted[Math.floor(sorted.length / 2)]), ms(sorted[0])];
}

async function timed(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Answers of the Python process, in order. */
class PyTorch {
  private readonly child;
  private readonly lines: AsyncIterator<string>;

  constructor(python: string) {
    const options = { stdio: ['pipe', 'pipe', 'inherit'] as ['pipe', 'pipe', 'inherit'] };
    this.child = spawn(python, [join(__dirname, 'training_step.py')], options);
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async ask(line: string): Promise<Record<string, unknown>> {
    this.child.stdin.write(`${line}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new Error('The Python process ended.');
    return JSON.parse(value) as Record<string, unknown>;
  }

  close(): void {
    this.child.stdin.end();
  }
}

/** Both sides do a step in turn. */
async function measureSteps(prepared: PreparedModel, python: string | null, folder: string): Promise<Row[]> {
  const random = randomOf(0, 'order');
  const sentences: EncodedSentence[] = Array.from({ length: BATCH }, (_, i) => ({
    ids: Array.from({ length: TOKENS - (i % 3) }, () => 5 + random.below(8000)),
    typeIds: Array.from({ length: TOKENS - (i % 3) }, () => 0),
    label: i % 2,
  }));
  const settings = { seed: 0, classes: 2, headRate: 1, watched: sentences.slice(0, 1) };
  const learner = await wholeLearner(prepared, 'pretrained', settings, 0.02);
  const optimizer = new AdamW(learner.learned, 0.01);
  const model = await locateModel(MODEL, { bundledDir: MODELS });
  await saveModel(
    prepared,
    model,
    { weights: learner.weights, head: learner.head, labels: ['a', 'b'] },
    folder,
  );
  const { ids, mask } = padded(sentences, 0);
  const labels = sentences.map(({ label }) => label);
  const task = { folder, model: join(folder, 'onnx', 'model.onnx'), threads: THREADS, ids, mask, labels };
  const torch = python === null ? null : new PyTorch(python);
  const version = (await torch?.ask(JSON.stringify(task)))?.['torch'];
  const [ours, updates, theirs]: number[][] = [[], [], []];
  for (let round = 0; round < ROUNDS + 3; round++) {
    const answer = await torch?.ask('step');
    let loss = NaN;
    let update = 0;
    const whole = await timed(async () => {
      const outcome = await learner.step(sentences);
      loss = outcome.loss;
      update = await timed(() => {
        const scale = clipScale(globalNorm(outcome.gradients), 1);
        optimizer.step(outcome.gradients, 1e-5, scale);
      });
    });
    if (round === 0 && answer && Math.abs(loss - (answer['loss'] as number)) > 1e-4) {
      throw new Error(`The first losses differ: ${loss} here, ${String(answer['loss'])} in PyTorch.`);
    }
    if (round < 3) continue;
    ours?.push(whole);
    updates?.push(update);
    if (answer) theirs?.push(answer['ms'] as number);
  }
  torch?.close();
  const what = `One step: ${MODEL}, ${BATCH} x ${TOKENS} tokens, ${THREADS} threads`;
  return [
    row(`${what}, here`, ours ?? []),
    ...(torch ? [row(`${what}, PyTorch ${String(version)}`, theirs ?? [])] : []),
    row('of which clipping and AdamW, as a loop', updates ?? []),
    row('AdamW as nodes of a graph, same weights', await adamGraph(prepared)),
  ];
}

/** AdamW's update of all weights as one graph whose inputs and outputs are weights and moments. */
async function adamGraph({ facts }: PreparedModel): Promise<number[]> {
  const count = facts.parameters.reduce((sum, { values }) => sum + values.length, 0);
  const constants = { b1: 0.9, c1: 0.1, b2: 0.999, c2: 0.001, eps: 1e-8, rate: 1e-3 };
  const op = (opType: string, inputs: string[], output: string): NewNode => ({
    opType,
    inputs,
    outputs: [output],
  });
  const header = concat([
    varintField(1, 8),
    bytesField(8, concat([stringField(1, ''), varintField(2, 17)])),
    bytesField(7, stringField(2, 'adamw')),
  ]);
  const bytes = appendGraph(header, {
    inputs: ['p', 'g', 'm', 'v'].map((name) => ({ name, elemType: FLOAT, dims: [count] })),
    initializers: Object.entries(constants).map(([name, value]) => ({
      name,
      dims: [],
      data: Float32Array.of(value),
    })),
    nodes: [
      op('Mul', ['m', 'b1'], 'm1'),
      op('Mul', ['g', 'c1'], 'g1'),
      op('Add', ['m1', 'g1'], 'mNew'),
      op('Mul', ['v', 'b2'], 'v1'),
      op('Mul', ['g', 'g'], 'gg'),
      op('Mul', ['gg', 'c2'], 'g2'),
      op('Add', ['v1', 'g2'], 'vNew'),
      op('Sqrt', ['vNew'], 'root'),
      op('Add', ['root', 'eps'], 'below'),
      op('Div', ['mNew', 'below'], 'ratio'),
      op('Mul', ['ratio', 'rate'], 'move'),
      op('Sub', ['p', 'move'], 'pNew'),
    ],
    outputs: ['pNew', 'mNew', 'vNew'].map((name) => ({ name, elemType: FLOAT, dims: [count] })),
  });
  const session = await createSession(bytes, { directory: ROOT, threads: THREADS, memoryArena: true });
  const { Tensor } = await loadRuntime();
  const fresh = () => new Tensor('float32', new Float32Array(count).fill(0.01), [count]);
  const feeds = { p: fresh(), g: fresh(), m: fresh(), v: fresh() };
  const times: number[] = [];
  for (let round = 0; round < 10; round++) times.push(await timed(() => session.run(feeds)));
  await session.release();
  return times.slice(2);
}

/** 8 sentences, 10 epochs, 5 seeds, two arms, as the panel does it: in the inference process. */
async function measureComparison(): Promise<Row[]> {
  const entry = join(ROOT, 'dist', 'inference.js');
  const limits = { memoryBudgetBytes: 2 ** 30, idleShutdownMs: 60_000, threads: THREADS };
  const client = new InferenceClient({ entry, bundledDir: MODELS, ...limits, log: () => undefined });
  const data = await loadTrainingData({ kind: 'small' }, { mediaDir: join(ROOT, 'media') });
  const started = performance.now();
  let firstStep = NaN;
  const request = {
    model: MODEL,
    data,
    options: { ...TRAINING_DEFAULTS, arms: ['pretrained' as const, 'scratch' as const] },
  };
  const result = await compareTraining(client, request, {
    onSnapshot: ({ progress }) => {
      if (progress.step === 1) firstStep ||= performance.now() - started;
    },
  });
  const whole = performance.now() - started;
  await client.dispose();
  if (result.state !== 'finished') throw new Error(result.error?.message);
  const what = '10 epochs, 8 sentences, 5 seeds, pretrained and scratch';
  return [
    [`${what}: all (100 steps)`, `${(whole / 1000).toFixed(1)} s`, ''],
    [`${what}: first step on the screen`, `${(firstStep / 1000).toFixed(1)} s`, ''],
  ];
}

async function main(): Promise<void> {
  const at = process.argv.indexOf('--python');
  const python = at < 0 ? (process.env['PROBE_PYTHON'] ?? null) : (process.argv[at + 1] ?? null);
  const folder = await mkdtemp(join(tmpdir(), 'probe-bench-'));
  const sessions = new SessionCache(2);
  const load = loadavg()[0] ?? 0;
  try {
    const model = await openModel(await locateModel(MODEL, { bundledDir: MODELS }), {
      sessions,
      threads: THREADS,
    });
    const options = { pooling: 'mean', layers: 'last', threads: THREADS, budgetBytes: 2 ** 31 } as const;
    const prepared = await prepareTraining(model, options);
    const rows = [...(await measureSteps(prepared, python, folder)), ...(await measureComparison())];
    await prepared.release();
    const text = table(rows, load);
    process.stdout.write(text);
    if (process.argv.includes('--write')) writeFileSync(join(__dirname, 'training.md'), text);
  } finally {
    await sessions.closeAll();
    await rm(folder, { recursive: true });
  }
}

function table(rows: Row[], load: number): string {
  const [cpu] = cpus();
  const head = `${cpu?.model.trim()}, ${cpus().length} cores (load average ${load.toFixed(1)} at the start), Node.js ${process.versions.node}; median and fastest of ${ROUNDS}, the two sides step about.`;
  const lines = rows.map((cells) => `| ${cells.join(' | ')} |`);
  return [head, '', '| | median | fastest |', '| --- | ---: | ---: |', ...lines, ''].join('\n');
}

void main();
