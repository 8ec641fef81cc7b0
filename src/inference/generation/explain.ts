import * as l10n from '@vscode/l10n';
import { largest, logSoftmax } from '../../numeric/softmax';
import { ProbeError } from '../../shared/errors';
import type { Candidate, GenerationOptions, GenerationStep } from '../../shared/generation';
import type { NameIds } from '../predictions';
import type { TensorData } from '../tensors';
import { filtered } from './distribution';

/** Candidates that a step shows. */
const SHOWN = 10;

/** One row of a finished run's logits, and the token that was chosen after it. */
interface StepLogits {
  query: number;
  logits: Float32Array;
  chosen: number;
  isEnd: boolean;
}

/**
 * What the model expected at one step. The finished run's logits are those that the step had: causal attention does not
 * change when text is added.
 */
function explainStep(
  { query, logits, chosen, isEnd }: StepLogits,
  options: GenerationOptions,
  textOf: (id: number) => string,
): GenerationStep {
  const logs = logSoftmax(logits);
  const drawn = options.method === 'sample' ? filtered(logs, options) : logs.map(Math.exp);
  const candidate = (id: number): Candidate => ({
    id,
    text: textOf(id),
    logProbability: logs[id] as number,
    probability: Math.exp(logs[id] as number),
    filtered: drawn[id] as number,
  });
  const best = largest(logs, SHOWN);
  return {
    query,
    position: isEnd ? null : query + 1,
    chosen: candidate(chosen),
    rank: logs.reduce((rank, value) => rank + (value > (logs[chosen] as number) ? 1 : 0), 0),
    candidates: [...best, ...(best.includes(chosen) ? [] : [chosen])].map(candidate),
    entropy: -logs.reduce((sum, value) => (value === -Infinity ? sum : sum + Math.exp(value) * value), 0),
    kept: drawn.reduce((count, value) => count + (value > 0 ? 1 : 0), 0),
  };
}

/** The steps that led to `ids` and `end`, from a run's logits [positions, vocabulary]. */
export async function explainSteps(
  { shape, data }: TensorData,
  {
    options,
    first,
    ids,
    end,
  }: { options: GenerationOptions; first: number; ids: number[]; end: number | null },
  name: NameIds,
): Promise<GenerationStep[]> {
  const [rows = 0, vocabulary = 0] = shape;
  const chosen = end === null ? ids : [...ids, end];
  if (first < 1 || first - 1 + chosen.length > rows) {
    throw new ProbeError('usage', l10n.t('The request names tokens that this result does not have.'));
  }
  const steps = chosen.map((id, step): StepLogits => {
    const query = first - 1 + step;
    const logits = data.subarray(query * vocabulary, (query + 1) * vocabulary);
    return { query, logits, chosen: id, isEnd: step === ids.length };
  });
  const shown = [...new Set(steps.flatMap(({ logits, chosen: id }) => [...largest(logits, SHOWN), id]))];
  const texts = await name(shown);
  const byId = new Map(shown.map((id, i) => [id, texts[i] ?? String(id)]));
  return steps.map((step) => explainStep(step, options, (id) => byId.get(id) ?? String(id)));
}
