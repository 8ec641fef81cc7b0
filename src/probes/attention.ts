import * as l10n from '@vscode/l10n';
import { axisTokens } from '../shared/attention';
import type { AttentionResult, HeadAddress, TargetText } from '../shared/attention';
import { ProbeError } from '../shared/errors';
import { GENERATION_DEFAULTS } from '../shared/generation';
import type { Generation, GenerationOptions } from '../shared/generation';
import type { EncodeRequest, Encoding, Inference, RunInput } from '../shared/inference';
import type { ModelFacts } from '../shared/model';
import type { TextSegment, Token } from '../shared/tokens';
import { generateIds, generateTarget } from './generate';
import type { GenerateOptions, Written } from './generate';

/** What an analysis is doing, for people. */
export type AttentionStage = 'Opening the model' | 'Tokenizing' | 'Generating the text' | 'Running the model';

export interface ProbeOptions {
  signal?: AbortSignal;
  /** Ends a generation early; what was written is analyzed. */
  stop?: AbortSignal;
  /** `tokens`: how many were generated so far. */
  onProgress?: (stage: AttentionStage, tokens?: number) => void;
}

export interface AttentionRequest extends EncodeRequest {
  /** How the model writes the target, or goes on from the text. Absent: encoder-decoders without a target decode greedily. */
  generation?: GenerationOptions;
}

/**
 * Runs a text (or ids) through a model and says which attention was kept. The tensors stay with `inference`, under
 * `runId`. An encoder-decoder without a target writes its own; a decoder goes on from the text where that is asked for.
 */
export async function analyzeAttention(
  inference: Inference,
  request: AttentionRequest,
  options: ProbeOptions = {},
): Promise<AttentionResult> {
  const { model, generation } = request;
  const { signal, onProgress } = options;
  onProgress?.('Opening the model');
  const { facts, openMs } = await inference.request('open', { model }, signal);
  checkTarget(facts, request);

  onProgress?.('Tokenizing');
  const started = performance.now();
  const encoding = await inference.request('encode', encodePart(request), signal);
  const tokenizeMs = performance.now() - started;
  checkText(request, encoding);

  const text = await completed(inference, facts, encoding, generation, options);
  onProgress?.('Running the model');
  const { runId, layers, runMs, provider } = await inference.request('run', { model, ...text.input }, signal);
  const opening = await openingOf(inference, { runId, layers, ...text }, signal);
  const steps = text.written && (await explain(inference, model, runId, text.written, signal));
  return {
    runId,
    model: facts,
    segments: text.segments,
    tokens: text.tokens,
    ...(text.target && { target: text.target }),
    ...(steps && { generation: steps }),
    layers,
    ...(opening && { opening }),
    ...(encoding.window && { window: encoding.window }),
    timing: { openMs, tokenizeMs, runMs },
    provider,
    createdAt: new Date().toISOString(),
  };
}

/** The head to show first, of the first kind. */
function openingOf(
  inference: Inference,
  run: Pick<AttentionResult, 'runId' | 'layers' | 'tokens' | 'target'>,
  signal?: AbortSignal,
): Promise<HeadAddress | null> | null {
  const kind = run.layers[0]?.kind;
  if (!kind) return null;
  const { queries, keys } = axisTokens(run, kind);
  const ordinary = (tokens: Token[]) => [...tokens.keys()].filter((at) => !tokens[at]?.special);
  const request = { runId: run.runId, kind, queries: ordinary(queries), keys: ordinary(keys) };
  return inference.request('openingHead', request, signal);
}

/** The text that is run: the user's, and what the model wrote. */
interface CompleteText {
  input: Omit<RunInput, 'model'>;
  segments: TextSegment[];
  tokens: Token[];
  target?: TargetText;
  written?: Written & { options: GenerationOptions; first: number };
}

async function completed(
  inference: Inference,
  facts: ModelFacts,
  encoding: Encoding,
  generation: GenerationOptions | undefined,
  options: ProbeOptions,
): Promise<CompleteText> {
  const { segments, tokens, typeIds, target } = encoding;
  const ids = tokens.map(({ id }) => id);
  if (facts.family === 'encoder-decoder') {
    if (target && !generation) {
      const targetIds = target.tokens.map(({ id }) => id);
      return { input: { ids, typeIds, targetIds }, segments, tokens, target: { ...target, source: 'given' } };
    }
    return withTarget(inference, facts, encoding, generation ?? GENERATION_DEFAULTS, options);
  }
  if (!generation) return { input: { ids, typeIds }, segments, tokens };
  return withContinuation(inference, facts, encoding, generation, options);
}

async function withTarget(
  inference: Inference,
  { id: model }: ModelFacts,
  { segments, tokens, typeIds }: Encoding,
  generation: GenerationOptions,
  options: ProbeOptions,
): Promise<CompleteText> {
  const ids = tokens.map(({ id }) => id);
  const request = { model, ids, options: generation };
  const { text, tokens: target, written } = await generateTarget(inference, request, writing(options));
  return {
    input: { ids, typeIds, targetIds: target.map(({ id }) => id) },
    segments,
    tokens,
    target: { text, tokens: target, source: 'generated' },
    written: { ...written, options: generation, first: target.length - written.ids.length },
  };
}

async function withContinuation(
  inference: Inference,
  { id: model }: ModelFacts,
  { segments, tokens, typeIds }: Encoding,
  generation: GenerationOptions,
  options: ProbeOptions,
): Promise<CompleteText> {
  const ids = tokens.map(({ id }) => id);
  const written = await generateIds(inference, { model, ids, options: generation }, writing(options));
  const spelled = await inference.request('spell', { model, ids: written.ids }, options.signal);
  const segment = segments.length;
  const generated = { offset: 0, generated: true } as const;
  return {
    input: { ids: [...ids, ...written.ids], typeIds: [...typeIds, ...written.ids.map(() => 0)] },
    segments: written.ids.length === 0 ? segments : [...segments, { ...generated, text: spelled.text }],
    tokens: [...tokens, ...spelled.tokens.map((token) => ({ ...token, segment }))],
    written: { ...written, options: generation, first: tokens.length },
  };
}

function writing({ signal, stop, onProgress }: ProbeOptions): GenerateOptions {
  const stage = 'Generating the text';
  onProgress?.(stage, 0);
  return { signal, stop, onToken: (count) => onProgress?.(stage, count) };
}

async function explain(
  inference: Inference,
  model: string,
  runId: string,
  { ids, end, options, first, stopped, hypotheses }: NonNullable<CompleteText['written']>,
  signal?: AbortSignal,
): Promise<Generation> {
  const request = { model, runId, options, first, ids, end };
  const steps = await inference.request('generationSteps', request, signal);
  return { options, first, steps, stopped, hypotheses };
}

function encodePart({ generation: _, ...request }: AttentionRequest): EncodeRequest {
  return request;
}

function checkTarget({ family, name }: ModelFacts, { target, targetIds }: EncodeRequest): void {
  if (family === 'encoder-decoder' || (target === undefined && targetIds === undefined)) return;
  throw new ProbeError('usage', l10n.t`"${name}" has no decoder to give a target to. Leave the target out.`);
}

/** A text of nothing but special tokens is no text. Ids are taken as they are. */
function checkText({ ids }: EncodeRequest, { tokens }: Encoding): void {
  if (ids || tokens.some(({ special }) => !special)) return;
  throw new ProbeError(
    'input',
    l10n.t(
      'There is no text to analyze: it is empty, or holds only white space and characters that the tokenizer drops.',
    ),
  );
}
