import * as l10n from '@vscode/l10n';
import { ATTRIBUTION_METHODS } from '../shared/attribution';
import type {
  AttributionMethod,
  AttributionResult,
  Prediction,
  PredictionKind,
  Replacement,
} from '../shared/attribution';
import type { FedText, PredictionFacts } from '../shared/attributionRequests';
import type { EncodeRequest, Inference } from '../shared/inference';
import type { Token } from '../shared/tokens';
import { correlations } from './attribution/correlations';
import { runMethods } from './attribution/methods';
import type { Subject } from './attribution/subject';
import { readText } from './attribution/text';
import type { Text } from './attribution/text';

export interface AttributionRequest extends EncodeRequest {
  /** Where the prediction is made; see `Prediction`. Absent: the mask, the last token, the decoder's first. */
  position?: number;
  /** What is explained: a token's text, a class's name, or an id. Absent: the most likely one. */
  choose?: number | string;
  /** Absent: the log-probability of tokens, the logit of classes. */
  output?: Prediction['output'];
  /** Absent: all. */
  methods?: readonly AttributionMethod[];
  /** Gauss-Legendre points of the path. Absent: as many as the integral needs to be exact to 1 %, 256 at most. */
  steps?: number;
}

export interface AttributionProgress {
  /** What is done now, for people. */
  stage: string;
  /** Part of the whole that is done, 0 to 1. */
  done: number;
}

export interface AttributionOptions {
  signal?: AbortSignal;
  onProgress?: (progress: AttributionProgress) => void;
}

/** Candidates that are shown. */
const CANDIDATES = 10;

/**
 * Explains one prediction of a model by each method, and says how far the methods agree. Methods that a model does not
 * allow (gradients through fused or quantized operators) are listed as unavailable; the others go on.
 */
export async function attribute(
  inference: Inference,
  request: AttributionRequest,
  { signal, onProgress }: AttributionOptions = {},
): Promise<AttributionResult> {
  const started = performance.now();
  const progress = (stage: string, done: number) => onProgress?.({ stage, done });
  progress(l10n.t('Opening the model'), 0);
  const { facts } = await inference.request('open', { model: request.model }, signal);
  progress(l10n.t('Tokenizing'), 0.02);
  const text = await readText(inference, facts, request, { signal, progress });
  progress(l10n.t('Predicting'), 0.06);
  const { fed, prediction } = await predictionOf(inference, request, text, signal);
  const { kind, position } = prediction;
  const methods = ATTRIBUTION_METHODS.filter((method) => request.methods?.includes(method) ?? true);
  const replacement = replacementOf(text.facts.special);
  const kept = keptInput(text.tokens, kind, position);
  const subject: Subject = {
    ...{ inference, signal, facts, fed, replacement, kept },
    progress,
    explained: { position, token: prediction.chosen.id, output: prediction.output },
    value: prediction.value,
    keptTarget: new Set([0]),
  };
  const found = await runMethods(subject, methods, request.steps);
  return {
    model: facts,
    segments: text.encoding.segments,
    tokens: text.tokens,
    ...(text.target && { target: text.target }),
    ...(text.encoding.window && { window: text.encoding.window }),
    ...{ prediction, replacement },
    keptTokens: [...kept].sort((a, b) => a - b),
    ...found,
    correlations: correlations(found.scores, subject),
    totalMs: performance.now() - started,
    createdAt: new Date().toISOString(),
  };
}

async function predictionOf(
  inference: Inference,
  { model, choose, output }: AttributionRequest,
  { encoding, tokens, target, facts, position }: Text,
  signal?: AbortSignal,
): Promise<{ fed: FedText; prediction: Prediction }> {
  const ids = tokens.map(({ id }) => id);
  const targetIds = target?.tokens.map(({ id }) => id);
  const fed = { model, ids, typeIds: encoding.typeIds.slice(0, ids.length), targetIds };
  const asked = { ...fed, position, count: CANDIDATES, choose };
  const { chosen, candidates } = await inference.request('predict', asked, signal);
  const isClass = facts.kind === 'class' || facts.kind === 'token-class';
  const kind = output ?? (isClass ? 'logit' : 'log-probability');
  const value = kind === 'logit' ? chosen.logit : Math.log(chosen.probability);
  return { fed, prediction: { kind: facts.kind, position, chosen, candidates, output: kind, value } };
}

/** What stands for "nothing here": a token that the model was trained to see as such, as far as it has one. */
function replacementOf(special: PredictionFacts['special']): Replacement {
  for (const kind of ['mask', 'pad', 'unk', 'eos'] as const) {
    const token = special[kind];
    if (token) return { kind, ...token };
  }
  return { kind: 'embedding-zero' };
}

function keptInput(tokens: Token[], kind: PredictionKind, position: number | null): Set<number> {
  const kept = new Set(tokens.flatMap(({ special }, i) => (special ? [i] : [])));
  if (kind === 'masked-token' && position !== null) kept.add(position);
  return kept;
}
