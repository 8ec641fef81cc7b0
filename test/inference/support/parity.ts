import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Engine } from '../../../src/inference/engine';
import type { TensorData } from '../../../src/inference/tensors';
import type { RunSummary, Tap } from '../../../src/shared/inference';
import { PlainModel } from './plain';
import { FIXTURES, readReference } from './reference';
import type { Reference, ReferenceCase, ReferenceTensor } from './reference';

/** What is compared, and the largest difference met. */
export type Quantity = 'attention' | 'logits' | 'untapped' | 'scores' | 'q' | 'k' | 'v' | 'hidden_state';
export type Differences = Partial<Record<Quantity, number>>;

const TAPS: Tap[] = ['scores', 'query', 'key', 'value', 'hidden'];
const TAP_NAMES = { scores: 'scores', q: 'query', k: 'key', v: 'value' } as const;
/** Masked scores are -Infinity in the reference and the smallest number of their type in most exports. */
const MASKED = -1e30;

/** Runs every case of a fixture and compares everything that the reference holds. */
export async function compareFixture(name: string): Promise<{ reference: Reference; found: Differences }> {
  const reference = readReference(name);
  const directory = join(FIXTURES, name);
  const engine = new Engine({ bundledDir: FIXTURES, memoryBudgetBytes: 2 ** 30, log: () => undefined });
  const plain = await PlainModel.open(directory);
  const undo = undoFor(name, reference);
  const found: Differences = {};
  const note = (quantity: Quantity, difference: number) => {
    found[quantity] = Math.max(found[quantity] ?? 0, difference);
  };
  for (const one of reference.cases) {
    const input = { ids: one.inputs.input_ids, targetIds: one.inputs.decoder_input_ids };
    const taps = one.tensors.some((expected) => expected.name === 'q') ? TAPS : [];
    const run = await engine.request('run', { model: directory, ...input, taps });
    const tensor = (name: string) => engine.request('tensor', { runId: run.runId, name });
    for (const expected of one.tensors) note(expected.name, await compare(expected, tensor, undo));
    const logits = await tensor('logits');
    note('untapped', largestDifference(logits.data, await plain.logits(input)));
    await checkWeights(run, tensor);
    checkCoverage(one, run);
    await engine.request('forget', { runId: run.runId });
  }
  await plain.close();
  await engine.close();
  return { reference, found };
}

type ReadTensor = (name: string) => Promise<TensorData>;
/** Undoes what SDPA exports do: multiply queries and keys by the root of 1/sqrt(head size) each. */
interface Undo {
  q: (headSize: number) => number;
  k: (headSize: number) => number;
}

function undoFor(name: string, { query_scaled_by }: Reference): Undo {
  if (!/-sdpa$|^llama-past$/.test(name)) return { q: () => 1, k: () => 1 };
  return { q: (size) => size ** -0.25 / query_scaled_by, k: (size) => size ** -0.25 };
}

async function compare(expected: ReferenceTensor, tensor: ReadTensor, undo: Undo): Promise<number> {
  const { kind, layer, data } = expected;
  switch (expected.name) {
    case 'logits': {
      const logits = await tensor('logits');
      const skipped = (expected.first_position ?? 0) * (logits.shape.at(-1) ?? 0);
      assert.equal(logits.data.length - skipped, data.length);
      return largestDifference(logits.data.subarray(skipped), data);
    }
    case 'attention':
      return largestDifference(pickHeads(await tensor(`${kind}.${layer}.weights`), expected), data);
    case 'hidden_state':
      return largestDifference((await tensor(`${kind}.hidden.${layer}`)).data, data, relative);
    default: {
      const tapped = await tensor(`${kind}.${layer}.${TAP_NAMES[expected.name]}`);
      assert.deepEqual(tapped.shape, expected.shape);
      const factor =
        expected.name === 'q' || expected.name === 'k' ? undo[expected.name](tapped.shape.at(-1) ?? 1) : 1;
      const undone = tapped.data.map((value) => value / factor);
      return largestDifference(undone, data, relative);
    }
  }
}

function pickHeads({ shape, data }: TensorData, expected: ReferenceTensor): Float32Array {
  const [heads = 0, queries = 0, keys = 0] = shape;
  const wanted = expected.heads ?? [];
  assert.deepEqual(expected.shape, [wanted.length, queries, keys]);
  assert.ok(wanted.every((head) => head < heads));
  const size = queries * keys;
  const picked = new Float32Array(wanted.length * size);
  wanted.forEach((head, i) => picked.set(data.subarray(head * size, (head + 1) * size), i * size));
  return picked;
}

/** Rows of every matrix sum to 1; a decoder never looks ahead. */
async function checkWeights({ layers }: RunSummary, tensor: ReadTensor): Promise<void> {
  for (const { kind, layer, heads, queries, keys } of layers) {
    const { data } = await tensor(`${kind}.${layer}.weights`);
    for (let row = 0; row < heads * queries; row++) {
      let sum = 0;
      let ahead = 0;
      for (let key = 0; key < keys; key++) {
        const weight = data[row * keys + key] as number;
        sum += weight;
        if (key > row % queries && weight !== 0) ahead++;
      }
      assert.ok(Math.abs(sum - 1) <= 1e-5, `${kind} ${layer}: a row sums to ${sum}`);
      assert.ok(kind !== 'decoder' || ahead === 0, `${kind} ${layer} looks ahead`);
    }
  }
}

/** The reference names an attention for each layer that was run (a few heads or layers only where it is large). */
function checkCoverage({ tensors }: ReferenceCase, { layers }: RunSummary): void {
  const run = new Set(layers.map(({ kind, layer }) => `${kind}.${layer}`));
  const kinds = new Set(tensors.flatMap(({ name, kind }) => (name === 'attention' && kind ? [kind] : [])));
  for (const { name, kind, layer } of tensors) {
    if (name === 'attention') assert.ok(run.has(`${kind}.${layer}`), `${kind} ${layer} was not run`);
  }
  assert.deepEqual(new Set(layers.map(({ kind }) => kind)), kinds);
}

/** The largest of all differences between two numbers; NaN where anything is NaN, so that no comparison passes. */
function largestDifference(actual: Float32Array, expected: Float32Array, difference = absolute): number {
  assert.equal(actual.length, expected.length);
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i] as number, expected[i] as number];
    if (e === -Infinity && a < MASKED) continue;
    const here = difference(a, e);
    if (Number.isNaN(here)) return NaN;
    if (here > largest) largest = here;
  }
  return largest;
}

function absolute(actual: number, expected: number): number {
  return Math.abs(actual - expected);
}

/** Relative to the expected number where that is larger than 1: scores and hidden states have no fixed range. */
function relative(actual: number, expected: number): number {
  return absolute(actual, expected) / Math.max(1, Math.abs(expected));
}
