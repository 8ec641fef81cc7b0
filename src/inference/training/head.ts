import type { SeededRandom } from '../../shared/random';

/** A linear classifier: logits = x weight + bias. */
export interface Head {
  /** [width, classes], row-major. */
  weight: Float32Array;
  bias: Float32Array;
}

/** Standard deviation of a new classifier's weights, as Hugging Face models have it. */
const HEAD_DEVIATION = 0.02;

export function newHead(width: number, classes: number, random: SeededRandom): Head {
  const weight = Float32Array.from({ length: width * classes }, () => HEAD_DEVIATION * random.normal());
  return { weight, bias: new Float32Array(classes) };
}

/** Logits [rows, classes] of features [rows, width]. */
export function logitsOf({ weight, bias }: Head, features: Float32Array): Float64Array {
  const classes = bias.length;
  const width = weight.length / classes;
  const rows = features.length / width;
  const logits = new Float64Array(rows * classes);
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < classes; c++) {
      let sum = bias[c] as number;
      for (let i = 0; i < width; i++) {
        sum += (features[row * width + i] as number) * (weight[i * classes + c] as number);
      }
      logits[row * classes + c] = sum;
    }
  }
  return logits;
}

export interface Classified {
  /** Mean cross-entropy: -log softmax(logits)[label]. */
  loss: number;
  /** Index of the largest logit of each row. */
  predicted: number[];
  /** d loss / d logits: (softmax - one-hot) / rows. */
  gradient: Float32Array;
}

/** Cross-entropy of logits [rows, classes] with the rows' labels. */
export function classify(logits: ArrayLike<number>, labels: readonly number[]): Classified {
  const rows = labels.length;
  const classes = logits.length / rows;
  const gradient = new Float32Array(logits.length);
  const predicted: number[] = [];
  let loss = 0;
  for (let row = 0; row < rows; row++) {
    const at = row * classes;
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if ((logits[at + c] as number) > (logits[at + best] as number)) best = c;
    }
    let sum = 0;
    const top = logits[at + best] as number;
    for (let c = 0; c < classes; c++) sum += Math.exp((logits[at + c] as number) - top);
    const label = labels[row] as number;
    loss += (top + Math.log(sum) - (logits[at + label] as number)) / rows;
    for (let c = 0; c < classes; c++) {
      const share = Math.exp((logits[at + c] as number) - top) / sum;
      gradient[at + c] = (share - (c === label ? 1 : 0)) / rows;
    }
    predicted.push(best);
  }
  return { loss, predicted, gradient };
}

/** d loss / d weight = features^T gradient, d loss / d bias = its columns' sums. */
export function headGradients(features: Float32Array, gradient: Float32Array, classes: number): Head {
  const rows = gradient.length / classes;
  const width = features.length / rows;
  const weight = new Float32Array(width * classes);
  const bias = new Float32Array(classes);
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < classes; c++) {
      const g = gradient[row * classes + c] as number;
      (bias[c] as number) += g;
      for (let i = 0; i < width; i++) {
        (weight[i * classes + c] as number) += g * (features[row * width + i] as number);
      }
    }
  }
  return { weight, bias };
}
