import * as l10n from '@vscode/l10n';
import { largest, normalizer } from '../numeric/softmax';
import { ProbeError } from '../shared/errors';
import type { ExpectedToken, PositionPrediction, PredictionRequest } from '../shared/predictions';
import type { TensorData } from './tensors';

const MOST_CANDIDATES = 1000;

/** Texts for ids, as the model's tokenizer spells them. */
export type NameIds = (ids: number[]) => Promise<string[]>;

/**
 * What rows of logits [positions, vocabulary] expect: softmax in double precision, the most likely tokens, the asked
 * ones, and the entropy.
 */
export async function readPredictions(
  logits: TensorData,
  { positions, asked, top }: PredictionRequest,
  name: NameIds,
): Promise<PositionPrediction[]> {
  const [rows = 0, vocabulary = 0] = logits.shape;
  if (logits.shape.length !== 2) throw new ProbeError('model', l10n.t('The model has no logits a token.'));
  if (!(Number.isInteger(top) && top >= 0 && top <= MOST_CANDIDATES)) {
    throw new ProbeError('usage', l10n.t`Ask for 0 to ${MOST_CANDIDATES} candidates.`);
  }
  const found = positions.map((position, i) => {
    if (!Number.isInteger(position) || position < 0 || position >= rows) {
      throw new ProbeError(
        'usage',
        l10n.t`The model made ${rows} predictions: there is no number ${position}.`,
      );
    }
    const row = logits.data.subarray(position * vocabulary, (position + 1) * vocabulary);
    return readRow(position, row, top, asked?.[i] ?? -1);
  });
  return naming(found, name);
}

/** Softmax and entropy of one row of logits; ranks count the tokens that are strictly more likely. */
function readRow(position: number, logits: Float32Array, top: number, asked: number): PositionPrediction {
  const { logSum, entropy } = normalizer(logits);
  const expected = (id: number): ExpectedToken => {
    const logProbability = (logits[id] as number) - logSum;
    let rank = 0;
    for (const logit of logits) if (logit > (logits[id] as number)) rank++;
    return { id, text: '', probability: Math.exp(logProbability), logProbability, rank };
  };
  return {
    position,
    entropy,
    candidates: largest(logits, top).map((id) => expected(id)),
    asked: asked >= 0 && asked < logits.length ? expected(asked) : null,
  };
}

async function naming(found: PositionPrediction[], name: NameIds): Promise<PositionPrediction[]> {
  const all = found.flatMap(({ candidates, asked }) => [...candidates, ...(asked ? [asked] : [])]);
  const ids = [...new Set(all.map(({ id }) => id))];
  const texts = await name(ids);
  const texted = new Map(ids.map((id, i) => [id, texts[i] ?? String(id)]));
  for (const token of all) token.text = texted.get(token.id) ?? String(token.id);
  return found;
}
