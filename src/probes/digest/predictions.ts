import type { AttentionResult } from '../../shared/attention';
import { ProbeError } from '../../shared/errors';
import type { Inference } from '../../shared/inference';
import type { PositionPrediction } from '../../shared/predictions';

/** What a model expects: at masks, after the text, or of each token that it wrote. */
export interface PredictionDigest {
  at: {
    /** Position of the token that is predicted, among the tokens (of the target, where there is one). */
    position: number;
    /** The token that stands there; absent at masks and after the end. */
    token?: string;
    probability?: number;
    rank?: number;
    expected: { token: string; probability: number }[];
  }[];
  /** Why there is nothing, or less than there could be. */
  note?: string;
}

const CANDIDATES = 5;
/** Positions that are listed: the last ones. */
const MOST_POSITIONS = 64;

/** What the model expects of this run; an empty list with a note for models that predict no tokens. Throws ProbeError. */
export async function digestPredictions(
  inference: Inference,
  run: AttentionResult,
  signal?: AbortSignal,
): Promise<PredictionDigest> {
  try {
    if (run.model.family === 'encoder-only') return await atMasks(inference, run, signal);
    return await fromTheLeft(inference, run, signal);
  } catch (error) {
    if (!(error instanceof ProbeError) || error.code === 'cancelled' || error.code === 'runtime') throw error;
    return { at: [], note: error.message };
  }
}

async function atMasks(
  inference: Inference,
  { runId, model: { id: model }, tokens }: AttentionResult,
  signal?: AbortSignal,
): Promise<PredictionDigest> {
  const { mask } = await inference.request('specialTokens', { model }, signal);
  if (!mask) return { at: [], note: 'The model has no mask token, so it predicts none.' };
  const positions = tokens.flatMap(({ id }, position) => (id === mask.id ? [position] : []));
  if (positions.length === 0)
    return { at: [], note: `Write ${mask.piece} where the model is to predict a token.` };
  const asked = { model, runId, positions: positions.slice(-MOST_POSITIONS), top: CANDIDATES };
  const found = await inference.request('predictions', asked, signal);
  return { at: found.map((one) => ({ position: one.position, expected: expectedOf(one) })) };
}

/** Row p of a decoder's logits is about the token at p + 1. */
async function fromTheLeft(
  inference: Inference,
  { runId, model: { id: model }, tokens, target }: AttentionResult,
  signal?: AbortSignal,
): Promise<PredictionDigest> {
  const read = target?.tokens ?? tokens;
  const first = Math.max(0, read.length - MOST_POSITIONS);
  const rows = read.map((_, position) => position).slice(first);
  const asked = rows.map((row) => read[row + 1]?.id ?? -1);
  const request = { model, runId, positions: rows, asked, top: CANDIDATES };
  const found = await inference.request('predictions', request, signal);
  const at = found.map((one) => {
    const actual = one.asked && {
      token: read[one.position + 1]?.text,
      probability: rounded(one.asked.probability),
      rank: one.asked.rank,
    };
    return { position: one.position + 1, ...actual, expected: expectedOf(one) };
  });
  return { at, ...(first > 0 && { note: `Only the last ${MOST_POSITIONS} positions.` }) };
}

function expectedOf({ candidates }: PositionPrediction): { token: string; probability: number }[] {
  return candidates.map(({ text, probability }) => ({ token: text, probability: rounded(probability) }));
}

/** Four digits: what the panel shows. */
export function rounded(value: number): number {
  return Number(value.toFixed(4));
}
