import type { EncodedSentence, FeatureBaseline } from '../../shared/training';
import { classify, headGradients, logitsOf } from './head';
import type { Head } from './head';
import { pooledFeatures } from './learner';
import type { PreparedModel } from './prepared';

/** Strength of the L2 penalty, as scikit-learn's LogisticRegression has it by default (C = 1). */
const PENALTY = 1;
const ITERATIONS = 500;

/**
 * Logistic regression on features: the classifier that minimizes sum(cross-entropy) + |weight|^2 / 2, features
 * standardized by the training sentences' means and deviations. Strictly convex, so there is one answer; found by
 * Nesterov's accelerated gradient with the step 1 / L, L = largest eigenvalue of X^T X / 2 + 1 a bound on the curvature.
 */
export function fitLogistic(features: Float32Array, labels: readonly number[], classes: number): Head {
  const rows = labels.length;
  const width = features.length / rows;
  const step = 1 / (largestEigenvalue(features, rows, width) / 2 + rows / 2 + PENALTY);
  let current = zeroHead(width, classes);
  let ahead = current;
  let momentum = 1;
  for (let i = 0; i < ITERATIONS; i++) {
    const { gradient } = classify(logitsOf(ahead, features), labels);
    const { weight, bias } = headGradients(features, gradient, classes);
    const next = {
      weight: ahead.weight.map((w, j) => w - step * (rows * (weight[j] as number) + PENALTY * w)),
      bias: ahead.bias.map((b, j) => b - step * rows * (bias[j] as number)),
    };
    const nextMomentum = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
    ahead = beyond(next, current, (momentum - 1) / nextMomentum);
    [current, momentum] = [next, nextMomentum];
  }
  return current;
}

/** Logistic regression on the pooled features of a checkpoint. */
export async function measureBaseline(
  prepared: PreparedModel,
  train: readonly EncodedSentence[],
  test: readonly EncodedSentence[],
  classes: number,
): Promise<FeatureBaseline> {
  const weights = prepared.startWeights;
  const [known, asked] = [
    await pooledFeatures(prepared, weights, train),
    await pooledFeatures(prepared, weights, test),
  ];
  const scale = standardizer(known);
  const head = fitLogistic(scale(known), labelsOf(train), classes);
  const figures = (rows: Float32Array[], sentences: readonly EncodedSentence[]) => {
    const labels = labelsOf(sentences);
    const { loss, predicted } = classify(logitsOf(head, scale(rows)), labels);
    const right = predicted.filter((label, i) => label === labels[i]).length;
    return { loss, predicted, accuracy: right / labels.length };
  };
  const tested = figures(asked, test);
  return {
    trainAccuracy: figures(known, train).accuracy,
    testAccuracy: tested.accuracy,
    testLoss: tested.loss,
    predicted: tested.predicted,
  };
}

function labelsOf(sentences: readonly EncodedSentence[]): number[] {
  return sentences.map(({ label }) => label);
}

/** Takes the columns' means away and divides by their deviations, both of `rows`; columns that are constant become 0. */
function standardizer(rows: readonly Float32Array[]): (rows: readonly Float32Array[]) => Float32Array {
  const width = rows[0]?.length ?? 0;
  const means = new Float64Array(width);
  const variances = new Float64Array(width);
  for (const row of rows) row.forEach((x, i) => ((means[i] as number) += x / rows.length));
  for (const row of rows) {
    row.forEach((x, i) => ((variances[i] as number) += (x - (means[i] as number)) ** 2 / rows.length));
  }
  const scales = variances.map((variance) => (variance > 1e-12 ? 1 / Math.sqrt(variance) : 0));
  return (given) => {
    const all = new Float32Array(given.length * width);
    given.forEach((row, r) =>
      row.forEach((x, i) => (all[r * width + i] = (x - (means[i] as number)) * (scales[i] as number))),
    );
    return all;
  };
}

/** Of X^T X, by power iteration, with 5 % to be safe. */
function largestEigenvalue(features: Float32Array, rows: number, width: number): number {
  let vector = new Float64Array(width).fill(1 / Math.sqrt(width));
  let value = 0;
  for (let i = 0; i < 50; i++) {
    const next = new Float64Array(width);
    for (let row = 0; row < rows; row++) {
      const at = row * width;
      let dot = 0;
      for (let c = 0; c < width; c++) dot += (features[at + c] as number) * (vector[c] as number);
      for (let c = 0; c < width; c++) (next[c] as number) += dot * (features[at + c] as number);
    }
    value = Math.sqrt(next.reduce((sum, x) => sum + x * x, 0));
    if (value === 0) return 0;
    vector = next.map((x) => x / value);
  }
  return 1.05 * value;
}

function zeroHead(width: number, classes: number): Head {
  return { weight: new Float32Array(width * classes), bias: new Float32Array(classes) };
}

function beyond(next: Head, last: Head, factor: number): Head {
  const extend = (a: Float32Array, b: Float32Array) => a.map((x, i) => x + factor * (x - (b[i] as number)));
  return { weight: extend(next.weight, last.weight), bias: extend(next.bias, last.bias) };
}
