import * as l10n from '@vscode/l10n';
import type { FirstLayer, Neighborhood, PooledSimilarity, Projection } from '../../shared/embeddings';
import { ProbeError } from '../../shared/errors';
import type { Inference } from '../../shared/inference';
import type { Making, Tokenization } from '../../shared/tokenization';
import type { TextSegment, Token } from '../../shared/tokens';
import { wordsOf, type Word } from '../prediction/words';
import { tokensByWord, unitsOf, type Unit } from './units';

export interface TokensRequest {
  segments: TextSegment[];
  /** The first is looked at closely. */
  models: string[];
  /** Whose making is shown; empty: the one that the first model cuts up most. */
  word: string;
  /** Nearest tokens. */
  top: number;
}

/** What one model's tokenizer makes of the text. */
export interface TokenizerReading extends Omit<Tokenization, 'tokens'> {
  model: string;
  /** The first of the text; `more` were left out of a long one. */
  units: Unit[];
  more: number;
  /** Special tokens left out. */
  tokens: number;
  special: number;
  /** Tokens that stand for characters the vocabulary does not have. */
  unknowns: number;
  /** Tokens that are less than a whole character. */
  partial: number;
  /** Words of more than one token. */
  cutWords: number;
  makings: Making[];
}

export interface TokensResult {
  words: number;
  characters: number;
  bytes: number;
  word: { text: string; inText: boolean } | null;
  readings: TokenizerReading[];
  /** The first layer's tokens and what enters it; null where the graph does not show it. */
  entrance: {
    tokens: Pick<Token, 'text' | 'special' | 'start' | 'end' | 'segment'>[];
    layer: FirstLayer;
  } | null;
  neighborhoods: (Neighborhood & { text: string })[];
  map: (Projection & { labels: string[]; own: number }) | null;
  similarity: (PooledSimilarity & { sentences: string[] }) | null;
}

const MOST_UNITS = 600;
const MOST_SENTENCES = 24;
const MOST_MAPPED = 120;
const MOST_EXPLORED = 6;
const MAPPED_NEIGHBORS = 4;
const LONGEST_WORD = 60;

type Report = (message: string, fraction: number) => void;

/** Everything from the text to what enters the first layer. Throws ProbeError. */
export async function runTokens(
  inference: Inference,
  { segments, models, word: asked, top }: TokensRequest,
  onProgress: Report,
  signal?: AbortSignal,
): Promise<TokensResult> {
  const [main] = models;
  const text = segments.map((segment) => segment.text).join('\n');
  if (main === undefined || text === '')
    throw new ProbeError('input', l10n.t('There is no text to cut into tokens.'));
  const words = wordsOf(segments);
  onProgress(l10n.t('Cutting the text into tokens'), 0);
  const first = await inference.request('tokenize', { model: main, segments }, signal);
  const stretch = stretchOf(segments, asked, words, first.tokens);
  const readings: TokenizerReading[] = [];
  for (const [i, model] of models.entries()) {
    onProgress(l10n.t('Cutting the text into tokens'), (0.4 * i) / models.length);
    const own = i === 0 ? first : await inference.request('tokenize', { model, segments }, signal);
    const makings = stretch ? await explain(inference, model, segments, stretch, signal) : [];
    readings.push(readingOf(model, { ...own, makings }, segments, words));
  }
  onProgress(l10n.t('Looking at what enters the first layer'), 0.4);
  const entrance = await enter(inference, main, segments, signal);
  onProgress(l10n.t('Searching the vocabulary'), 0.55);
  const pieces = readings[0]?.makings.flatMap(({ pieces: made }) => made) ?? [];
  const explored = entrance ? distinct(pieces).slice(0, MOST_EXPLORED) : [];
  const neighborhoods = await explore(inference, main, explored, top, signal);
  const map = entrance && (await mapOf(inference, main, readings[0]?.units ?? [], neighborhoods, signal));
  onProgress(l10n.t('Comparing sentences'), 0.75);
  const similarity = entrance && (await compare(inference, main, segments, signal));
  return {
    words: words.length,
    characters: [...text].length,
    bytes: Buffer.byteLength(text),
    word: stretch && { text: stretch.text, inText: stretch.inText },
    readings: readings.map((one) => ({ ...one, units: one.units.slice(0, MOST_UNITS) })),
    ...{ entrance, neighborhoods, map, similarity },
  };
}

interface Stretch {
  text: string;
  inText: boolean;
  segment: number;
  start: number;
  end: number;
}

/** The characters that were asked for, or the word of the most tokens. */
function stretchOf(
  segments: readonly TextSegment[],
  asked: string,
  words: readonly Word[],
  tokens: readonly Token[],
): Stretch | null {
  const wanted = asked.trim();
  if (wanted !== '') return findStretch(segments, wanted, words);
  const counts = tokensByWord(tokens, words).map(({ length }) => length);
  let best: number | null = null;
  words.forEach(({ text }, i) => {
    const fits = text.length <= LONGEST_WORD && /[\p{L}\p{N}]/u.test(text);
    if (fits && (best === null || (counts[i] ?? 0) > (counts[best] ?? 0))) best = i;
  });
  const word = words[best ?? 0];
  return word ? { ...word, inText: true } : null;
}

