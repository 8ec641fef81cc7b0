import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import type { HeadParts } from '../../shared/headParts';
import type { Encoding, Inference } from '../../shared/inference';
import type { ModelFacts } from '../../shared/model';
import type { TextSegment, Token } from '../../shared/tokens';
import { columnsOf, parseMatrix, type Matrix } from './matrix';

/** More tokens than these make no table that can be read. */
export const MOST_TOKENS = 40;

/** What attention is computed from, and how its maker computes it. */
export interface ScratchResult {
  /** Names of the rows of Q, and of K and V. */
  queries: string[];
  keys: string[];
  /** Of every head that is shown; the model's: one. */
  heads: { query: Matrix; key: Matrix; value: Matrix }[];
  /** The one that is followed, in `heads` and among all heads of the layer. */
  followed: number;
  head: number;
  /** Heads of the layer. */
  count: number;
  /** What products are multiplied by before the softmax. */
  scale: number;
  /** Own mask and bias of the model, null where masked: [queries, keys]. Null where nothing is added. */
  added: (number | null)[] | null;
  /** Scores of a learned sink; null where there is none. */
  sinks: number[] | null;
  /** Null for small numbers. */
  model: ScratchModel | null;
}

export interface ScratchModel extends Pick<
  HeadParts,
  'kind' | 'layer' | 'layers' | 'keyHeads' | 'concatenated'
> {
  name: string;
  /** The layer or head that was asked for is not there: another one is shown. */
  isAsked: boolean;
  /** Tokens of the whole text. */
  tokens: number;
  weights: number[];
}

export interface NumbersRequest {
  q: string;
  k: string;
  v: string;
  heads: number;
  head: number;
}

/** Q, K and V as people type them, their columns split into heads. Throws ProbeError `input`. */
export function readNumbers({ q, k, v, heads, head }: NumbersRequest): ScratchResult {
  const [query, key, value] = [parseMatrix('Q', q), parseMatrix('K', k), parseMatrix('V', v)];
  if (query.columns !== key.columns)
    throw misfit(
      l10n.t`Q has ${query.columns} columns and K has ${key.columns}`,
      l10n.t('A query is multiplied with a key, number by number: give both the same'),
    );
  if (key.rows !== value.rows)
    throw misfit(
      l10n.t`K has ${key.rows} rows and V has ${value.rows}`,
      l10n.t('Every key has one value: give both the same'),
    );
  if (query.columns % heads !== 0 || value.columns % heads !== 0)
    throw misfit(
      l10n.t`${query.columns} columns of Q and ${value.columns} of V cannot be split among ${heads} heads`,
      l10n.t('Choose a number of heads that divides both'),
    );
  const part = (matrix: Matrix, i: number) => {
    const size = matrix.columns / heads;
    return columnsOf(matrix, i * size, (i + 1) * size);
  };
  const followed = Math.min(head, heads - 1);
  return {
    queries: Array.from({ length: query.rows }, (_, i) => String(i)),
    keys: Array.from({ length: key.rows }, (_, i) => String(i)),
    heads: Array.from({ length: heads }, (_, i) => ({
      query: part(query, i),
      key: part(key, i),
      value: part(value, i),
    })),
    ...{ followed, head: followed, count: heads },
    scale: 1 / Math.sqrt(query.columns / heads),
    ...{ added: null, sinks: null, model: null },
  };
}

function misfit(what: string, todo: string): ProbeError {
  return new ProbeError('input', `${what}. ${todo}.`);
}

export interface ModelRequest {
  model: string;
  segments: TextSegment[];
  layer: number;
  head: number;
}

/** A model's own Q, K and V of one head, for the beginning of a text. Throws ProbeError. */
export async function readModel(
  inference: Inference,
  { model, segments, layer, head }: ModelRequest,
  signal?: AbortSignal,
): Promise<ScratchResult> {
  const { facts } = await inference.request('open', { model }, signal);
  const { tokens, typeIds, total } = await encodeStart(inference, model, segments, signal);
  const address = { layer: Math.min(layer, facts.layers - 1), head: Math.min(head, facts.heads - 1) };
  const targetIds =
    facts.family === 'encoder-decoder'
      ? await inference.request('decoderStart', { model }, signal)
      : undefined;
  const ids = tokens.map(({ id }) => id);
  const input = { model, ids, typeIds, ...(targetIds && { targetIds }) };
  const parts = await inference.request('headParts', { ...input, ...address }, signal);
  const isAsked = layer === address.layer && head === address.head;
  return resultOf(facts, tokens, parts, { isAsked, tokens: total });
}

