import { ProbeError } from '../../shared/errors';
import type { HeadAddress } from '../../shared/attention';
import type { Inference } from '../../shared/inference';
import type { TextSegment, Token } from '../../shared/tokens';
import { tokensOfWord, wordsOf, type Word } from '../prediction/words';

export interface CoreferenceRequest {
  segments: TextSegment[];
  control: string;
  model: string;
  pronoun: string;
  candidates: [string, string];
}

/** What the pronoun's row gives to each candidate, in one head. */
export interface HeadPreference extends Pick<HeadAddress, 'layer' | 'head'> {
  /** Mean over the pronoun's tokens of the weights' sum over a candidate's tokens. */
  masses: [number, number];
}

export interface SentenceReading {
  text: string;
  tokens: Token[];
  /** By layer, then by head. */
  heads: HeadPreference[];
  /** The means of `masses` over all heads. */
  mean: [number, number];
}

export interface CoreferenceResult {
  model: string;
  pronoun: string;
  candidates: [string, string];
  sentence: SentenceReading;
  /** The same words where the other candidate is meant; null where none was given. */
  control: SentenceReading | null;
  /** Of the decoder-only model: the largest weight above the diagonal, and the sum of all of them. */
  causal: { model: string; sum: number; weights: number } | null;
}

/** How strongly each head's pronoun row looks at either candidate, in a sentence and in its control. Throws ProbeError. */
export async function runCoreference(
  inference: Inference,
  request: CoreferenceRequest,
  signal?: AbortSignal,
): Promise<Omit<CoreferenceResult, 'causal'>> {
  const { model, pronoun, candidates, control } = request;
  const sentence = await readSentence(inference, request.segments, request, signal);
  const other =
    control.trim() === ''
      ? null
      : await readSentence(inference, [{ text: control, offset: 0 }], request, signal);
  return { model, pronoun, candidates, sentence, control: other };
}

async function readSentence(
  inference: Inference,
  segments: TextSegment[],
  { model, pronoun, candidates }: CoreferenceRequest,
  signal?: AbortSignal,
): Promise<SentenceReading> {
  const { tokens, typeIds } = await inference.request(
    'encode',
    { model, segments, overflow: 'first' },
    signal,
  );
  const words = wordsOf(segments);
  const groupOf = (word: string) => ({ tokens: tokensOfWord(tokens, find(words, word)) });
  const from = groupOf(pronoun);
  const to = candidates.map(groupOf);
  const ids = tokens.map(({ id }) => id);
  const { runId, layers } = await inference.request('run', { model, ids, typeIds }, signal);
  const kind = layers[0]?.kind ?? 'encoder';
  const cut = { queries: [from], keys: to, renormalize: false, threshold: 0 };
  const profile = await inference.request(
    'profile',
    { runId, kind, direction: 'from', item: 0, ...cut },
    signal,
  );
  await inference.request('forget', { runId }, signal);
  const massAt = (row: number): [number, number] => [
    profile.weights[2 * row] ?? 0,
    profile.weights[2 * row + 1] ?? 0,
  ];
  return {
    text: segments.map(({ text }) => text).join('\n'),
    tokens,
    heads: profile.heads.map(({ layer, head }, row) => ({ layer, head, masses: massAt(row) })),
    mean: [profile.mean[0] ?? 0, profile.mean[1] ?? 0],
  };
}

function find(words: readonly Word[], wanted: string): Word {
  const found = words.find(({ text }) => text.toLowerCase() === wanted.trim().toLowerCase());
  if (found) return found;
  throw new ProbeError(
    'input',
    `A sentence has no word "${wanted.trim().slice(0, 40)}". Set the pronoun and the two candidates to words that stand in it and in the control sentence.`,
  );
}

/** A causal model gives no weight to what follows: counts and sums the weights above the diagonal of every head. */
export async function checkCausal(
  inference: Inference,
  model: string,
  segments: TextSegment[],
  signal?: AbortSignal,
): Promise<NonNullable<CoreferenceResult['causal']>> {
  const { tokens } = await inference.request('encode', { model, segments, overflow: 'first' }, signal);
  const ids = tokens.map(({ id }) => id);
  const { runId, layers } = await inference.request('run', { model, ids }, signal);
  let [sum, weights] = [0, 0];
  for (const { kind, layer, heads, queries, keys } of layers) {
    for (let head = 0; head < heads; head++) {
      const matrix = await inference.request('head', { runId, kind, layer, head }, signal);
      for (let query = 0; query < queries; query++) {
        for (let key = query + 1; key < keys; key++) sum += matrix.weights[query * keys + key] ?? 0;
      }
      weights += (queries * (keys - 1)) / 2;
    }
  }
  await inference.request('forget', { runId }, signal);
  return { model, sum, weights };
}
