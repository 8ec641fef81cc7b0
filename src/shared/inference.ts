import type { Direction, MatrixSource } from './aggregate';
import type { AttentionKind, AttentionLayer, HeadAddress, HeadMatrix, Overview } from './attention';
import type { AttributionMethods } from './attributionRequests';
import type { MeasuredSubLayer } from './block';
import type { CellAddress, CellArithmetic } from './cell';
import type { HeadDistance } from './compare';
import type { EmbeddingMethods } from './embeddings';
import type { GenerationOptions, GenerationState, GenerationStep } from './generation';
import type { HeadParts } from './headParts';
import type { HeadTable, SimilarHead } from './metrics';
import type { ModelFacts } from './model';
import type { ProviderUse } from './provider';
import type { PositionPrediction, PredictionRequest, SpecialTokens } from './predictions';
import type { StateGeometry, StatesRequest } from './states';
import type { TaskFacts } from './tasks';
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

/** Which tensors to keep besides the attention weights. `head`: what a task's head reads, [width] or [tokens, width]. */
export type Tap = 'scores' | 'query' | 'key' | 'value' | 'hidden' | 'head';

/** What a run was fed. */
export interface RunInput extends ModelRef {
  ids: number[];
  typeIds?: number[];
  targetIds?: number[];
}

export interface RunRequest extends RunInput {
  taps?: Tap[];
}

/** A tensor that stays in the inference process. */
export interface KeptTensor {
  /** Such as `encoder.0.scores`, `decoder.3.query`, `decoder.hidden.2`, `head` or `logits`. */
  name: string;
  shape: number[];
}

export interface RunSummary {
  runId: string;
  layers: AttentionLayer[];
  tensors: KeptTensor[];
  runMs: number;
  /** What computed it. */
  provider: ProviderUse;
}

/** Which positions make a row or column of a matrix; those that none names are left out. */
export interface TokenGroup {
  tokens: number[];
}

/** How a matrix is cut: the host has made groups of what is shown, see `Shaping`. */
export interface Cut {
  queries: TokenGroup[];
  keys: TokenGroup[];
  renormalize: boolean;
  threshold: number;
}

/** What measures need to know of the tokens on one axis. */
export interface AxisFacts {
  ids: number[];
  special: boolean[];
}

export interface InferenceStatus {
  models: string[];
  runs: string[];
  keptBytes: number;
  budgetBytes: number;
  pid: number;
  /** Bytes of memory that the process has now, and had at most since it started. */
  residentBytes: number;
  peakBytes: number;
}

/**
 * The requests that the inference process answers: method name -> [parameters, result]. Everything else in the program
 * talks to models through these.
 */
