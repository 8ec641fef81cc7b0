/** A tensor that learns. `values` are changed in place. */
export interface Learned {
  values: Float32Array;
  /** Multiplies the learning rate. */
  rate: number;
  /** Whether weight decay applies: to matrices, not to biases and norms. */
  decays: boolean;
}

interface Moments {
  first: Float32Array;
  second: Float32Array;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;
/** As in torch.nn.utils.clip_grad_norm_. */
const CLIP_EPSILON = 1e-6;

/**
 * AdamW (Loshchilov and Hutter 2019), as torch.optim.AdamW computes it, with t counted from 1:
 * p <- p (1 - rate decay); m <- b1 m + (1 - b1) g; v <- b2 v + (1 - b2) g^2;
 * p <- p - rate m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps).
 */
export class AdamW {
  private readonly moments: Moments[];
  private steps = 0;

  constructor(
    private readonly learned: readonly Learned[],
    private readonly weightDecay: number,
  ) {
    this.moments = learned.map(({ values }) => ({
      first: new Float32Array(values.length),
      second: new Float32Array(values.length),
    }));
  }

  /** One step. `gradients` go with `learned`; each is multiplied by `scale` first. */
  step(gradients: readonly Float32Array[], learningRate: number, scale = 1): void {
    this.steps++;
    const firstCorrection = 1 - BETA1 ** this.steps;
    const secondCorrection = Math.sqrt(1 - BETA2 ** this.steps);
    for (const [i, { values, rate, decays }] of this.learned.entries()) {
      const { first, second } = this.moments[i] as Moments;
      const kept = decays ? 1 - learningRate * rate * this.weightDecay : 1;
      const size = (learningRate * rate) / firstCorrection;
      const gradient = gradients[i] as Float32Array;
      update(values, gradient, first, second, { scale, kept, size, secondCorrection });
    }
  }
}

interface Update {
  scale: number;
  kept: number;
  size: number;
  secondCorrection: number;
}

function update(
  values: Float32Array,
  gradient: Float32Array,
  first: Float32Array,
  second: Float32Array,
  { scale, kept, size, secondCorrection }: Update,
): void {
  for (let j = 0; j < values.length; j++) {
    const g = (gradient[j] as number) * scale;
    // Most rows of an embedding matrix have never had a gradient: nothing but decay happens to them.
    if (g === 0 && first[j] === 0) {
      values[j] = kept * (values[j] as number);
      second[j] = BETA2 * (second[j] as number);
      continue;
    }
    const m = BETA1 * (first[j] as number) + (1 - BETA1) * g;
    const v = BETA2 * (second[j] as number) + (1 - BETA2) * g * g;
    first[j] = m;
    second[j] = v;
    values[j] = kept * (values[j] as number) - (size * m) / (Math.sqrt(v) / secondCorrection + EPSILON);
  }
}

/** Euclidean norm over all gradients. */
export function globalNorm(gradients: readonly Float32Array[]): number {
  let sum = 0;
  for (const gradient of gradients) {
    for (let i = 0; i < gradient.length; i++) sum += (gradient[i] as number) * (gradient[i] as number);
  }
  return Math.sqrt(sum);
}

/** What gradients of this norm are multiplied by so that their norm is at most `limit`. */
export function clipScale(norm: number, limit: number): number {
  return Math.min(1, limit / (norm + CLIP_EPSILON));
}

/**
 * The learning rate of step t = 1 ... n: rising linearly to the peak over the first w steps (`warmup` of all), then
 * falling linearly: peak t / w, then peak (n - t + 1) / (n - w). No step has a rate of 0.
 */
export function scheduledRate(peak: number, step: number, steps: number, warmup: number): number {
  const rising = Math.min(steps - 1, Math.round(warmup * steps));
  return step <= rising ? (peak * step) / rising : (peak * (steps - step + 1)) / (steps - rising);
}
