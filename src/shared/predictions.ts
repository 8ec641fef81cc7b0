/** A token that a model expects somewhere. */
export interface ExpectedToken {
  id: number;
  /** Its characters, or a special token's name. */
  text: string;
  /** Softmax of the logits over the whole vocabulary. */
  probability: number;
  /** Natural logarithm of `probability`. */
  logProbability: number;
  /** How many tokens are more likely. */
  rank: number;
}

/** What a model expects at one row of its logits. */
export interface PositionPrediction {
  /**
   * The row, counted from 0. What it predicts is the family's business: a masked model's row predicts the token at its
   * own position, a causal model's the token after it.
   */
  position: number;
  /** -Σ p ln p over the vocabulary, in nats. */
  entropy: number;
  /** The most likely tokens, most likely first. */
  candidates: ExpectedToken[];
  /** The token that was asked for; null where none was. */
  asked: ExpectedToken | null;
}

/** Which of a run's rows to read, and a token to look for in each: -1 for none. */
export interface PredictionRequest {
  positions: number[];
  asked?: number[];
  /** Candidates a row, at most 1,000. */
  top: number;
}

/** Tokens that a tokenizer keeps for its own use. */
export type SpecialRole = 'mask' | 'pad' | 'unk' | 'bos' | 'eos' | 'cls' | 'sep';

/** A model's special tokens: id and spelling; a role that the tokenizer does not have is absent. */
export type SpecialTokens = Partial<Record<SpecialRole, { id: number; piece: string }>>;
