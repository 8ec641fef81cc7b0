// How long the extension host would stand still while a model file is opened: parsed on its thread, and by the worker.
//   node scripts/build.mjs && npx tsx test/bench/anatomy-host.bench.ts
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { root } from '../../scripts/lib/paths.mjs';
import { AnatomyClient } from '../../src/anatomy/client';
import { inLocalFolder } from '../../src/anatomy/files';
import { openFile } from '../../src/anatomy/open';
import { safetensorsHeader } from '../unit/anatomy/build';
import { largeGguf, largeOnnx, largeSafetensors } from '../unit/anatomy/large';

const ROUNDS = 5;

/** As many tensors as the largest published mixture of experts: 61 layers of 256 experts with three matrices each. */
async function manyExperts(folder: string): Promise<{ path: string }> {
  const tensors: Record<string, { dtype: string; shape: number[]; bytes: number }> = {};
  for (let layer = 0; layer < 61; layer++) {
    for (let expert = 0; expert < 256; expert++) {
      for (const part of ['gate', 'up', 'down']) {
        const name = `model.layers.${layer}.mlp.experts.${expert}.${part}_proj.weight`;
        tensors[name] = { dtype: 'F16', shape: [64, 64], bytes: 8192 };
      }
    }
  }
  const header = safetensorsHeader(tensors);
  const file = await open(path.join(folder, 'experts.safetensors'), 'w');
  await file.write(header, 0, header.length, 0);
  await file.truncate(header.length + Object.keys(tensors).length * 8192);
  await file.close();
  return { path: path.join(folder, 'experts.safetensors') };
}

/** The longest time that nothing else could run, and how long it all took; medians, in milliseconds. */
async function measure(work: () => Promise<void>): Promise<{ blocked: number; total: number }> {
  const blocked: number[] = [];
  const total: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const start = performance.now();
    await work();
    total.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 20));
    delay.disable();
    blocked.push(delay.max / 1e6);
  }
  return { blocked: median(blocked), total: median(total) };
}

function median(numbers: number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] as number;
}

async function main(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'anatomy-host-'));
  const client = new AnatomyClient(path.join(root, 'dist/anatomy.js'));
  // The worker keeps no process alive.
  const alive = setInterval(() => undefined, 1000);
  try {
    console.log('file | on the thread: longest stop, total | by the worker: longest stop, total (ms)');
    for (const make of [largeSafetensors, largeGguf, largeOnnx, manyExperts]) {
      const { path: file } = await make(folder);
      const { directory, path: name } = inLocalFolder(file);
      const thread = await measure(async () => (await openFile(file)).close());
      const worker = await measure(async () => {
        const { key } = await client.open(file, { kind: 'local', directory, path: name });
        await client.close(key);
      });
      const row = [thread, worker].map(({ blocked, total }) => `${blocked.toFixed(0)}, ${total.toFixed(0)}`);
      console.log([path.basename(file), ...row].join(' | '));
    }
  } finally {
    clearInterval(alive);
    await client.dispose();
    await rm(folder, { recursive: true });
  }
}

void main();
