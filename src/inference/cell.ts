import * as l10n from '@vscode/l10n';
import { dot } from '../numeric/vectors';
import type { CellAddress, CellArithmetic } from '../shared/cell';
import { ProbeError } from '../shared/errors';
import type { BlockTensors } from './runner';
import type { TensorData } from './tensors';

/** How far the recomputed weight may be from the one that is shown. */
const TOLERANCE = 1e-5;
/** Exporters mask with minus infinity, with the least number of a type, or with -10,000 and less. */
const MASK = -9999;

/**
 * The arithmetic behind one weight, from the block's queries, keys and scores; see `CellArithmetic`. `shown` is the head's
 * matrix as it was kept. Fails where the two do not agree: the model's files are no longer what they were.
 */
export function explainCell(
  address: CellAddress,
  { block, scores, query, key }: BlockTensors,
  shown: Float32Array,
): CellArithmetic {
  const [heads = 0, queries = 0, keys = 0] = scores.shape;
  const size = query.shape.at(-1) ?? 0;
  checkAddress(address, heads, queries, keys);
  // Grouped-query attention: several query heads read one key head.
  const keyHead = Math.floor((address.head * (key.shape[0] ?? 1)) / heads);
  const q = rowOf(query, address.head, address.query, block.folded.query ?? 1);
  const k = rowOf(key, keyHead, address.key, block.folded.key ?? 1);
  const products = q.map((value, i) => value * (k[i] as number));
  const product = dot(q, k);
  const scale = (block.scale ?? 1 / Math.sqrt(size)) * (block.folded.query ?? 1) * (block.folded.key ?? 1);
  const start = (address.head * queries + address.query) * keys;
  const row = softmaxRow(scores.data.subarray(start, start + keys));
  const kept = shown.subarray(address.query * keys, (address.query + 1) * keys);
  // A learned sink takes part in the softmax without being a key: what the row lacks to 1 is its share.
  const whole = block.sink ? row.denominator / sum(kept) : row.denominator;
  const weights = row.exponentials.map((value) => value / whole);
  const shownWeight = kept[address.key] as number;
  const weight = weights[address.key] as number;
  if (!(Math.abs(weight - shownWeight) <= TOLERANCE)) throw disagrees();
  const score = row.scores[address.key] as number;
  return {
    ...address,
    size,
    q: Float32Array.from(q),
    k: Float32Array.from(k),
    products: Float32Array.from(products),
    product,
    scale,
    keyHead,
    scaled: product * scale,
    added: score - product * scale,
    score,
    masked: score === -Infinity,
    scores: Float32Array.from(row.scores),
    weights: Float32Array.from(weights),
    largest: row.largest,
    denominator: whole,
    weight,
    shown: shownWeight,
  };
}

/** One row of a tensor [heads, positions, size], the factor that is in it already taken out. */
function rowOf({ shape, data }: TensorData, head: number, position: number, factor: number): Float64Array {
  const [, positions = 0, size = 0] = shape;
  const at = (head * positions + position) * size;
  return Float64Array.from(data.subarray(at, at + size), (value) => value / factor);
}

function softmaxRow(scores: Float32Array): {
  scores: Float64Array;
  exponentials: Float64Array;
  largest: number;
  denominator: number;
} {
  const open = openScores(scores);
  const top = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  const exponentials = open.map((score) => Math.exp(score - top));
  return { scores: open, exponentials, largest: top, denominator: sum(exponentials) };
}

/** A row of scores with -Infinity for masked keys. A mask is relative: where every key is masked none is. */
export function openScores(scores: Float32Array): Float64Array {
  const top = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  return Float64Array.from(scores, (score) => (score <= MASK && top > MASK ? -Infinity : score));
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] as number;
  return total;
}

function checkAddress({ head, query, key }: CellAddress, heads: number, queries: number, keys: number): void {
  const inside = (value: number, end: number) => Number.isInteger(value) && value >= 0 && value < end;
  if (inside(head, heads) && inside(query, queries) && inside(key, keys)) return;
  throw new ProbeError('usage', l10n.t('The request names tokens that this result does not have.'));
}

function disagrees(): ProbeError {
  return new ProbeError(
    'model',
    l10n.t(
      'Running the model again gives another weight than the one shown: its files have changed since, or it does not compute its weights by a softmax of the scores. Run the analysis again.',
    ),
  );
}
