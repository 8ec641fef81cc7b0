import type { ModelFacts } from './model';
import type { TextSegment, Token, TokenWindow } from './tokens';

/**
 * Ways to say how much each input token matters for one prediction F:
 *
 * - `gradient-input`: the token's embedding times the gradient of F there, summed over the embedding.
 * - `integrated-gradients`: the same on the straight path from a baseline text's embeddings, averaged over the path and
 *   times the distance from the baseline (Sundararajan et al. 2017, arXiv:1703.01365).
 * - `attention-gradient`: attention weights times the gradient of F there, summed over layers, heads and queries.
 * - `occlusion`: F minus F without the token (leave one out).
 * - `attention-mean`, `attention-last`: attention from the predicting position, mean over all layers and heads, or over
 *   the last layer's heads.
 * - `attention-rollout`: attention with its residual connections, multiplied through the layers (Abnar and Zuidema 2020,
 *   arXiv:2005.00928).
 */
export type AttributionMethod =
  | 'gradient-input'
  | 'integrated-gradients'
  | 'attention-gradient'
  | 'occlusion'
  | 'attention-mean'
  | 'attention-last'
  | 'attention-rollout';

/** In the order in which they are shown. */
export const ATTRIBUTION_METHODS: readonly AttributionMethod[] = [
  'integrated-gradients',
  'gradient-input',
  'occlusion',
  'attention-gradient',
  'attention-mean',
  'attention-last',
  'attention-rollout',
];

/**
 * What is predicted: the token under a mask, the token after a position, the class of the whole text or of the token at
 * a position, or the decoder's next token.
 */
export type PredictionKind = 'masked-token' | 'next-token' | 'class' | 'token-class' | 'decoder-token';

/** One class or token that a model can predict. */
export interface Candidate {
  /** Vocabulary id, or number of the class. */
  id: number;
  /** What to show: the token's characters, or the class's name. */
  label: string;
  logit: number;
  /** Softmax of the logits. */
  probability: number;
}

/** The prediction that is explained. */
export interface Prediction {
  kind: PredictionKind;
  /**
   * Where it is made, counted from 0: in the decoder's tokens for `decoder-token`, else in the input's. A `next-token` is
   * predicted after this token. Null for the class of the whole text.
   */
  position: number | null;
  /** The class or token that is explained. */
  chosen: Candidate;
  /** The most likely ones, most likely first; `chosen` need not be among them. */
  candidates: Candidate[];
  /** F: the chosen one's logit, or the log of its probability (natural logarithm). */
  output: 'logit' | 'log-probability';
  /** F for the text as it is. */
  value: number;
}

/** One method's scores. Positive ones speak for the prediction, negative ones against it (attention has no sign). */
export interface AttributionScores {
  method: AttributionMethod;
  /** One score a token of the input. Null for tokens that the method leaves alone (see `keptTokens`). */
  input: (number | null)[];
  /** Encoder-decoders: one score a token of the decoder, the predicted one not included. */
  target?: (number | null)[];
  /** False for attention, which has no sign. */
  signed: boolean;
  runMs: number;
}

/** How exact the integral was: scores sum to `sum`, and should to F(text) - F(baseline). */
export interface Completeness {
  /** Gauss-Legendre points on the path. */
  steps: number;
  sum: number;
  /** F of the text and of the baseline. */
  value: number;
  baselineValue: number;
  /** |sum - (value - baselineValue)| / |value - baselineValue|. */
  relativeError: number;
}

/** Rank correlation of two methods' absolute scores over the tokens that both score. */
export interface RankCorrelation {
  methods: [AttributionMethod, AttributionMethod];
  /** Spearman's rho and Kendall's tau-b; null where one of them scores all tokens alike, or n < 2. */
  spearman: number | null;
  kendall: number | null;
  /** Tokens compared. */
  n: number;
}

/** What takes a token's place in the baseline text and under occlusion. */
export interface Replacement {
  /** `embedding-zero`: the zero vector, for models that have no such token; occlusion then deletes the token. */
  kind: 'mask' | 'pad' | 'unk' | 'eos' | 'embedding-zero';
  /** The token's id and spelling; absent for `embedding-zero`. */
  id?: number;
  piece?: string;
}

/** Everything about one attribution. Plain data: goes over wires and to disk as JSON. */
export interface AttributionResult {
  model: ModelFacts;
  segments: TextSegment[];
  /** The input as it was fed: for a masked token that was chosen by position the mask is in its place. */
  tokens: Token[];
  /** Encoder-decoders: the decoder's tokens up to the predicting one. */
  target?: { text: string; tokens: Token[] };
  window?: TokenWindow;
  prediction: Prediction;
  replacement: Replacement;
  /**
   * Input tokens that stay as they are in the baseline and are not left out by occlusion: special tokens and the
   * predicted position. Not compared in `correlations` either.
   */
  keptTokens: number[];
  /** In the order of ATTRIBUTION_METHODS. */
  scores: AttributionScores[];
  /** Methods that this model does not allow, and why, for people. */
  unavailable: { method: AttributionMethod; reason: string }[];
  /** Of integrated gradients; absent where they are unavailable. */
  completeness?: Completeness;
  /** Every pair of methods. */
  correlations: RankCorrelation[];
  /** Milliseconds, wall clock. */
  totalMs: number;
  /** ISO 8601. */
  createdAt: string;
}
