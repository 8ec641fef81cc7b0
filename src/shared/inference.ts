import type { AttentionLayer, HeadAddress, HeadMatrix, Overview } from './attention';
import type { ModelFacts } from './model';
import type { PositionPrediction, PredictionRequest, SpecialTokens } from './predictions';
import type { TextSegment, Token, TokenWindow } from './tokens';
import type {
  BaselineRequest,
  FeatureBaseline,
  TrainRunProgress,
  TrainRunRequest,
  TrainRunResult,
} from './training';

/** A model to open: a bundled name, a model folder, an .onnx file, or the Hub id of a downloaded model. Opening the same one again is free. */
export interface ModelRef {
  model: string;
}

/** What to feed: text, or ids where the caller has them already. */
export interface EncodeRequest extends ModelRef {
  segments?: TextSegment[];
  ids?: number[];
  /** Encoder-decoders only: the decoder's text or ids. */
  target?: string;
  targetIds?: number[];
  /**
   * What to do with a text longer than the model takes. Absent: fail with `TooLong`. `first`: the first tokens that fit.
   * A number: that window of the sliding windows, from 0.
   */
  overflow?: 'first' | number;
}

/** A model's input: tokens with offsets. The token ids are what is fed, in order. */
export interface Encoding {
  segments: TextSegment[];
  tokens: Token[];
  /** Segment ids, for models that take them. */
  typeIds: number[];
  /** The decoder's tokens, start token included; absent unless a target was asked for. */
  target?: { text: string; tokens: Token[] };
  window?: TokenWindow;
}

/** Which tensors to keep besides the attention weights. */
export type Tap = 'scores' | 'query' | 'key' | 'value' | 'hidden';

export interface RunRequest extends ModelRef {
  ids: number[];
  typeIds?: number[];
  targetIds?: number[];
  taps?: Tap[];
}

/** A tensor that stays in the inference process. */
export interface KeptTensor {
  /** Such as `encoder.0.scores`, `decoder.3.query`, `decoder.hidden.2` or `logits`. */
  name: string;
  shape: number[];
}

export interface RunSummary {
  runId: string;
  layers: AttentionLayer[];
  tensors: KeptTensor[];
  runMs: number;
}

/**
 * The requests that the inference process answers: method name -> [parameters, result]. Everything else in the program
 * talks to models through these.
 */
export interface InferenceMethods {
  /** Opens a model and says what it is. */
  open: [ModelRef, { facts: ModelFacts; openMs: number }];
  encode: [EncodeRequest, Encoding];
  /** Greedy decoding by an encoder-decoder: the decoder's ids, start token first, end token left out. */
  generate: [
    ModelRef & { ids: number[]; maxNewTokens: number },
    { ids: number[]; text: string; tokens: Token[] },
  ];
  /** Runs a model once and keeps the tensors under a new run id. */
  run: [RunRequest, RunSummary];
  /** All heads at most `side` cells wide and high. */
  overview: [{ runId: string; side: number }, Overview];
  head: [{ runId: string } & HeadAddress, HeadMatrix];
  /** The tokens that the model's tokenizer keeps for its own use. */
  specialTokens: [ModelRef, SpecialTokens];
  /** What rows of a run's logits expect; only while the run is in memory. */
  predictions: [ModelRef & { runId: string } & PredictionRequest, PositionPrediction[]];
  /** For each position by itself: the text is run with the mask in its place, and its own token asked for. */
  maskedPredictions: [
    ModelRef & Pick<RunRequest, 'ids' | 'typeIds'> & { positions: number[]; top: number },
    PositionPrediction[],
  ];
  /** A kept tensor, whole: shape and row-major values. */
  tensor: [{ runId: string; name: string }, KeptTensor & { data: Float32Array }];
  /** Trains one arm with one seed, reporting every step and epoch. */
  train: [TrainRunRequest, TrainRunResult];
  /** Logistic regression on a checkpoint's features. */
  baseline: [BaselineRequest, FeatureBaseline];
  /** Forgets a run, on disk too. */
  forget: [{ runId: string }, null];
  status: [null, { models: string[]; runs: string[]; keptBytes: number; budgetBytes: number; pid: number }];
}

export type InferenceMethod = keyof InferenceMethods;

/** What a method reports while it works; methods that are not here report nothing. */
export interface InferenceProgress {
  train: TrainRunProgress;
}

export type ProgressOf<M extends InferenceMethod> = M extends keyof InferenceProgress
  ? InferenceProgress[M]
  : never;

/**
 * How probes reach models: the same methods, wherever the engine runs. Aborting stops the computation. Reports
 * start over where the work does: its process was stopped for another's sake and the request was asked again.
 */
export interface Inference {
  request<M extends InferenceMethod>(
    method: M,
    params: InferenceMethods[M][0],
    signal?: AbortSignal,
    onProgress?: (progress: ProgressOf<M>) => void,
  ): Promise<InferenceMethods[M][1]>;
}