/** The tokens of as much of a text as can be followed, the special ones in their places. */
async function encodeStart(
  inference: Inference,
  model: string,
  segments: TextSegment[],
  signal?: AbortSignal,
): Promise<Pick<Encoding, 'tokens' | 'typeIds'> & { total: number }> {
  const encode = (read: TextSegment[]) =>
    inference.request('encode', { model, segments: read, overflow: 'first' }, signal);
  const whole = await encode(segments);
  const total = whole.window?.total ?? whole.tokens.length;
  const content = whole.tokens.filter(({ special }) => !special);
  if (whole.tokens.length <= MOST_TOKENS) return { ...whole, total };
  const most = MOST_TOKENS - (whole.tokens.length - content.length);
  // Not between the bytes of one character.
  const isWhole = ({ end, segment }: Token, i: number) =>
    i < most && !(content[i + 1]?.segment === segment && (content[i + 1]?.start ?? end) < end);
  const last = content.findLast(isWhole) ?? content[0];
  const kept = segments
    .slice(0, (last?.segment ?? 0) + 1)
    .map((one, i) => (i === last?.segment ? { ...one, text: one.text.slice(0, last.end) } : one));
  return { ...(await encode(kept)), total };
}

/** One head of a model as the steps take it. */
export function resultOf(
  { name }: ModelFacts,
  tokens: readonly Token[],
  parts: HeadParts,
  asked: Pick<ScratchModel, 'isAsked' | 'tokens'>,
): ScratchResult {
  const { tokens: rows, size, valueSize, scale, scores, head, heads } = parts;
  const matrix = (values: Float32Array, columns: number): Matrix => ({ rows, columns, values: [...values] });
  const [query, key] = [matrix(parts.query, size), matrix(parts.key, size)];
  const labels = tokens.map(({ text }) => text);
  const { kind, layer, layers, keyHeads, concatenated } = parts;
  return {
    ...{ queries: labels, keys: labels, scale, head, count: heads, followed: 0 },
    heads: [{ query, key, value: matrix(parts.value, valueSize) }],
    added: addedOf(scores, query, key, scale),
    sinks: parts.sink ? sinksOf(parts) : null,
    model: {
      ...{ name, kind, layer, layers, keyHeads, concatenated },
      ...asked,
      weights: [...parts.weights],
    },
  };
}

/** What the model adds to the scaled products; null where it is nothing but rounding. */
function addedOf(scores: Float32Array, query: Matrix, key: Matrix, scale: number): ScratchResult['added'] {
  const added = Array.from(scores, (score, at) => {
    if (score === -Infinity) return null;
    const [i, j] = [Math.floor(at / key.rows), at % key.rows];
    let product = 0;
    for (let k = 0; k < key.columns; k++)
      product +=
        (query.values[i * query.columns + k] as number) * (key.values[j * key.columns + k] as number);
    const rest = score - product * scale;
    return Math.abs(rest) > ROUNDING * Math.max(1, Math.abs(score)) ? rest : 0;
  });
  return added.every((value) => value === 0) ? null : added;
}

/** Single precision, summed over a head's size. */
const ROUNDING = 1e-5;

/** ln of what a row's weights lack to 1, in the unit of its scores. */
function sinksOf({ tokens, scores, weights }: HeadParts): number[] {
  return Array.from({ length: tokens }, (_, row) => {
    const own = [...scores.subarray(row * tokens, (row + 1) * tokens)];
    const top = Math.max(...own);
    const sum = own.reduce((all, score) => all + Math.exp(score - top), 0);
    const kept = weights.subarray(row * tokens, (row + 1) * tokens).reduce((all, weight) => all + weight, 0);
    return top + Math.log(Math.max(sum / kept - sum, Number.MIN_VALUE));
  });
}