function findStretch(segments: readonly TextSegment[], wanted: string, words: readonly Word[]): Stretch {
  const lower = wanted.toLowerCase();
  const word =
    words.find(({ text }) => text === wanted) ?? words.find(({ text }) => text.toLowerCase() === lower);
  if (word) return { ...word, inText: true };
  for (const [segment, { text }] of segments.entries()) {
    const start = text.indexOf(wanted);
    if (start >= 0) return { text: wanted, inText: true, segment, start, end: start + wanted.length };
  }
  return { text: wanted, inText: false, segment: 0, start: 0, end: wanted.length };
}

async function explain(
  inference: Inference,
  model: string,
  segments: TextSegment[],
  { text, inText, ...range }: Stretch,
  signal?: AbortSignal,
): Promise<Making[]> {
  const read = inText ? segments : [{ text, offset: 0 }];
  const { makings } = await inference.request('tokenize', { model, segments: read, explain: range }, signal);
  return makings;
}

function readingOf(
  model: string,
  tokenization: Tokenization,
  segments: readonly TextSegment[],
  words: readonly Word[],
): TokenizerReading {
  const { tokens, ...facts } = tokenization;
  const units = unitsOf(tokens, segments, words, facts.unknown);
  const content = units.filter(({ special }) => !special);
  const sum = (some: Unit[]) => some.reduce((total, { ids }) => total + ids.length, 0);
  return {
    ...facts,
    ...{ model, units },
    more: Math.max(0, units.length - MOST_UNITS),
    tokens: sum(content),
    special: tokens.length - sum(content),
    unknowns: sum(content.filter(({ unknown }) => unknown)),
    partial: sum(content.filter(({ ids }) => ids.length > 1)),
    cutWords: tokensByWord(tokens, words).filter(({ length }) => length > 1).length,
  };
}

async function enter(
  inference: Inference,
  model: string,
  segments: TextSegment[],
  signal?: AbortSignal,
): Promise<TokensResult['entrance']> {
  const { tokens, typeIds } = await inference.request(
    'encode',
    { model, segments, overflow: 'first' },
    signal,
  );
  const ids = tokens.map(({ id }) => id);
  const layer = await inference.request('firstLayer', { model, ids, typeIds }, signal);
  return (
    layer && {
      tokens: tokens.map(({ text, special, start, end, segment }) => ({
        text,
        special,
        start,
        end,
        segment,
      })),
      layer,
    }
  );
}

async function explore(
  inference: Inference,
  model: string,
  pieces: { id: number; text: string }[],
  count: number,
  signal?: AbortSignal,
): Promise<TokensResult['neighborhoods']> {
  if (pieces.length === 0) return [];
  const ids = pieces.map(({ id }) => id);
  const found = await inference.request('neighbors', { model, ids, count }, signal);
  return found.map((one, i) => ({ ...one, text: pieces[i]?.text ?? '' }));
}

/** The text's tokens, and the nearest ones of the explored, on the two main axes of their embeddings. */
async function mapOf(
  inference: Inference,
  model: string,
  units: readonly Unit[],
  neighborhoods: TokensResult['neighborhoods'],
  signal?: AbortSignal,
): Promise<TokensResult['map']> {
  const labelled = units.filter(({ ids, special, unknown }) => ids.length === 1 && !special && !unknown);
  const own = distinct(labelled.map(({ ids, text }) => ({ id: ids[0] as number, text }))).slice(
    0,
    MOST_MAPPED,
  );
  const near = neighborhoods.flatMap(({ nearest }) => nearest.slice(0, MAPPED_NEIGHBORS));
  const all = distinct([...own, ...near]);
  if (own.length < 3) return null;
  const ids = all.map(({ id }) => id);
  const found = await inference.request('projection', { model, ids }, signal);
  return { ...found, labels: all.map(({ text }) => text), own: own.length };
}

async function compare(
  inference: Inference,
  model: string,
  segments: readonly TextSegment[],
  signal?: AbortSignal,
): Promise<TokensResult['similarity']> {
  const sentences = sentencesOf(segments).slice(0, MOST_SENTENCES);
  if (sentences.length < 2) return null;
  const inputs: { ids: number[]; typeIds: number[] }[] = [];
  for (const text of sentences) {
    const read = { model, segments: [{ text, offset: 0 }], overflow: 'first' as const };
    const { tokens, typeIds } = await inference.request('encode', read, signal);
    inputs.push({ ids: tokens.map(({ id }) => id), typeIds });
  }
  const found = await inference.request('pooled', { model, inputs }, signal);
  return { ...found, sentences };
}

const SENTENCES = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Sentences and lines with something in them. */
export function sentencesOf(segments: readonly TextSegment[]): string[] {
  return segments
    .flatMap(({ text }) => text.split(/[\r\n]+/))
    .flatMap((line) => [...SENTENCES.segment(line)].map(({ segment }) => segment.trim()))
    .filter((sentence) => /[\p{L}\p{N}]/u.test(sentence));
}

function distinct<T extends { id: number }>(list: readonly T[]): T[] {
  const seen = new Set<number>();
  return list.filter(({ id }) => !seen.has(id) && seen.add(id));
}
