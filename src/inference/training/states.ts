import type { EncodedSentence, RunSimilarity } from '../../shared/training';
import { padded } from './batches';
import type { PreparedModel, Weights } from './prepared';
import { linearCka, meanDifference } from './similarity';
import type { Rows } from './similarity';

/** Tokens whose hidden states are compared at most: the Gram matrices are this wide and high. */
const MOST_TOKENS = 256;

/** Hidden states and attention weights of some sentences, without the padding. */
export interface States {
  hidden: Rows[];
  attention: Float32Array[];
}

/** The first sentences that make at most 256 tokens. */
export function watchedSentences(sentences: readonly EncodedSentence[]): EncodedSentence[] {
  let tokens = 0;
  return sentences.filter(({ ids }, i) => (tokens += ids.length) <= MOST_TOKENS || i === 0);
}

export async function readStates(
  prepared: PreparedModel,
  weights: Weights,
  sentences: readonly EncodedSentence[],
): Promise<States> {
  const batch = padded(sentences, prepared.facts.padId);
  const lengths = sentences.map(({ ids }) => ids.length);
  const names = [...prepared.facts.hidden, ...prepared.facts.attention];
  const made = await prepared.forward(batch, weights, names);
  const data = (name: string) => made[name]?.data as Float32Array;
  return {
    hidden: prepared.facts.hidden.map((name) => tokenRows(data(name), lengths, made[name]?.dims ?? [])),
    attention: prepared.facts.attention.map((name) =>
      textWeights(data(name), lengths, made[name]?.dims ?? []),
    ),
  };
}

/** By hidden state the linear CKA, by layer the mean difference of the attention weights. */
export function compareStates(before: States, after: States): RunSimilarity {
  return {
    hidden: before.hidden.map((rows, i) => linearCka(rows, after.hidden[i] as Rows)),
    attention: before.attention.map((weights, i) =>
      meanDifference(weights, after.attention[i] as Float32Array),
    ),
  };
}

/** Of [batch, tokens, width] the rows of tokens. */
function tokenRows(values: Float32Array, lengths: number[], dims: readonly number[]): Rows {
  const [longest = 0, width = 0] = dims.slice(-2);
  const rows = lengths.reduce((sum, length) => sum + length, 0);
  const kept = new Float32Array(rows * width);
  let at = 0;
  for (const [text, length] of lengths.entries()) {
    const start = text * longest * width;
    kept.set(values.subarray(start, start + length * width), at);
    at += length * width;
  }
  return { rows, width, values: kept };
}

/** Of [batch, heads, queries, keys], or with batch and heads as one axis, the weights between tokens. */
function textWeights(values: Float32Array, lengths: number[], dims: readonly number[]): Float32Array {
  const longest = dims.at(-1) ?? 1;
  const heads = values.length / (lengths.length * longest * longest);
  const cells = lengths.reduce((sum, length) => sum + heads * length * length, 0);
  const kept = new Float32Array(cells);
  let at = 0;
  for (const [text, length] of lengths.entries()) {
    for (let head = 0; head < heads; head++) {
      for (let query = 0; query < length; query++) {
        const start = ((text * heads + head) * longest + query) * longest;
        kept.set(values.subarray(start, start + length), at);
        at += length;
      }
    }
  }
  return kept;
}
