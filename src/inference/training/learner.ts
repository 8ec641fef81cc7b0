import { POOLED } from '../../onnx/classifier/head';
import type { EncodedSentence, RunSimilarity } from '../../shared/training';
import type { SeededRandom } from '../../shared/random';
import type { Learned } from './adamw';
import { batchesOf, padded, randomOf } from './batches';
import { classify, headGradients, logitsOf, newHead } from './head';
import type { Head } from './head';
import { compareStates, readStates } from './states';
import type { Parameter, PreparedModel, Weights } from './prepared';

/** Sentences of one forward run when nothing is learned. */
const EVALUATION_BATCH = 32;

export interface Outcome {
  loss: number;
  predicted: number[];
}

/** One arm's model with its classifier, while it learns. */
export interface Learner {
  /** The encoder's weights as they are now. */
  readonly weights: Weights;
  readonly head: Head;
  /** What the optimizer changes; gradients come in this order. */
  readonly learned: Learned[];
  step(batch: readonly EncodedSentence[]): Promise<Outcome & { gradients: Float32Array[] }>;
  predict(sentences: readonly EncodedSentence[]): Promise<Outcome>;
  /** How far its states on these sentences have moved since it was made. */
  moved(): Promise<RunSimilarity>;
}

export interface LearnerOptions {
  seed: number;
  classes: number;
  headRate: number;
  /** Sentences whose states are compared before and after. */
  watched: readonly EncodedSentence[];
}

/** Every weight learns, from the checkpoint's values or from random ones. */
export async function wholeLearner(
  prepared: PreparedModel,
  start: 'pretrained' | 'scratch',
  { seed, classes, headRate, watched }: LearnerOptions,
  initializerRange: number,
): Promise<Learner> {
  const random = randomOf(seed, 'weights');
  const weights = prepared.facts.parameters.map((parameter) =>
    start === 'scratch' ? randomWeights(parameter, initializerRange, random) : parameter.values.slice(),
  );
  const head = newHead(prepared.width, classes, randomOf(seed, 'head'));
  const before = await readStates(prepared, weights, watched);
  return {
    weights,
    head,
    learned: [
      ...weights.map((values, i) => ({ values, rate: 1, decays: isMatrix(prepared.facts.parameters[i]) })),
      ...headLearned(head, headRate),
    ],
    step: async (batch) => {
      const labels = batch.map(({ label }) => label);
      const made = await prepared.backward(padded(batch, prepared.facts.padId), weights, head, labels);
      const { predicted } = classify(made.logits, labels);
      return { loss: made.loss, predicted, gradients: made.gradients };
    },
    predict: (sentences) => predictWith(prepared, weights, head, sentences),
    moved: async () => compareStates(before, await readStates(prepared, weights, watched)),
  };
}

/** Only the classifier learns, so that every sentence goes through the encoder once. */
export async function frozenLearner(
  prepared: PreparedModel,
  { seed, classes, headRate }: Omit<LearnerOptions, 'watched'>,
): Promise<Learner> {
  const weights = prepared.startWeights;
  const head = newHead(prepared.width, classes, randomOf(seed, 'head'));
  const known = new Map<EncodedSentence, Float32Array>();
  const featuresOf = async (sentences: readonly EncodedSentence[]) => {
    const missing = sentences.filter((sentence) => !known.has(sentence));
    const made = await pooledFeatures(prepared, weights, missing);
    missing.forEach((sentence, i) => known.set(sentence, made[i] as Float32Array));
    return joined(sentences.map((sentence) => known.get(sentence) as Float32Array));
  };
  const outcome = async (sentences: readonly EncodedSentence[]) => {
    const features = await featuresOf(sentences);
    const labels = sentences.map(({ label }) => label);
    return { features, ...classify(logitsOf(head, features), labels) };
  };
  return {
    weights,
    head,
    learned: headLearned(head, headRate),
    step: async (batch) => {
      const { features, gradient, loss, predicted } = await outcome(batch);
      const { weight, bias } = headGradients(features, gradient, classes);
      return { loss, predicted, gradients: [weight, bias] };
    },
    predict: async (sentences) => {
      const { loss, predicted } = await outcome(sentences);
      return { loss, predicted };
    },
    // Nothing of the encoder learns: every state is what it was.
    moved: async () => ({
      hidden: prepared.facts.hidden.map(() => 1),
      attention: prepared.facts.attention.map(() => 0),
    }),
  };
}

/** One vector a sentence. */
export async function pooledFeatures(
  prepared: PreparedModel,
  weights: Weights,
  sentences: readonly EncodedSentence[],
): Promise<Float32Array[]> {
  const features: Float32Array[] = [];
  for (const batch of batchesOf(sentences, EVALUATION_BATCH)) {
    const pooled = (await prepared.forward(padded(batch, prepared.facts.padId), weights))[POOLED];
    const values = pooled?.data as Float32Array;
    for (let i = 0; i < batch.length; i++) {
      features.push(values.slice(i * prepared.width, (i + 1) * prepared.width));
    }
  }
  return features;
}

async function predictWith(
  prepared: PreparedModel,
  weights: Weights,
  head: Head,
  sentences: readonly EncodedSentence[],
): Promise<Outcome> {
  const features = await pooledFeatures(prepared, weights, sentences);
  const labels = sentences.map(({ label }) => label);
  return classify(logitsOf(head, joined(features)), labels);
}

function joined(rows: readonly Float32Array[]): Float32Array {
  const width = rows[0]?.length ?? 0;
  const all = new Float32Array(rows.length * width);
  rows.forEach((row, i) => all.set(row, i * width));
  return all;
}

function headLearned({ weight, bias }: Head, rate: number): Learned[] {
  return [
    { values: weight, rate, decays: true },
    { values: bias, rate, decays: false },
  ];
}

function isMatrix(parameter: Parameter | undefined): boolean {
  return parameter?.start === 'normal';
}

/** As the Hugging Face classes start: matrices normal(0, initializer_range), biases 0, scales of norms 1. */
function randomWeights({ values, start }: Parameter, range: number, random: SeededRandom): Float32Array {
  switch (start) {
    case 'normal':
      return Float32Array.from(values, () => range * random.normal());
    case 'ones':
      return new Float32Array(values.length).fill(1);
    case 'zeros':
      return new Float32Array(values.length);
  }
}
