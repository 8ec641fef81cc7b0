import type { EncodedSentence } from '../../shared/training';
import { SeededRandom } from '../../shared/random';
import type { GraphBatch } from '../feeds';

/** Stream of a seed's generator for the order of the batches: the same in every arm. */
const ORDER_STREAM = 1;
const WEIGHTS_STREAM = 2;
const HEAD_STREAM = 3;

export type Stream = 'order' | 'weights' | 'head';

/** The generator of one purpose: what one arm draws more does not shift what another draws. */
export function randomOf(seed: number, stream: Stream): SeededRandom {
  return new SeededRandom(seed, { order: ORDER_STREAM, weights: WEIGHTS_STREAM, head: HEAD_STREAM }[stream]);
}

/** One epoch's batches: all sentences in a new order, the last batch being what is left. */
export function epochBatches<T>(sentences: readonly T[], size: number, random: SeededRandom): T[][] {
  return batchesOf(random.shuffled(sentences), size);
}

export function batchesOf<T>(list: readonly T[], size: number): T[][] {
  const batches: T[][] = [];
  for (let start = 0; start < list.length; start += size) batches.push(list.slice(start, start + size));
  return batches;
}

/** Sentences as one batch, padded on the right to the longest. */
export function padded(sentences: readonly EncodedSentence[], padId: number): GraphBatch {
  const length = Math.max(...sentences.map(({ ids }) => ids.length));
  const fill = (row: readonly number[], value: number) => [
    ...row,
    ...new Array<number>(length - row.length).fill(value),
  ];
  return {
    ids: sentences.map(({ ids }) => fill(ids, padId)),
    typeIds: sentences.map(({ typeIds }) => fill(typeIds, 0)),
    mask: sentences.map(({ ids }) =>
      fill(
        ids.map(() => 1),
        0,
      ),
    ),
  };
}
