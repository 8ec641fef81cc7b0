import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { root } from '../../../scripts/lib/paths.mjs';
import { openFile, openFolder } from '../../../src/anatomy/open';
import type { OpenedModel } from '../../../src/anatomy/raw';
import { readValues } from '../../../src/anatomy/values';
import { tensorSlice, tensorStats } from '../../../src/anatomy/tensorStats';
import { diffWeights } from '../../../src/anatomy/weightDiff';
import { ProbeError } from '../../../src/shared/errors';
import type { TensorStats } from '../../../src/shared/anatomy';

const FOLDER = path.join(root, 'test/fixtures/anatomy/tensors');
const MODELS = path.join(root, 'test/fixtures/models');

interface Expected {
  shape: number[];
  values: (number | string)[];
  stats: Omit<TensorStats, 'name' | 'dtype' | 'shape'>;
}
const EXPECTED = JSON.parse(
  gunzipSync(readFileSync(path.join(FOLDER, 'values.json.gz')))
    .toString()
    .replaceAll('"nan"', '"NaN"')
    .replaceAll('inf"', 'Infinity"'),
) as Record<string, Record<string, Expected>>;

/** Largest difference, relative to the largest value; the same values that are not finite. */
function difference(actual: readonly number[], expected: readonly (number | string)[]): number {
  assert.equal(actual.length, expected.length);
  const largest = Math.max(...expected.map(Number).filter(Number.isFinite).map(Math.abs));
  let worst = 0;
  for (const [i, value] of actual.entries()) {
    const wanted = Number(expected[i]);
    if (!Number.isFinite(wanted)) assert(Object.is(value, wanted), `${i}: ${value}, not ${wanted}`);
    else worst = Math.max(worst, Math.abs(value - wanted) / largest);
  }
  return worst;
}

async function allValues(opened: OpenedModel, index: number): Promise<number[]> {
  const tensor = opened.raw.tensors[index];
  assert(tensor);
  const values: number[] = [];
  for await (const part of readValues(opened.raw, tensor)) values.push(...part);
  return values;
}

function columnNorms({ values, stats }: Expected): number[] {
  const rows = stats.rowNorms?.length ?? 0;
  const columns = values.length / rows;
  return Array.from({ length: columns }, (_, column) => {
    const inColumn = Array.from({ length: rows }, (_, row) => Number(values[row * columns + column]));
    return Math.hypot(...inColumn.filter(Number.isFinite));
  });
}

const indexOf = (opened: OpenedModel, name: string) =>
  opened.raw.tensors.findIndex((tensor) => tensor.name === name);

for (const [file, tensors] of Object.entries(EXPECTED)) {
  describe(`values and statistics of ${file}`, () => {
    for (const [name, expected] of Object.entries(tensors)) {
      it(`${name} is as the format's own library has it`, async () => {
        const opened = await openFile(path.join(FOLDER, file));
        const index = indexOf(opened, name);
        assert(difference(await allValues(opened, index), expected.values) < 3e-7);
        const stats = await tensorStats(opened.raw, index, { bins: 8 });
        await opened.close();
        for (const key of ['min', 'max', 'mean', 'std', 'sparsity'] as const) {
          assert(
            Math.abs((stats[key] ?? NaN) - (expected.stats[key] ?? NaN)) <=
              1e-6 * Math.max(1, Math.abs(expected.stats.max ?? 0)),
            key,
          );
        }
        assert.equal(stats.count, expected.stats.count);
        assert.equal(stats.notFinite, expected.stats.notFinite);
        assert(difference(stats.rowNorms ?? [], expected.stats.rowNorms ?? []) < 1e-6);
        assert(difference(stats.columnNorms ?? [], columnNorms(expected)) < 1e-6);
        // A value on the border of two bins may be in either, by its last bit.
        const moved = stats.histogram.reduce(
          (sum, n, i) => sum + Math.abs(n - (expected.stats.histogram[i] ?? NaN)),
          0,
        );
        assert(moved <= 2, `${stats.histogram.join()} is not ${expected.stats.histogram.join()}`);
      });
    }
  });
}

