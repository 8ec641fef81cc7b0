import type { ErrorMessage } from './errors';
import type { ModelFacts } from './model';

/** The ways of training that are compared, in the order in which they are shown. */
export const TRAINING_ARMS = ['pretrained', 'scratch', 'frozen'] as const;

/**
 * `pretrained`: every weight is fine-tuned from the checkpoint. `scratch`: the same architecture from random weights.
 * `frozen`: the checkpoint's encoder stays as it is and only the classifier on top learns. All arms see the same batches
 * in the same order.
 */
export type TrainingArm = (typeof TRAINING_ARMS)[number];

/** How the hidden states of a sentence become one vector: of the first token, their mean, or of the last token. */
export type Pooling = 'first' | 'mean' | 'last';

/** Which hidden states the classifier reads: the last, or the mean of all, the embeddings included. */
export type Layers = 'last' | 'mean';

export interface TrainingOptions {
  epochs: number;
  /** Sentences a step. */
  batchSize: number;
  /** AdamW's peak rate, after the warm-up; it then falls linearly to 0. */
  learningRate: number;
  /** The classifier starts from random weights in every arm and learns this many times faster than the rest. */
  headRate: number;
  /** Of `scratch`, relative to `learningRate`: random weights want a larger one. */
  scratchRate: number;
  weightDecay: number;
  /** Part of all steps over which the rate rises linearly from 0. */
  warmup: number;
  /** Gradients are scaled so that their norm over all weights is at most this. */
  clipNorm: number;
  /** Runs of each arm. A seed sets the batches, the classifier's start and the random weights of `scratch`. */
  seeds: number;
  /** Absent: what the model's family is made for. */
  pooling?: Pooling;
  layers: Layers;
  /** The longest sentence in tokens; longer ones are cut. */
  maxTokens: number;
  arms: TrainingArm[];
}

export const TRAINING_DEFAULTS: Readonly<TrainingOptions> = {
  epochs: 10,
  batchSize: 8,
  learningRate: 3e-4,
  headRate: 1,
  scratchRate: 1,
  weightDecay: 0.01,
  warmup: 0.1,
  clipNorm: 1,
  seeds: 5,
  layers: 'last',
  maxTokens: 64,
  arms: ['pretrained', 'scratch'],
};

/** The least and the most that an option may be. */
export const TRAINING_LIMITS = {
  epochs: [1, 200],
  batchSize: [1, 64],
  learningRate: [1e-7, 1],
  headRate: [0.01, 1000],
  scratchRate: [0.01, 1000],
  weightDecay: [0, 1],
  warmup: [0, 1],
  clipNorm: [1e-3, 1e3],
  seeds: [1, 20],
  maxTokens: [4, 512],
} as const satisfies Partial<Record<keyof TrainingOptions, readonly [number, number]>>;

/** Sentences that are used at most; of a longer file a stratified, seeded sample is taken. */
export const MAX_SENTENCES = 2000;
/** Lines and bytes that a data file may have. */
export const MAX_DATA_LINES = 100_000;
export const MAX_DATA_BYTES = 16 * 2 ** 20;
/** Classes that a data set may have. */
export const MAX_CLASSES = 20;

const BUNDLED_SETS = ['small', 'large', 'agreement'] as const;
export type BundledSet = (typeof BUNDLED_SETS)[number];

export function isBundledSet(name: string): name is BundledSet {
  return (BUNDLED_SETS as readonly string[]).includes(name);
}

/** Where labelled sentences come from. */
export type TrainingSource =
  /** Bundled: 8 and 4 sentences on sentiment, 240 and 120, and 240 and 120 on the agreement of subject and verb. */
  | { kind: BundledSet }
  /** CSV, TSV or JSONL with a text and a label in each row, and, where it has one, a `split` (train or test). */
  | { kind: 'file'; path: string }
  /** Texts as classes, one sentence a line: two selections or two files, say. */
  | { kind: 'classes'; classes: { name: string; text: string }[] };

export interface LabeledSentence {
  text: string;
  /** Index into `labels`. */
  label: number;
}

export interface TrainingData {
  /** For titles; never a path. */
  name: string;
  /** Names of the classes. */
  labels: string[];
  train: LabeledSentence[];
  test: LabeledSentence[];
  /** What was done to the data, in sentences for people: duplicates left out, a sample taken ... */
  notices: string[];
}

export interface TrainingRequest {
  model: string;
  data: TrainingData;
  options: TrainingOptions;
  /** Folder to write the fine-tuned model into (arm `pretrained`, or else the first arm; its first seed). */
  saveTo?: string;
}

/** After an epoch. Epoch 0 is the state before the first step: its losses and accuracies are measured, not trained. */
export interface EpochFigures {
  epoch: number;
  /** Mean cross-entropy over the epoch's batches, as trained on; of epoch 0 over the training sentences. */
  trainLoss: number;
  trainAccuracy: number;
  testLoss: number;
  testAccuracy: number;
}

/** How far a run's hidden states and attention moved from its start, on the test sentences. */
export interface RunSimilarity {
  /**
   * By hidden state, 0 being the embeddings: linear CKA (Kornblith et al. 2019) between the states of all tokens before
   * and after: 1 = the same up to rotation and scale.
   */
  hidden: number[];
  /** By layer: mean |difference| of the attention weights, over heads, queries and keys; 0 = the same, at most 2 / keys. */
  attention: number[];
}