export interface InferenceMethods extends AttributionMethods, EmbeddingMethods {
  /** Opens a model and says what it is. */
  open: [ModelRef, { facts: ModelFacts; openMs: number }];
  encode: [EncodeRequest, Encoding];
  /**
   * One more token (beam search: one in every hypothesis): after `ids` by a decoder, or of the target by an encoder-decoder.
   * `state` is the answer before; null to begin. `ends`: other end tokens than the model's own.
   */
  generate: [
    ModelRef & { ids: number[]; options: GenerationOptions; state: GenerationState | null; ends?: number[] },
    GenerationState,
  ];
  /**
   * What the model expected at each step of a generation, from the finished run's logits: `ids` were chosen after row
   * `first` - 1 of the decoder's axis, `end` after them; only while the run is in memory.
   */
  generationSteps: [
    ModelRef & {
      runId: string;
      options: GenerationOptions;
      first: number;
      ids: number[];
      end: number | null;
    },
    GenerationStep[],
  ];
  /** The ids that the decoder of an encoder-decoder starts with; none where the model has no decoder of its own. */
  decoderStart: [ModelRef, number[]];
  /** SHA-256 of the files that hold a model's weights, by file name. */
  fingerprint: [ModelRef, Record<string, string>];
  /** What ids spell, and where each stands in that. */
  spell: [ModelRef & { ids: number[] }, { text: string; tokens: Token[] }];
  /** Runs a model once and keeps the tensors under a new run id. */
  run: [RunRequest, RunSummary];
  /** All heads at most `side` cells wide and high. */
  overview: [{ runId: string; side: number }, Overview];
  head: [{ runId: string } & HeadAddress, HeadMatrix];
  /** The tokens that the model's tokenizer keeps for its own use. */
  specialTokens: [ModelRef, SpecialTokens];
  /** What config.json says of a model's task: its class and its labels. */
  taskFacts: [ModelRef, TaskFacts];
  /** What rows of a run's logits expect; only while the run is in memory. */
  predictions: [ModelRef & { runId: string } & PredictionRequest, PositionPrediction[]];
  /** For each position by itself: the text is run with the mask in its place, and its own token asked for. */
  maskedPredictions: [
    ModelRef & Pick<RunRequest, 'ids' | 'typeIds'> & { positions: number[]; top: number },
    PositionPrediction[],
  ];
  /** A head or aggregate: `weights[row * columns + column]`. */
  matrix: [
    { runId: string; source: MatrixSource } & Cut,
    { rows: number; columns: number; weights: Float32Array },
  ];
  /** One row or column of the cut matrix of every head: [heads, groups of the other axis], and over all heads. */
  profile: [
    { runId: string; kind: AttentionKind; direction: Direction; item: number } & Cut,
    { heads: HeadAddress[]; weights: Float32Array; mean: Float32Array; max: Float32Array },
  ];
  /** Positions of the keys that are sinks of a kind of attention; see `SINK`. */
  sinks: [{ runId: string; kind: AttentionKind }, number[]];
  /** The head of a kind to show first; `queries` and `keys` are the positions of ordinary tokens. See `OPENING_RULE`. */
  openingHead: [
    { runId: string; kind: AttentionKind; queries: number[]; keys: number[] },
    HeadAddress | null,
  ];
  headMetrics: [
    { runId: string; axes: Partial<Record<AttentionKind, { queries: AxisFacts; keys: AxisFacts }>> },
    HeadTable,
  ];
  similarHeads: [{ runId: string; count: number } & HeadAddress, SimilarHead[]];
  /** Mean of A[q, q - offset] over the queries from `first` up to `end`, of every head of a kind. */
  offsetMeans: [
    { runId: string; kind: AttentionKind; offsets: number[]; first: number; end: number },
    (HeadAddress & { means: number[] })[],
  ];
  /** How far the heads of two runs are apart, where shapes agree. */
  headDistances: [{ runId: string; other: string; kind: AttentionKind }, HeadDistance[]];
  /** The arithmetic behind one weight; runs the model again where its queries and keys were not kept. */
  cell: [{ runId: string } & CellAddress, CellArithmetic];
  /** Norms, similarities and pooled vectors of a run's hidden states; only while the run is in memory. */
  stateGeometry: [StatesRequest, StateGeometry];
  /** What one head of self-attention (the encoder's, where there is one) computes from. */
  headParts: [RunInput & Pick<HeadAddress, 'layer' | 'head'>, HeadParts];
  /** A kept tensor, whole: shape and row-major values. */
  tensor: [{ runId: string; name: string }, KeptTensor & { data: Float32Array }];
  /** What attention and feed-forward networks add to the residual stream, in the graphs' order. */
  subLayers: [RunInput, MeasuredSubLayer[]];
  /** Trains one arm with one seed, reporting every step and epoch. */
  train: [TrainRunRequest, TrainRunResult];
  /** Logistic regression on a checkpoint's features. */
  baseline: [BaselineRequest, FeatureBaseline];
  /** Forgets a run, on disk too. */
  forget: [{ runId: string }, null];
  status: [null, InferenceStatus];
}

export type InferenceMethod = keyof InferenceMethods;

/** How many of the layers that a matrix is made from have been read. */
export interface LayerProgress {
  done: number;
  of: number;
}

/** What a method reports while it works; methods that are not here report nothing. */
export interface InferenceProgress {
  matrix: LayerProgress;
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
