import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { RunStore } from '../../src/inference/store';
import type { Run, StoreOptions } from '../../src/inference/store';
import type { LayerWeights } from '../../src/inference/tiles';

/** A run id from a number. */
const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** A cross-attention layer, more keys than queries, whose weights are all different. */
function layer(heads: number, queries: number, keys: number, shift = 0): LayerWeights {
  const weights = Float32Array.from(
    { length: heads * queries * keys },
    (_, i) => ((i * 37 + shift) % 997) / 997,
  );
  return { kind: 'cross', layer: 0, heads, queries, keys, weights };
}

function run(n: number, ...layers: LayerWeights[]): Run {
  return { runId: idOf(n), layers, tensors: [], input: { model: 'pocket-bert', ids: [1] } };
}

describe('the run store', () => {
  let folder = '';
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'probe-store-'))));
  const stores: RunStore[] = [];
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.settled()));
    await rm(folder, { recursive: true });
  });

  const storeWith = (options: Partial<StoreOptions> = {}) => {
    const store = new RunStore({
      memoryBudgetBytes: 2 ** 30,
      diskBudgetBytes: 2 ** 30,
      resultsDir: folder,
      log: () => undefined,
      ...options,
    });
    stores.push(store);
    return store;
  };
  const address = (head: number) => ({ kind: 'cross', layer: 0, head }) as const;

  test('a head is exactly its slice, from memory and from disk', async () => {
    const one = layer(3, 5, 7);
    const store = storeWith();
    store.add(run(1, one));
    await store.settled();
    for (const source of [store, storeWith()]) {
      const head = await source.head(idOf(1), address(2));
      assert.deepEqual(head, { ...address(2), queries: 5, keys: 7, weights: one.weights.slice(70, 105) });
    }
  });

  test('a thumbnail cell is the largest weight it covers, as round(255 sqrt(w))', async () => {
    const one = layer(2, 10, 9);
    const store = storeWith();
    store.add(run(1, one));
    const { layers, bytes } = await store.overview(idOf(1), 4);
    assert.equal(bytes.length, 2 * 4 * 4);
    assert.deepEqual([layers[0]?.rows, layers[0]?.columns, layers[0]?.byteOffset], [4, 4, 0]);
    const expected = new Uint8Array(bytes.length);
    one.weights.forEach((weight, i) => {
      const [head, row, column] = [Math.floor(i / 90), Math.floor((i % 90) / 9), i % 9];
      const cell = head * 16 + Math.floor((row * 4) / 10) * 4 + Math.floor((column * 4) / 9);
      expected[cell] = Math.max(expected[cell] as number, Math.round(255 * Math.sqrt(weight)));
    });
    assert.deepEqual(bytes, expected);
    await store.settled();
    assert.deepEqual((await storeWith().overview(idOf(1), 4)).bytes, expected);
  });

  test('the least recently used run leaves memory first', async () => {
    const store = storeWith({ memoryBudgetBytes: 2 * 4 * 35, resultsDir: undefined });
    store.add(run(1, layer(1, 5, 7)));
    store.add(run(2, layer(1, 5, 7)));
    await store.head(idOf(1), address(0));
    store.add(run(3, layer(1, 5, 7)));
    assert.deepEqual(store.kept, [idOf(1), idOf(3)]);
    assert.equal(store.keptBytes, 2 * 4 * 35);
    await assert.rejects(store.head(idOf(2), address(0)), {
      code: 'input',
      message: /Run the analysis again/,
    });
  });

  test('the newest run stays, whatever its size', () => {
    const store = storeWith({ memoryBudgetBytes: 10, resultsDir: undefined });
    store.add(run(1, layer(1, 5, 7)));
    assert.deepEqual(store.kept, [idOf(1)]);
  });

  test('the file is what its description says', async () => {
    const layers = [layer(2, 3, 4), { ...layer(1, 3, 3, 5), kind: 'decoder' as const }];
    const store = storeWith();
    store.add(run(1, ...layers));
    await store.settled();
    const bytes = await readFile(join(folder, `${idOf(1)}.bin`));
    assert.equal(bytes.toString('latin1', 0, 8), 'TPROBE1\n');
    const length = bytes.readUInt32LE(8);
    const header = JSON.parse(bytes.toString('utf8', 12, 12 + length));
    assert.deepEqual(
      header.layers.map((one: LayerWeights) => [one.kind, one.heads, one.queries, one.keys]),
      [
        ['cross', 2, 3, 4],
        ['decoder', 1, 3, 3],
      ],
    );
    const written = layers.flatMap(({ weights }) => [...weights]);
    assert.equal(bytes.length, 12 + length + 4 * written.length);
    written.forEach((weight, i) => assert.equal(bytes.readFloatLE(12 + length + 4 * i), weight));
  });

  test('a file that is cut off or not a run file counts as absent', async () => {
    const store = storeWith();
    store.add(run(1, layer(1, 5, 7)));
    store.add(run(2, layer(1, 5, 7)));
    await store.settled();
    await truncate(join(folder, `${idOf(1)}.bin`), 100);
    await writeFile(join(folder, `${idOf(2)}.bin`), Buffer.alloc(64, 0xff));
    const fresh = storeWith();
    for (const n of [1, 2]) await assert.rejects(fresh.head(idOf(n), address(0)), { code: 'input' });
  });

  test('a header that lies about sizes is not believed', async () => {
    const one = { kind: 'cross', layer: 0, queries: 3, keys: 1 };
    // Together as long as the file is.
    const layers = [
      { ...one, heads: -1 },
      { ...one, heads: 2 },
    ];
    const json = Buffer.from(JSON.stringify({ layers }).padEnd(160));
    const head = Buffer.from('TPROBE1\n....', 'latin1');
    head.writeUInt32LE(json.length, 8);
    await writeFile(join(folder, `${idOf(1)}.bin`), Buffer.concat([head, json, Buffer.alloc(12)]));
    await assert.rejects(storeWith().overview(idOf(1), 8), { code: 'input' });
  });

  test('files of others in the folder are left alone', async () => {
    await writeFile(join(folder, 'notes.bin'), 'mine');
    const store = storeWith({ diskBudgetBytes: 1 });
    store.add(run(1, layer(1, 5, 7)));
    store.add(run(2, layer(1, 5, 7)));
    await store.settled();
    assert.deepEqual((await readdir(folder)).sort(), [`${idOf(2)}.bin`, 'notes.bin']);
  });

  test('a layer, head or side that is not there is refused', async () => {
    const store = storeWith();
    store.add(run(1, layer(2, 5, 7)));
    await assert.rejects(store.head(idOf(1), address(2)), { code: 'usage' });
    await assert.rejects(store.head(idOf(1), { kind: 'encoder', layer: 0, head: 0 }), { code: 'usage' });
    await assert.rejects(store.overview(idOf(1), 0), { code: 'usage' });
  });
});
