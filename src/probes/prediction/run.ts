import * as l10n from '@vscode/l10n';
import { SeededRandom } from '../../shared/random';
import { ProbeError } from '../../shared/errors';
import type { Encoding, Inference } from '../../shared/inference';
import type { ExpectedToken, PositionPrediction } from '../../shared/predictions';
import type { TextSegment, Token } from '../../shared/tokens';
import { corrupt, type CorruptedToken } from './corruption';
import { predictNextSentence, type NextSentence } from './nextSentence';
import { tokensOfWord, wordsOf, type Word } from './words';

export interface PredictionSettings {
  causal: string;
  masked: string;
  gap: number;
  top: number;
  seed: number;
  /** A model with a next-sentence head; models without are left out. */
  pairs: string;
}

/** One model's reading of a text. */
export interface Reading {
  model: string;
  tokens: Token[];
  /** -ln p of each token; null for special tokens and for what nothing comes before. */
  surprisal: (number | null)[];
  /** e to the mean surprisal. */
  perplexity: number;
  /** Sum of the surprisals over the characters that they cover: comparable across vocabularies. In nats. */
  perCharacter: number;
  /** What the model expects in the gap, one entry a hidden token; empty where it expects nothing. */
  gap: PositionPrediction[];
}

export interface PredictionResult {
  words: Word[];
  gap: number;
  causal: Reading;
  masked: Reading & {
    corrupted: (CorruptedToken & { text: string })[];
    /** What the model fills in after the noise, at the tokens to be predicted. */
    restored: (ExpectedToken | null)[];
  };
  /** Null for models without the head. */
  nextSentence: NextSentence | null;
}

type Report = (message: string, fraction?: number) => void;

/** Reads the text with both models and looks into the gap of both. Throws a ProbeError. */
export async function runPrediction(
  inference: Inference,
  segments: TextSegment[],
  settings: PredictionSettings,
  onProgress: Report,
  signal?: AbortSignal,
): Promise<PredictionResult> {
  const words = wordsOf(segments);
  if (words.length === 0)
    throw new ProbeError('input', l10n.t('There is no word in the text. Select a sentence.'));
  const gap = Math.min(settings.gap, words.length) - 1;
  const word = words[gap] as Word;
  onProgress(l10n.t('Reading from left to right'), 0.1);
  const causal = await readCausally(inference, segments, word, settings, signal);
  onProgress(l10n.t('Filling one mask after the other'), 0.4);
  const masked = await readMasked(inference, segments, word, settings, signal);
  onProgress(l10n.t('Adding the noise of training'), 0.9);
  const noise = await addNoise(inference, masked.encoding, settings, signal);
  const nextSentence = await predictNextSentence(inference, settings.pairs, segments, signal);
  return { words, gap, causal, masked: { ...masked.reading, ...noise }, nextSentence };
}

async function readCausally(
  inference: Inference,
  segments: TextSegment[],
  word: Word,
  { causal: model, top }: PredictionSettings,
  signal?: AbortSignal,
): Promise<Reading> {
  const { tokens } = await inference.request('encode', { model, segments, overflow: 'first' }, signal);
  const ids = tokens.map(({ id }) => id);
  const { runId } = await inference.request('run', { model, ids }, signal);
  const positions = ids.slice(1).map((_, i) => i);
  const request = { model, runId, positions, asked: ids.slice(1), top };
  const found = await inference.request('predictions', request, signal);
  await inference.request('forget', { runId }, signal);
  const surprisal = [null, ...found.map(({ asked }) => (asked ? -asked.logProbability : null))];
  const [first] = tokensOfWord(tokens, word);
  const gap = first === undefined || first === 0 ? [] : found.slice(first - 1, first);
  return { model, tokens, ...measure(tokens, surprisal), gap };
}

