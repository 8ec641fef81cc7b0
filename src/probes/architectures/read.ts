import * as l10n from '@vscode/l10n';
import { GENERATION_DEFAULTS } from '../../shared/generation';
import type { Encoding, Inference, RunInput, RunSummary } from '../../shared/inference';
import type { ModelFacts } from '../../shared/model';
import type { PositionPrediction } from '../../shared/predictions';
import type { TextSegment, Token } from '../../shared/tokens';
import { generateIds, generateTarget, type Written } from '../generate';
import { sightsOf, SHOWN_POSITIONS } from './sight';
import type { Cost, Fill, ModelReading, Stage, StackReading, WrittenText } from './types';

export interface ReadOptions {
  /** Most tokens to write. */
  length: number;
  /** Candidates to name. */
  top: number;
  signal?: AbortSignal;
  /** Says what is being done, and how much of this model it is. */
  onProgress: (message: string, fraction: number) => void;
}

/** Tokens that are hidden one by one: each is a run of its own. */
const MOST_FILLS = 12;
/** Runs that are timed, and milliseconds after which one is enough. */
const TIMED_RUNS = 5;
const LONG_RUN_MS = 200;

/** Reads the text with one model, whatever its family. Parameters are not known here. Throws ProbeError. */
export async function readModel(
  inference: Inference,
  model: string,
  segments: TextSegment[],
  options: ReadOptions,
): Promise<ModelReading> {
  const { signal, onProgress, top } = options;
  onProgress(l10n.t('opening'), 0);
  const { facts, openMs } = await inference.request('open', { model }, signal);
  const encoding = await inference.request('encode', { model, segments, overflow: 'first' }, signal);
  const ids = idsOf(encoding.tokens);
  const target = await writeTarget(inference, facts, ids, options);
  const input: RunInput = {
    model,
    ids,
    typeIds: encoding.typeIds,
    ...(target && { targetIds: idsOf(target.tokens) }),
  };
  onProgress(l10n.t('running'), 0.5);
  const run = await inference.request('run', { ...input, taps: ['hidden'] }, signal);
  const predicts = hasHead(run, target?.tokens ?? encoding.tokens);
  const stacks = await stacksOf(inference, run, encoding.tokens, target?.tokens ?? null, signal);
  const sights = await sightsOf(inference, run.runId, run.layers, signal);
  const next =
    predicts && facts.family !== 'encoder-only'
      ? await predictAt(inference, model, run.runId, target ? 0 : ids.length - 1, top, signal)
      : null;
  const timed = await timeRuns(inference, input, signal);
  const { residentBytes, peakBytes } = await inference.request('status', null, signal);
  await inference.request('forget', { runId: run.runId }, signal);
  const cost: Cost = {
    ...{ openMs, ...timed, keptBytes: keptBytes(run), residentBytes, peakBytes },
    ...{ parameters: null, weightBytes: null },
  };
  const window = encoding.window ?? null;
  const read = { facts, window, stacks, sights, cost };
  if (target) return { ...read, next, fills: [], written: target.written };
  if (facts.family === 'encoder-only') {
    const masked = predicts
      ? await fillMasks(inference, facts, encoding, options)
      : { next: null, fills: [] };
    return { ...read, ...masked, written: null };
  }
  const written = predicts ? await continueText(inference, facts, ids, options) : null;
  return { ...read, next, fills: [], written };
}

const idsOf = (tokens: readonly Token[]): number[] => tokens.map(({ id }) => id);

async function writeTarget(
  inference: Inference,
  { family, id: model }: ModelFacts,
  ids: number[],
  options: ReadOptions,
): Promise<{ tokens: Token[]; written: WrittenText } | null> {
  if (family !== 'encoder-decoder') return null;
  const timer = tokenTimer(options);
  const request = { model, ids, options: { ...GENERATION_DEFAULTS, maxNewTokens: options.length } };
  const { text, tokens, written } = await generateTarget(inference, request, timer);
  return { tokens, written: writtenText(text, written, timer) };
}

async function continueText(
  inference: Inference,
  { id: model, maxTokens }: ModelFacts,
  ids: number[],
  options: ReadOptions,
): Promise<WrittenText | null> {
  if (maxTokens !== null && ids.length >= maxTokens) return null;
  const timer = tokenTimer(options);
  const request = { model, ids, options: { ...GENERATION_DEFAULTS, maxNewTokens: options.length } };
  const written = await generateIds(inference, request, timer);
  const { text } = await inference.request('spell', { model, ids: written.ids }, options.signal);
  return writtenText(text, written, timer);
}

/** Follows a generation and takes the time of its tokens. */
function tokenTimer({ length, signal, onProgress }: ReadOptions) {
  const times: number[] = [];
  const onToken = (count: number) => {
    times.push(performance.now());
    onProgress(l10n.t`writing token ${count}`, count / (2 * length));
  };
  return { signal, onToken, times };
}

function writtenText(text: string, { ids, stopped }: Written, { times }: { times: number[] }): WrittenText {
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const msPerToken = times.length > 1 ? (last - first) / (times.length - 1) : null;
  return { text, tokens: ids.length, stopped, msPerToken };
}

/** A language model's logits: one row a position, over the vocabulary. */
function hasHead({ tensors }: RunSummary, tokens: readonly Token[]): boolean {
  return tensors.some(
    ({ name, shape }) => name === 'logits' && shape.length === 2 && shape[0] === tokens.length,
  );
}

async function predictAt(
  inference: Inference,
  model: string,
  runId: string,
  position: number,
  top: number,
  signal?: AbortSignal,
): Promise<PositionPrediction | null> {
  const [found] = await inference.request(
    'predictions',
    { model, runId, positions: [position], top },
    signal,
  );
  return found ?? null;
}

