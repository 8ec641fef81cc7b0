/**
 * Opening large model files by their headers: milliseconds (median and worst of 5) and bytes read, for a 4 GB
 * safetensors, a 5 GB GGUF with a vocabulary of 128,256 and a 1.6 GB ONNX file, sparse ones made in the temporary
 * folder. `npx tsx test/bench/anatomy.bench.ts [file ...]`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { openSource } from '../../src/anatomy/open';
import type { ByteSource } from '../../src/anatomy/source';
import { openLocal, siblingsOf } from '../../src/anatomy/source';
import { largeGguf, largeOnnx, largeSafetensors } from '../unit/anatomy/large';

const ROUNDS = 5;

async function openOnce(path: string): Promise<{ ms: number; readBytes: number; size: number }> {
  let readBytes = 0;
  const start = performance.now();
  const file = await openLocal(path);
  const source: ByteSource = {
    name: file.name,
    size: file.size,
    read: (offset, length, signal) => {
      readBytes += length;
      return file.read(offset, length, signal);
    },
    close: () => file.close(),
  };
  const { close } = await openSource(source, siblingsOf(path));
  const ms = performance.now() - start;
  await close();
  return { ms, readBytes, size: file.size };
}

async function measure(path: string): Promise<void> {
  const runs = [];
  for (let i = 0; i < ROUNDS; i++) runs.push(await openOnce(path));
  const times = runs.map(({ ms }) => ms).sort((a, b) => a - b);
  const [{ readBytes, size }] = runs as [(typeof runs)[number]];
  const [median, worst] = [times[ROUNDS >> 1] as number, times.at(-1) as number];
  console.log(
    `${basename(path).padEnd(20)} ${(size / 1e9).toFixed(2)} GB  median ${median.toFixed(0)} ms  ` +
      `worst ${worst.toFixed(0)} ms  read ${(readBytes / 1e6).toFixed(2)} MB`,
  );
}

async function main(paths: string[]): Promise<void> {
  for (const path of paths) await measure(path);
  if (paths.length > 0) return;
  const folder = await mkdtemp(join(tmpdir(), 'anatomy-bench-'));
  try {
    for (const make of [largeSafetensors, largeGguf, largeOnnx]) await measure((await make(folder)).path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

void main(process.argv.slice(2));
