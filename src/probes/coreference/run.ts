import * as l10n from '@vscode/l10n';
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
  /** False where the words that were asked for are not in the text, so that others were taken. */
  isAsked: boolean;
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
  const { model, control } = request;
  const chosen = chooseWords(wordsOf(request.segments), request);
  const sentence = await readSentence(inference, request.segments, { model, ...chosen }, signal);
  const segments = [{ text: control, offset: 0 }];
  const isControl = hasWords(wordsOf(segments), chosen);
  const other = isControl ? await readSentence(inference, segments, { model, ...chosen }, signal) : null;
  return { model, ...chosen, sentence, control: other };
}

async function readSentence(
  inference: Inference,
  segments: TextSegment[],
  { model, pronoun, candidates }: Pick<CoreferenceRequest, 'model' | 'pronoun' | 'candidates'>,
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

type Chosen = Pick<CoreferenceResult, 'pronoun' | 'candidates' | 'isAsked'>;

const PRONOUNS = /^(it|he|she|they|him|her|them|his|its|their|this|that|who|which|we|you|i)$/i;

const isWord = (wanted: string) => (word: Word) => word.text.toLowerCase() === wanted.trim().toLowerCase();

function hasWords(words: readonly Word[], { pronoun, candidates }: Omit<Chosen, 'isAsked'>): boolean {
  return [pronoun, ...candidates].every((wanted) => words.some(isWord(wanted)));
}

/** The words that were asked for; where the text lacks one, its last pronoun (or word) and the two longest words before it. */
export function chooseWords(words: readonly Word[], asked: Omit<Chosen, 'isAsked'>): Chosen {
  const { pronoun, candidates } = asked;
  if (hasWords(words, asked)) return { pronoun, candidates, isAsked: true };
  const letters = words.filter(({ text }) => /\p{L}/u.test(text));
  const from = letters.findLast(({ text }, i) => i >= 2 && PRONOUNS.test(text)) ?? letters.at(-1);
  const before = letters.slice(0, from ? letters.indexOf(from) : 0);
  const names = [...new Set(before.map(({ text }) => text))].filter((text) => text !== from?.text);
  const longest = [...names].sort((a, b) => b.length - a.length).slice(0, 2);
  const [first, second] = names.filter((text) => longest.includes(text));
  if (from && first !== undefined && second !== undefined) {
    return { pronoun: from.text, candidates: [first, second], isAsked: false };
  }
  throw new ProbeError('input', l10n.t('The text is too short: it needs a pronoun and two words before it.'));
}

function find(words: readonly Word[], wanted: string): Word {
  const found = words.find(isWord(wanted));
  if (found) return found;
  throw new RangeError('Words are chosen from the text that is read.');
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
