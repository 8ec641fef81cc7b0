import * as l10n from '@vscode/l10n';
import type { Neighborhood, Projection } from '../../shared/embeddings';
import { ProbeError } from '../../shared/errors';
import { principalPlane } from '../../numeric/principal';
import { dot } from '../../numeric/vectors';
import { textsOfIds } from '../encoding';
import type { OpenModel } from '../openModel';
import type { RunOptions } from '../runner';
import { embeddingRows, tableSize } from './lookup';

const MOST_IDS = 32;
const MOST_NEIGHBORS = 100;
/** The work grows with the cube. */
const MOST_POINTS = 192;

interface Search {
  unit: Float64Array;
  best: { id: number; cosine: number }[];
  sum: number;
  squares: number;
}

/** The tokens of the vocabulary whose embeddings point most nearly the same way, one chunk of the table at a time. */
export async function neighbors(
  model: OpenModel,
  { ids, count }: { ids: number[]; count: number },
  options: RunOptions,
): Promise<Neighborhood[]> {
  const size = tableSize(model);
  checkTable(model, ids, size, MOST_IDS);
  if (!(Number.isInteger(count) && count >= 1 && count <= MOST_NEIGHBORS))
    throw new ProbeError('usage', l10n.t`Ask for 1 to ${MOST_NEIGHBORS} neighbors.`);
  const searches: Search[] = (await rowsOf(model, ids, options)).map((row) => ({
    unit: unitOf(row),
    best: [],
    sum: 0,
    squares: 0,
  }));
  const all = Array.from({ length: size }, (_, id) => id);
  for await (const { ids: chunk, rows, width } of embeddingRows(model, all, options)) {
    chunk.forEach((id, at) => {
      const row = rows.subarray(at * width, (at + 1) * width);
      const norm = Math.sqrt(dot(row, row));
      searches.forEach((search, i) => {
        if (id !== ids[i]) offer(search, id, norm > 0 ? dot(search.unit, row) / norm : 0, count);
      });
    });
  }
  return named(model, ids, searches, size - 1);
}

function offer(search: Search, id: number, cosine: number, count: number): void {
  const { best } = search;
  search.sum += cosine;
  search.squares += cosine * cosine;
  if (best.length === count && cosine <= (best.at(-1)?.cosine ?? -Infinity)) return;
  let at = best.length;
  while (at > 0 && (best[at - 1]?.cosine ?? Infinity) < cosine) at--;
  best.splice(at, 0, { id, cosine });
  if (best.length > count) best.pop();
}

async function named(
  model: OpenModel,
  ids: number[],
  searches: Search[],
  others: number,
): Promise<Neighborhood[]> {
  const texts = await textsOfIds(
    model,
    searches.flatMap(({ best }) => best.map(({ id }) => id)),
  );
  return searches.map(({ best, sum, squares }, i) => {
    const mean = sum / others;
    const nearest = best.map((one) => ({ ...one, text: texts.shift() ?? '' }));
    return {
      id: ids[i] as number,
      nearest,
      mean,
      deviation: Math.sqrt(Math.max(0, squares / others - mean ** 2)),
    };
  });
}

/** The embeddings of some tokens on their two main axes. */
export async function projection(
  model: OpenModel,
  { ids }: { ids: number[] },
  options: RunOptions,
): Promise<Projection> {
  checkTable(model, ids, tableSize(model), MOST_POINTS);
  return principalPlane(await rowsOf(model, ids, options));
}

async function rowsOf(
  model: OpenModel,
  ids: readonly number[],
  options: RunOptions,
): Promise<Float32Array[]> {
  const found: Float32Array[] = [];
  for await (const { ids: chunk, rows, width } of embeddingRows(model, ids, options)) {
    chunk.forEach((_, at) => found.push(rows.slice(at * width, (at + 1) * width)));
  }
  return found;
}

function checkTable({ facts }: OpenModel, ids: readonly number[], size: number, most: number): void {
  if (ids.length < 1 || ids.length > most)
    throw new ProbeError('usage', l10n.t`Ask for 1 to ${most} tokens.`);
  if (ids.every((id) => Number.isInteger(id) && id >= 0 && id < size)) return;
  throw new ProbeError('input', l10n.t`"${facts.name}" has embeddings for the ids 0 to ${size - 1} only.`);
}

function unitOf(row: Float32Array): Float64Array {
  const norm = Math.sqrt(dot(row, row)) || 1;
  return Float64Array.from(row, (value) => value / norm);
}
