import type { InferenceMethod, InferenceMethods } from '../shared/inference';
import type { Provider } from '../shared/provider';

/** What the inference process is told when it starts, as JSON in its first argument. */
export interface ProcessOptions {
  /** Folder of the bundled models. */
  bundledDir: string;
  /** Folder of the downloaded models; only bundled models and paths are opened if absent. */
  cacheDir?: string;
  /** File of the display language's messages; English if absent. */
  messagesFile?: string;
  /** Folder for the results' files; results live in memory only if absent. */
  resultsDir?: string;
  /** Bytes of result tensors that may stay in memory, and the most that one run may take. */
  memoryBudgetBytes: number;
  /** Bytes of result files that may stay on disk; 2 GiB if absent. */
  diskBudgetBytes?: number;
  /** Threads of one operator; ONNX Runtime's choice if absent. */
  threads?: number;
  /** What is to compute the runs of models; the CPU if absent. Gradients and training are computed by the CPU. */
  provider?: Provider;
}

/** What the inference process answers: the engine's methods, and whether it is done with what it was computing. */
export type ProcessMethods = InferenceMethods & {
  /** Answered once nothing computes, so that a client learns whether a cancelled request has stopped. */
  settled: [null, null];
};

/** Requests that compute. The rest reads what is there, and is asked again when the process was restarted. */
export const COMPUTING: ReadonlySet<InferenceMethod> = new Set([
  'open',
  'encode',
  'generate',
  'generationSteps',
  'decoderStart',
  'fingerprint',
  'spell',
  'run',
  'subLayers',
  'train',
  'baseline',
  'specialTokens',
  'taskFacts',
  'predictions',
  'maskedPredictions',
  'cell',
  'headParts',
  'tokenize',
  'firstLayer',
  'neighbors',
  'projection',
  'pooled',
  'predictionFacts',
  'predict',
  'outputsOf',
  'pathGradients',
  'attentionGradients',
  'attentionRows',
] as const);