/** One arm with one seed. */
export interface TrainingRun {
  arm: TrainingArm;
  seed: number;
  /** From epoch 0; shorter than asked for if the run was stopped. */
  epochs: EpochFigures[];
  /** Loss of every step so far. */
  stepLosses: number[];
  /** Predicted class of each test sentence before training and after the last epoch so far. */
  before: number[];
  after: number[];
  /** Null until the run is finished. */
  similarity: RunSimilarity | null;
  /** Milliseconds, all in all. */
  runMs: number;
  finished: boolean;
}

/** A mean over seeds, with the sample standard deviation (0 for one seed). */
export interface Spread {
  mean: number;
  deviation: number;
  count: number;
}

/** An arm's epoch over the seeds that have reached it. */
export interface ArmEpoch {
  epoch: number;
  trainLoss: Spread;
  trainAccuracy: Spread;
  testLoss: Spread;
  testAccuracy: Spread;
}

export interface ArmResult {
  arm: TrainingArm;
  runs: TrainingRun[];
  epochs: ArmEpoch[];
  /** By hidden state and by layer, over the finished runs; empty until there is one. */
  hiddenSimilarity: Spread[];
  attentionDifference: Spread[];
  /** Weights that learn, and all. */
  trainable: number;
  parameters: number;
}

/** Logistic regression on the mean of the checkpoint's last hidden states: what the features hold without fine-tuning. */
export interface FeatureBaseline {
  trainAccuracy: number;
  testAccuracy: number;
  testLoss: number;
  /** Predicted class of each test sentence. */
  predicted: number[];
}

/** Test accuracy of one arm minus another's after the last epoch that both have, over the seeds that both have finished. */
export interface AccuracyGap {
  arms: [TrainingArm, TrainingArm];
  gap: number;
  /**
   * 95 % interval: percentiles of a bootstrap that draws seeds and test sentences anew, the same ones for both arms
   * (Owen 2007, the pigeonhole bootstrap).
   */
  low: number;
  high: number;
  seeds: number;
  sentences: number;
}

/** A test sentence and what became of it in each arm. */
export interface SentenceOutcome {
  text: string;
  label: number;
  arms: {
    arm: TrainingArm;
    /** Seeds, of `of`, in which it was classified rightly before and after training. */
    before: number;
    after: number;
    of: number;
  }[];
  /** Arms in which most seeds have another prediction after training than before. */
  flipped: TrainingArm[];
}

/** What may be concluded about the first gap. */
export type VerdictKind =
  /** Too few test sentences for any interval to be trusted. */
  | 'too-small'
  /** Not every run is finished. */
  | 'unfinished'
  /** Only one arm was trained. */
  | 'nothing-to-compare'
  /** The interval lies above, or below, zero. */
  | 'first-better'
  | 'second-better'
  /** The interval holds zero: wide, or within 5 points on both sides. */
  | 'inconclusive'
  | 'no-difference';

export interface Verdict {
  kind: VerdictKind;
  /** In one or two sentences, with the figures. */
  text: string;
}

/** Where a comparison is. */
export interface TrainingProgress {
  stage: 'Opening the model' | 'Tokenizing' | 'Training' | 'Measuring the features' | 'Done';
  arm: TrainingArm | null;
  /** Index of the seed, from 0. */
  seed: number | null;
  epoch: number;
  /** Steps done and all steps, over all arms and seeds. */
  step: number;
  steps: number;
  /** Of the last step; null before the first. */
  loss: number | null;
  elapsedMs: number;
}

/** Of the whole comparison. Every snapshot is complete: a view needs the newest one only. */
export interface TrainingResult {
  /** Null until the model is open. */
  model: ModelFacts | null;
  data: TrainingData;
  options: TrainingOptions;
  pooling: Pooling | null;
  arms: ArmResult[];
  baseline: FeatureBaseline | null;
  /** Of the arms' accuracies, `pretrained` against `scratch` first. */
  gaps: AccuracyGap[];
  sentences: SentenceOutcome[];
  verdict: Verdict;
  /** What the user should know: sentences cut, a loss that was no number ... The data's own notices included. */
  notices: string[];
  state: 'running' | 'finished' | 'cancelled' | 'failed';
  /** Why it failed. Everything before that is in the result. */
  error: ErrorMessage | null;
  progress: TrainingProgress;
  /** The fine-tuned model's folder, once written. */
  saved: { directory: string; arm: TrainingArm; seed: number } | null;
  createdAt: string;
}

/** A sentence as the model reads it. */
export interface EncodedSentence {
  ids: number[];
  typeIds: number[];
  label: number;
}

/** One arm with one seed, for the inference process. */
export interface TrainRunRequest {
  model: string;
  arm: TrainingArm;
  seed: number;
  options: Omit<TrainingOptions, 'arms' | 'seeds'>;
  labels: string[];
  train: EncodedSentence[];
  test: EncodedSentence[];
  saveTo?: string;
}

/** What a running `train` reports: every step, and every epoch's figures with the test predictions. */
export type TrainRunProgress =
  { step: number; loss: number } | { figures: EpochFigures; predicted: number[] };

export interface TrainRunResult {
  run: TrainingRun;
  pooling: Pooling;
  trainable: number;
  parameters: number;
}

export interface BaselineRequest {
  model: string;
  layers: Layers;
  classes: number;
  train: EncodedSentence[];
  test: EncodedSentence[];
}
