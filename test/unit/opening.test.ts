import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openingHead } from '../../src/numeric/opening';
import type { WeightReader } from '../../src/numeric/reader';
import type { AttentionKind } from '../../src/shared/attention';

const SIZE = 12;
type Weigh = (query: number, key: number) => number;

/** Heads of one layer, given by rule, rows made to sum to 1; later keys are blank in a decoder. */
function readerOf(kind: AttentionKind, ...heads: Weigh[]): WeightReader {
  const weights = new Float32Array(heads.length * SIZE * SIZE);
  heads.forEach((weigh, head) => {
    for (let query = 0; query < SIZE; query++) {
      const seen = kind === 'decoder' ? query + 1 : SIZE;
      const row = Array.from({ length: seen }, (_, key) => 0.01 + weigh(query, key));
      const sum = row.reduce((total, weight) => total + weight, 0);
      row.forEach((weight, key) => (weights[(head * SIZE + query) * SIZE + key] = weight / sum));
    }
  });
  const layers = [{ kind, layer: 0, heads: heads.length, queries: SIZE, keys: SIZE }];
  return { layers, view: async () => weights };
}

const self: Weigh = (query, key) => Number(query === key);
const threeBefore: Weigh = (query, key) => Number(query - key === 3);
const even: Weigh = () => 0;
const onOneWord: Weigh = (_, key) => Number(key === 4);
const onSeparators: Weigh = (query, key) => Number(key === (query % 2) * (SIZE - 1));
/** Each row reads a word of its own, at no fixed distance. */
const chosenWords: Weigh = (query, key) => Number(key === (query * 5 + 2) % 9);

const all = [...Array(SIZE).keys()];
const inside = all.slice(1, -1);

for (const kind of ['encoder', 'decoder'] as const) {
  test(`${kind}: words that read other words win over positions, sinks, separators and even rows`, async () => {
    const others = [self, threeBefore, even, onOneWord, onSeparators];
    for (let place = 0; place <= others.length; place++) {
      const heads = others.toSpliced(place, 0, chosenWords);
      const found = await openingHead(readerOf(kind, ...heads), kind, { queries: inside, keys: inside });
      assert.deepEqual(found, { kind, layer: 0, head: place });
    }
  });
}

test('in cross-attention a diagonal is an alignment, and is worth seeing', async () => {
  const found = await openingHead(readerOf('cross', even, onOneWord, self), 'cross', {
    queries: all,
    keys: all,
  });
  assert.equal(found?.head, 2);
});

test('there is none where no token is ordinary', async () => {
  assert.equal(await openingHead(readerOf('encoder', self), 'encoder', { queries: [], keys: [] }), null);
});
