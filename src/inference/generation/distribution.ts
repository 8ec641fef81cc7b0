import { largest, softmax } from '../../numeric/softmax';
import type { GenerationOptions } from '../../shared/generation';

export type Filters = Pick<GenerationOptions, 'temperature' | 'topK' | 'topP'>;

/**
 * The distribution that is drawn from: temperature, then the k most likely tokens, then the fewest of these whose
 * probabilities sum to at least p; renormalized. At least one token stays.
 */
export function filtered(logProbabilities: Float64Array, { temperature, topK, topP }: Filters): Float64Array {
  const scores = logProbabilities.map((value) => value / temperature);
  const kept = topK > 0 ? largest(scores, topK) : [...scores.keys()];
  const probabilities = new Float64Array(scores.length);
  const shares = softmax(kept.map((id) => scores[id] as number));
  kept.forEach((id, i) => (probabilities[id] = shares[i] as number));
  if (topP >= 1) return probabilities;
  const order = kept.sort((a, b) => (probabilities[b] as number) - (probabilities[a] as number) || a - b);
  let sum = 0;
  const nucleus = order.filter((id, place) => {
    const before = sum;
    sum += probabilities[id] as number;
    return place === 0 || before < topP;
  });
  const mass = nucleus.reduce((total, id) => total + (probabilities[id] as number), 0);
  const out = new Float64Array(scores.length);
  for (const id of nucleus) out[id] = (probabilities[id] as number) / mass;
  return out;
}

/** The token at `point` of [0, 1) when probabilities are laid end to end. */
export function tokenAt(probabilities: Float64Array, point: number): number {
  let sum = 0;
  let last = 0;
  for (let id = 0; id < probabilities.length; id++) {
    const probability = probabilities[id] as number;
    if (probability === 0) continue;
    last = id;
    sum += probability;
    if (point < sum) return id;
  }
  // Rounding may leave the sum a little below 1.
  return last;
}
