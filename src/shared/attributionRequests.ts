import type { Candidate, PredictionKind } from './attribution';
import type { SpecialTokens } from './predictions';

/** What is fed to a model; as in RunRequest. */
export interface FedText {
  model: string;
  ids: number[];
  typeIds?: number[];
  targetIds?: number[];
}

/** A prediction F of one class or token; see `Prediction`. */
export interface ExplainedOutput {
  /** Null for the class of the whole text. */
  position: number | null;
  /** Id of the token or class. */
  token: number;
  output: 'logit' | 'log-probability';
}

/** What a model predicts, and the special tokens that its tokenizer has. */
export interface PredictionFacts {
  kind: PredictionKind;
  special: SpecialTokens;
}

/** Scores of tokens: of the input, and of the decoder's where there is one. */
export interface TokenScores {
  input: number[];
  target?: number[];
}

/** A place on the path from the baseline's embeddings (0) to the text's (1), and how much its gradient counts. */
export interface PathPoint {
  at: number;
  weight: number;
}

/** The inference process's requests for attribution; a part of `InferenceMethods`. */
export interface AttributionMethods {
  predictionFacts: [FedText, PredictionFacts];
  /**
   * The most likely tokens or classes at a position (null: of the whole text), and the chosen one: by id, by its text
   * (a token's or a class's name), or the most likely one.
   */
  predict: [
    FedText & { position: number | null; count: number; choose?: number | string },
    { chosen: Candidate; candidates: Candidate[] },
  ];
  /** F for each of some texts of one length or several. */
  outputsOf: [
    { model: string; texts: Omit<FedText, 'model'>[]; explained: ExplainedOutput },
    { values: number[] },
  ];
  /**
   * Gradients of F by the token embeddings e at points of the path b + at (e - b): scores are the sums over the points of
   * weight * (e - b) . dF/de, values are F at the points. A baseline's null is the zero vector.
   */
  pathGradients: [
    FedText & {
      explained: ExplainedOutput;
      baseline: { ids: (number | null)[]; targetIds?: (number | null)[] };
      points: PathPoint[];
    },
    TokenScores & { values: number[] },
  ];
  /** Attention weights times the gradient of F by them, summed over layers, heads and queries. */
  attentionGradients: [FedText & { explained: ExplainedOutput }, TokenScores];
  /**
   * Attention from one position: mean over all layers and heads, mean over the last layer's heads, rollout. For
   * encoder-decoders the input's scores are the cross-attention's (its rollout: the mean over layers and heads times the
   * encoder's rollout), the target's the decoder self-attention's.
   */
  attentionRows: [FedText & { position: number | null }, Record<'mean' | 'last' | 'rollout', TokenScores>];
}
