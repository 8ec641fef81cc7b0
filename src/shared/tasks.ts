import type { AttributionResult } from './attribution';
import type { Token } from './tokens';

/** What a head on top of a transformer does with the hidden states. */
export const TASKS = ['classification', 'token-classification', 'question-answering', 'embeddings'] as const;
export type Task = (typeof TASKS)[number];

/** From logits to scores: softmax over the labels, sigmoid of each, or the logits themselves (regression). */
export type ScoreFunction = 'softmax' | 'sigmoid' | 'none';

/** What a model's config.json says of its task. */
export interface TaskFacts {
  /** Class names, such as `BertForTokenClassification`. */
  architectures: string[];
  /** Class number -> name, as far as `id2label` has them. */
  labels: Record<number, string>;
  /** Null where `problem_type` does not say. */
  scores: ScoreFunction | null;
}

/** One label's score. */
export interface LabelScore {
  id: number;
  label: string;
  logit: number;
  /** By the model's ScoreFunction. */
  score: number;
}

/** A vector of a model, with a name for people. */
export interface NamedVector {
  name: string;
  values: number[];
}

/** A text by itself: what the head says of it and what the head saw. */
export interface ClassifiedText {
  text: string;
  /** The most likely label. */
  best: LabelScore;
  vector: number[];
}

export interface Classification {
  task: 'classification';
  scores: ScoreFunction;
  /** The most likely first. */
  labels: LabelScore[];
  /** What the head's last layer read; null where it is not to be found in the graph. */
  vector: number[] | null;
  /** Sentences of the text by themselves; empty for one sentence. */
  sentences: ClassifiedText[];
  /** Which tokens moved a label; null where it was not asked for. */
  moved: AttributionResult | null;
}

/** How tokens are joined to entities; the strategies of the transformers library. */
export type Aggregation = 'simple' | 'first' | 'average' | 'max';

export interface TaggedToken {
  /** Position in the input. */
  index: number;
  /** The most likely first. */
  labels: LabelScore[];
}

export interface Entity {
  /** Without `B-` or `I-`. */
  label: string;
  /** Mean of its tokens' (or words') scores. */
  score: number;
  /** The text that it covers. */
  text: string;
  segment: number;
  start: number;
  end: number;
}

export interface Tagging {
  task: 'token-classification';
  aggregation: Aggregation;
  /** All but special tokens. */
  tokens: TaggedToken[];
  entities: Entity[];
}

/** A possible answer: tokens `from` to `to`, both inside. */
export interface AnswerSpan {
  from: number;
  to: number;
  text: string;
  /** Softmax of the start times softmax of the end. */
  score: number;
}

export interface Answering {
  task: 'question-answering';
  question: string;
  /** By token: softmax over the text's tokens and [CLS]; null for tokens that no answer may use. */
  start: (number | null)[];
  end: (number | null)[];
  startLogits: number[];
  endLogits: number[];
  /** The most likely first; no answer ends before it starts or is longer than allowed. */
  spans: AnswerSpan[];
  /** Start times end at [CLS]: that the text has no answer; null for models without that token. */
  impossible: number | null;
}

export const POOLINGS = ['mean', 'first', 'last', 'own'] as const;
/** Mean of all tokens; first or last token; the model's own pooled output. */
export type SentencePooling = (typeof POOLINGS)[number];

export interface Embeddings {
  task: 'embeddings';
  pooling: SentencePooling;
  normalized: boolean;
  /** One a sentence; of length 1 where `normalized`. */
  vectors: NamedVector[];
  /** Lengths before that. */
  norms: number[];
  /** Dot products of every two vectors, row by row: cosines where `normalized`. */
  similarity: number[];
}

export type TaskReading = Classification | Tagging | Answering | Embeddings;

/** What the probe "Tasks on Top" finds. */
export interface TasksResult {
  model: string;
  name: string;
  architecture: string | null;
  /** Names and shapes of the graph's outputs for this text. */
  outputs: { name: string; shape: number[] }[];
  /** The task that the model has a head for; null for none. */
  head: Exclude<Task, 'embeddings'> | null;
  /** False where the user chose the task. */
  isDetected: boolean;
  /** The text as it was fed. */
  tokens: Token[];
  /** Tokens of the whole text where only the first were read. */
  cutFrom: number | null;
  reading: TaskReading;
}
