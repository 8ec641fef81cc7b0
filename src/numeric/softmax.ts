/** ln Σ exp(logit), and the entropy of the softmax in nats: logSum - Σ p · logit. In double precision. */
export function normalizer(logits: ArrayLike<number>): { logSum: number; entropy: number } {
  const most = maximum(logits);
  let sum = 0;
  let weighted = 0;
  for (let i = 0; i < logits.length; i++) {
    const share = Math.exp((logits[i] as number) - most);
    sum += share;
    // 0 times an infinite distance is a token that cannot come.
    if (share > 0) weighted += share * ((logits[i] as number) - most);
  }
  return { logSum: most + Math.log(sum), entropy: Math.max(0, Math.log(sum) - weighted / sum) };
}

/**
 * exp(logit) / Σ exp(logit), in double precision; -Infinity has none of it, nor has anything where all are. A sink takes
 * its part of the sum and is left out of the result (Xiao et al. 2023).
 */
export function softmax(logits: ArrayLike<number>, sink = -Infinity): Float64Array {
  const most = Math.max(maximum(logits), sink);
  if (most === -Infinity) return new Float64Array(logits.length);
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - most));
  const sum = powers.reduce((a, b) => a + b, Math.exp(sink - most));
  return powers.map((power) => power / sum);
}

/** logit - ln Σ exp(logit), in double precision. */
export function logSoftmax(logits: ArrayLike<number>): Float64Array {
  const { logSum } = normalizer(logits);
  return Float64Array.from(logits, (logit) => logit - logSum);
}

/** Indices of the `count` largest values, largest first; of equal ones the lower index. */
export function largest(values: ArrayLike<number>, count: number): number[] {
  const best: number[] = [];
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (best.length === count && value <= (values[best.at(-1) ?? 0] as number)) continue;
    let at = best.length;
    while (at > 0 && (values[best[at - 1] as number] as number) < value) at--;
    best.splice(at, 0, index);
    if (best.length > count) best.pop();
  }
  return best;
}

function maximum(values: ArrayLike<number>): number {
  let most = -Infinity;
  for (let i = 0; i < values.length; i++) if ((values[i] as number) > most) most = values[i] as number;
  return most;
}