/** What a masked model puts behind the text, and in the place of its tokens, one at a time. */
async function fillMasks(
  inference: Inference,
  { id: model, maxTokens }: ModelFacts,
  { tokens, typeIds }: Encoding,
  { top, signal, onProgress }: ReadOptions,
): Promise<Pick<ModelReading, 'next' | 'fills'>> {
  const { mask } = await inference.request('specialTokens', { model }, signal);
  if (!mask) return { next: null, fills: [] };
  const behind = maskBehind(tokens, mask.id, maxTokens);
  const input = {
    model,
    ids: behind.ids,
    typeIds: behind.ids.map((_, i) => typeIds[i] ?? typeIds.at(-1) ?? 0),
  };
  const { runId } = await inference.request('run', input, signal);
  const next = await predictAt(inference, model, runId, behind.position, top, signal);
  await inference.request('forget', { runId }, signal);
  onProgress(l10n.t('filling masks'), 0.8);
  const positions = spread(
    tokens.flatMap(({ special }, position) => (special ? [] : [position])),
    MOST_FILLS,
  );
  const request = { model, ids: idsOf(tokens), typeIds, positions, top: 1 };
  const found = await inference.request('maskedPredictions', request, signal);
  return {
    next,
    fills: found.map((prediction) => ({ position: prediction.position, prediction }) satisfies Fill),
  };
}

/** The text with a mask after its last token, which gives way where there is no room. */
export function maskBehind(
  tokens: readonly Pick<Token, 'id' | 'special'>[],
  mask: number,
  maxTokens: number | null,
): { ids: number[]; position: number } {
  const last = tokens.findLastIndex(({ special }) => !special);
  const isFull = maxTokens !== null && tokens.length >= maxTokens;
  const position = isFull && last >= 0 ? last : last + 1;
  const ids = tokens.map(({ id }) => id).toSpliced(position, isFull && last >= 0 ? 1 : 0, mask);
  return { ids, position };
}

/** At most `count` of a list, evenly. */
export function spread<T>(list: readonly T[], count: number): T[] {
  if (list.length <= count) return [...list];
  return Array.from({ length: count }, (_, i) => list[Math.floor((i * list.length) / count)] as T);
}

async function timeRuns(
  inference: Inference,
  input: RunInput,
  signal?: AbortSignal,
): Promise<Pick<Cost, 'runMs' | 'runs'>> {
  const times: number[] = [];
  while (times.length < TIMED_RUNS && (times[0] ?? 0) < LONG_RUN_MS) {
    const { runId, runMs } = await inference.request('run', { ...input, taps: ['hidden'] }, signal);
    await inference.request('forget', { runId }, signal);
    times.push(runMs);
  }
  times.sort((a, b) => a - b);
  return { runMs: times[Math.floor(times.length / 2)] ?? 0, runs: times.length };
}

function keptBytes({ layers, tensors }: RunSummary): number {
  const weights = layers.reduce((sum, { heads, queries, keys }) => sum + heads * queries * keys, 0);
  const rest = tensors.reduce(
    (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
    0,
  );
  return 4 * (weights + rest);
}

async function stacksOf(
  inference: Inference,
  run: RunSummary,
  tokens: Token[],
  target: Token[] | null,
  signal?: AbortSignal,
): Promise<StackReading[]> {
  const stacks: StackReading[] = [];
  for (const stack of ['encoder', 'decoder'] as const) {
    const states = run.tensors.filter(({ name }) => name.startsWith(`${stack}.hidden.`));
    if (states.length === 0) continue;
    const read = stack === 'decoder' && target ? target : tokens;
    const own = read.flatMap(({ special }, position) => (special ? [] : [position]));
    const request = { runId: run.runId, stack, pooled: own, shown: SHOWN_POSITIONS };
    const { similarity, vectors, ...rest } = await inference.request('stateGeometry', request, signal);
    const { first, last, mean } = vectors;
    const geometry = {
      ...rest,
      similarity: [...similarity],
      vectors: { first: [...first], last: [...last], mean: [...mean] },
    };
    stacks.push({ stack, tokens: read, stages: stagesOf(run, stack, read.length), geometry });
  }
  return stacks;
}

/** The run's own tensors on the way through a stack. */
function stagesOf({ layers, tensors }: RunSummary, stack: 'encoder' | 'decoder', ids: number): Stage[] {
  const states = tensors.filter(({ name }) => name.startsWith(`${stack}.hidden.`));
  const weights = (kind: 'encoder' | 'decoder' | 'cross', name: string): Stage[] =>
    layers
      .filter((layer) => layer.kind === kind)
      .slice(0, 1)
      .map(({ heads, queries, keys }) => ({ name, shape: [heads, queries, keys] }));
  const logits = tensors.find(({ name }) => name === 'logits');
  const isLast = stack === 'decoder' || !layers.some(({ kind }) => kind !== 'encoder');
  return [
    { name: l10n.t('Token ids'), shape: [ids] },
    ...states.slice(0, 1).map(({ shape }) => ({ name: l10n.t('Embeddings'), shape })),
    ...weights(stack, l10n.t('Self-attention weights of a layer')),
    ...(stack === 'decoder' ? weights('cross', l10n.t('Cross-attention weights of a layer')) : []),
    ...states.slice(1).map(({ shape }, layer) => ({ name: l10n.t`After layer ${layer}`, shape })),
    ...(isLast && logits ? [{ name: l10n.t('Head: logits'), shape: logits.shape }] : []),
  ];
}
