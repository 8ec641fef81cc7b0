import type { AttentionResult, TargetText } from '../shared/attention';
import { ProbeError } from '../shared/errors';
import type { EncodeRequest, Encoding, Inference } from '../shared/inference';
import type { ModelFacts } from '../shared/model';

/** How far the greedy decoder goes when an encoder-decoder is given no target. */
const MAX_NEW_TOKENS = 64;

/** What an analysis is doing, for people. */
export type AttentionStage =
  'Opening the model' | 'Tokenizing' | 'Generating the target' | 'Running the model';

export interface ProbeOptions {
  signal?: AbortSignal;
  onProgress?: (stage: AttentionStage) => void;
}

/**
 * Runs a text (or ids) through a model and says which attention was kept. The tensors stay with `inference`, under
 * `runId`. An encoder-decoder without a target writes its own by greedy decoding.
 */
export async function analyzeAttention(
  inference: Inference,
  request: EncodeRequest,
  { signal, onProgress }: ProbeOptions = {},
): Promise<AttentionResult> {
  const { model } = request;
  onProgress?.('Opening the model');
  const { facts, openMs } = await inference.request('open', { model }, signal);
  checkTarget(facts, request);

  onProgress?.('Tokenizing');
  const started = performance.now();
  const encoding = await inference.request('encode', request, signal);
  const tokenizeMs = performance.now() - started;
  checkText(request, encoding);

  const ids = encoding.tokens.map(({ id }) => id);
  const target = await targetOf(inference, facts, encoding, { signal, onProgress });
  onProgress?.('Running the model');
  const targetIds = target?.tokens.map(({ id }) => id);
  const run = { model, ids, typeIds: encoding.typeIds, targetIds };
  const { runId, layers, runMs } = await inference.request('run', run, signal);
  return {
    runId,
    model: facts,
    segments: encoding.segments,
    tokens: encoding.tokens,
    ...(target && { target }),
    layers,
    ...(encoding.window && { window: encoding.window }),
    timing: { openMs, tokenizeMs, runMs },
    createdAt: new Date().toISOString(),
  };
}

function checkTarget({ family, name }: ModelFacts, { target, targetIds }: EncodeRequest): void {
  if (family === 'encoder-decoder' || (target === undefined && targetIds === undefined)) return;
  throw new ProbeError('usage', `"${name}" has no decoder to give a target to. Leave the target out.`);
}

/** A text of nothing but special tokens is no text. Ids are taken as they are. */
function checkText({ ids }: EncodeRequest, { tokens }: Encoding): void {
  if (ids || tokens.some(({ special }) => !special)) return;
  throw new ProbeError(
    'input',
    'There is no text to analyze: it is empty, or holds only white space and characters that the tokenizer drops.',
  );
}

async function targetOf(
  inference: Inference,
  { id, family }: ModelFacts,
  { tokens, target }: Encoding,
  { signal, onProgress }: ProbeOptions,
): Promise<TargetText | undefined> {
  if (family !== 'encoder-decoder') return undefined;
  if (target) return { ...target, source: 'given' };
  onProgress?.('Generating the target');
  const ids = tokens.map((token) => token.id);
  const params = { model: id, ids, maxNewTokens: MAX_NEW_TOKENS };
  const generated = await inference.request('generate', params, signal);
  return { text: generated.text, tokens: generated.tokens, source: 'generated' };
}
