/**
 * Opening a model by its skeleton against opening the file itself, in one run: milliseconds to a ready session, median
 * of 5, taken in turns. `npx tsx test/bench/skeleton.bench.ts [file.onnx]`; without a file, 100 layers of 1024 x 1024
 * weights (400 MB) made in the temporary folder.
 */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { resolve } from 'node:path';
import * as ort from 'onnxruntime-node';
import { readSkeleton } from '../../src/onnx/skeleton';
import { appendGraph } from '../../src/onnx/taps';
import { bytesField, bytesHeader, concat, stringField, varintField } from '../../src/onnx/wire';
import { randomFloats } from '../support/seeded';
import { inFolder, openSession } from '../unit/onnx/support';

const SIZE = 1024;
const LAYERS = 100;
const ROUNDS = 5;

async function makeModel(path: string): Promise<string> {
  const names = Array.from({ length: LAYERS }, (_, i) => `w${i}`);
  const weights = new Uint8Array(randomFloats(SIZE * SIZE, 1).buffer);
  const heads = names.map((name) =>
    concat([
      ...[varintField(1, SIZE), varintField(1, SIZE), varintField(2, 1), stringField(8, name)],
      bytesHeader(9, weights.length),
    ]),
  );
  const tensors = heads.map((head) => concat([bytesHeader(5, head.length + weights.length), head]));
  const length = tensors.reduce((sum, tensor) => sum + tensor.length + weights.length, 0);
  const file = createWriteStream(path);
  file.write(concat([varintField(1, 8), bytesField(8, varintField(2, 15)), bytesHeader(7, length)]));
  for (const tensor of tensors) {
    file.write(tensor);
    if (!file.write(weights)) await once(file, 'drain');
  }
  const nodes = names.map((name, i) => ({
    opType: 'MatMul',
    inputs: [`x${i}`, name],
    outputs: [`x${i + 1}`],
  }));
  const x = { name: 'x0', elemType: 1, dims: ['n', SIZE] };
  file.end(appendGraph(new Uint8Array(0), { nodes, inputs: [x], outputs: [{ name: `x${LAYERS}` }] }));
  await once(file, 'finish');
  return path;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values: number[]): string {
  return (values.sort((a, b) => a - b)[values.length >> 1] as number).toFixed(1);
}

async function compare(path: string): Promise<void> {
  const times = { read: [] as number[], skeleton: [] as number[], file: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    times.read.push(await timed(() => readSkeleton(path)));
    times.skeleton.push(
      await timed(async () => {
        const skeleton = await readSkeleton(path);
        await (await openSession(skeleton, skeleton.bytes)).release();
      }),
    );
    times.file.push(
      await timed(async () => {
        await (await ort.InferenceSession.create(path, { intraOpNumThreads: 1 })).release();
      }),
    );
  }
  const { readBytes, bytes } = await readSkeleton(path);
  console.log(`skeleton: ${bytes.length} bytes from ${readBytes} bytes read, in ${median(times.read)} ms`);
  console.log(`session on the skeleton: ${median(times.skeleton)} ms`);
  console.log(`session on the file:     ${median(times.file)} ms`);
}

const given = process.argv[2];
void (given
  ? compare(resolve(given))
  : inFolder(async (folder) => compare(await makeModel(resolve(folder, 'bench.onnx')))));