async function readMasked(
  inference: Inference,
  segments: TextSegment[],
  word: Word,
  { masked: model, top }: PredictionSettings,
  signal?: AbortSignal,
): Promise<{ reading: Reading; encoding: Encoding }> {
  const encoding = await inference.request('encode', { model, segments, overflow: 'first' }, signal);
  const { tokens, typeIds } = encoding;
  const ids = tokens.map(({ id }) => id);
  const positions = tokens.flatMap(({ special }, position) => (special ? [] : [position]));
  const swept = await inference.request(
    'maskedPredictions',
    { model, ids, typeIds, positions, top: 0 },
    signal,
  );
  const surprisal = new Array<number | null>(tokens.length).fill(null);
  for (const { position, asked } of swept) surprisal[position] = asked ? -asked.logProbability : null;
  const hidden = tokensOfWord(tokens, word);
  const { mask } = await inference.request('specialTokens', { model }, signal);
  const gap = mask ? await fill(inference, model, encoding, hidden, mask.id, top, signal) : [];
  return { reading: { model, tokens, ...measure(tokens, surprisal), gap }, encoding };
}

/** All of a word's tokens are hidden at once: its length in tokens is all that is told of it. */
async function fill(
  inference: Inference,
  model: string,
  { tokens, typeIds }: Encoding,
  hidden: number[],
  mask: number,
  top: number,
  signal?: AbortSignal,
): Promise<PositionPrediction[]> {
  if (hidden.length === 0) return [];
  const ids = tokens.map(({ id }, position) => (hidden.includes(position) ? mask : id));
  const { runId } = await inference.request('run', { model, ids, typeIds }, signal);
  const asked = hidden.map((position) => tokens[position]?.id ?? -1);
  const found = await inference.request(
    'predictions',
    { model, runId, positions: hidden, asked, top },
    signal,
  );
  await inference.request('forget', { runId }, signal);
  return found;
}

async function addNoise(
  inference: Inference,
  { tokens, typeIds }: Encoding,
  { masked: model, seed }: PredictionSettings,
  signal?: AbortSignal,
): Promise<Pick<PredictionResult['masked'], 'corrupted' | 'restored'>> {
  const { mask } = await inference.request('specialTokens', { model }, signal);
  const { facts } = await inference.request('open', { model }, signal);
  if (!mask || facts.vocabulary === null) return { corrupted: [], restored: [] };
  const random = new SeededRandom(seed);
  const noise = corrupt(tokens, mask.id, facts.vocabulary, () => random.next());
  const ids = noise.map(({ id }) => id);
  const spelled = await inference.request('encode', { model, ids }, signal);
  const corrupted = noise.map((token, i) => ({ ...token, text: spelled.tokens[i]?.text ?? '' }));
  const positions = noise.flatMap(({ fate }, i) => (fate === 'left alone' ? [] : [i]));
  const restored = new Array<ExpectedToken | null>(tokens.length).fill(null);
  if (positions.length === 0) return { corrupted, restored };
  const { runId } = await inference.request('run', { model, ids, typeIds }, signal);
  const asked = positions.map((position) => tokens[position]?.id ?? -1);
  const found = await inference.request('predictions', { model, runId, positions, asked, top: 1 }, signal);
  await inference.request('forget', { runId }, signal);
  for (const { position, candidates } of found) restored[position] = candidates[0] ?? null;
  return { corrupted, restored };
}

function measure(
  tokens: readonly Token[],
  surprisal: (number | null)[],
): Pick<Reading, 'surprisal' | 'perplexity' | 'perCharacter'> {
  const predicted = surprisal.flatMap((value, i) => {
    const { start = 0, end = 0, special = true } = tokens[i] ?? {};
    return value === null || special ? [] : [{ value, characters: end - start }];
  });
  const sum = predicted.reduce((total, { value }) => total + value, 0);
  const characters = predicted.reduce((total, one) => total + one.characters, 0);
  return {
    surprisal: surprisal.map((value, i) => (tokens[i]?.special ? null : value)),
    perplexity: Math.exp(sum / predicted.length),
    perCharacter: sum / characters,
  };
}