describe('slices', () => {
  it('averages what a cell covers', async () => {
    const opened = await openFile(path.join(FOLDER, 'plain.safetensors'));
    const index = indexOf(opened, 'f64');
    const values = EXPECTED['plain.safetensors']?.['f64']?.values as number[];
    const whole = await tensorSlice(opened.raw, index, 100);
    assert.deepEqual([whole.rows, whole.columns], [6, 10]);
    assert(difference([...whole.values], values) < 1e-7);
    const small = await tensorSlice(opened.raw, index, 2, { rows: [2, 6], columns: [0, 10] });
    assert.deepEqual([small.rows, small.columns, small.height, small.width], [2, 2, 4, 10]);
    const mean = (rows: number[], columns: number[]) =>
      rows.flatMap((r) => columns.map((c) => values[10 * r + c] as number)).reduce((a, b) => a + b) /
      (rows.length * columns.length);
    assert(Math.abs((small.values[1] as number) - mean([2, 3], [5, 6, 7, 8, 9])) < 1e-7);
    assert(Math.abs((small.values[2] as number) - mean([4, 5], [0, 1, 2, 3, 4])) < 1e-7);
    await opened.close();
  });
});

describe('what cannot be read', () => {
  it('stops when it is cancelled', async () => {
    const opened = await openFile(path.join(FOLDER, 'quantized.gguf'));
    const controller = new AbortController();
    controller.abort();
    const isCancelled = (error: unknown) => error instanceof ProbeError && error.code === 'cancelled';
    await assert.rejects(tensorStats(opened.raw, 0, { signal: controller.signal }), isCancelled);
    await assert.rejects(tensorSlice(opened.raw, 0, 8, { signal: controller.signal }), isCancelled);
    await assert.rejects(diffWeights(opened, opened, { signal: controller.signal }), isCancelled);
    await opened.close();
  });

  it('says which type it does not know', async () => {
    const opened = await openFile(path.join(FOLDER, 'quantized.gguf'));
    Object.assign(opened.raw.tensors[0] ?? {}, { dtype: 'IQ2_XXS' });
    await assert.rejects(tensorStats(opened.raw, 0), /of type IQ2_XXS, which cannot be read yet/);
    Object.assign(opened.raw.tensors[0] ?? {}, { state: 'cut' });
    await assert.rejects(tensorStats(opened.raw, 0), /is cut off/);
    await opened.close();
  });
});

describe('weight difference', () => {
  const open = async (name: string) => {
    const opened = await openFolder(path.join(MODELS, name));
    assert(opened);
    return opened;
  };

  it('is zero for two exports of the same weights', async () => {
    const [a, b] = [await open('gpt2-eager'), await open('gpt2-sdpa')];
    const changes = await diffWeights(a, b);
    assert.equal(changes.length, 28);
    assert.equal(
      changes.reduce((sum, { parameters }) => sum + parameters, 0),
      a.anatomy.parameters,
    );
    for (const { name, relative } of changes) assert.equal(relative, 0, name);
    await Promise.all([a.close(), b.close()]);
  });

  it('is the norm of the difference by the norm', async () => {
    const [a, b] = [await open('bert-eager'), await open('bert-classifier')];
    const changes = await diffWeights(a, b);
    const name = 'embeddings.position_embeddings.weight';
    const find = (opened: OpenedModel) =>
      opened.anatomy.tensors.findIndex((tensor) => tensor.name.endsWith(name));
    const [left, right] = [await allValues(a, find(a)), await allValues(b, find(b))];
    const norm = (values: number[]) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    const expected = norm(left.map((value, i) => value - (right[i] as number))) / norm(left);
    const change = changes.find((one) => one.name.endsWith(name));
    assert(Math.abs((change?.relative ?? NaN) - expected) < 1e-12);
    await Promise.all([a.close(), b.close()]);
  });
});
