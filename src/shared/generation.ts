/** How the next token is chosen. Fields that a method does not use are ignored. */
export interface GenerationOptions {
  /** `sample` with temperature 1, topK 0 and topP 1 draws from the model's own distribution. */
  method: 'greedy' | 'sample' | 'beam';
  /** Logits are divided by it before the filters; above 0. */
  temperature: number;
  /** Only the k most likely tokens stay; 0 keeps all. */
  topK: number;
  /** Only the fewest tokens whose probabilities sum to at least p stay; 1 keeps all. */
  topP: number;
  /** Hypotheses kept in a beam search, 2 to 16. */
  beams: number;
  /** Score of a finished hypothesis: Σ log p / lengthᵖ. */
  lengthPenalty: number;
  /** 1 to 256. */
  maxNewTokens: number;
  /** The same seed, text and options give the same tokens. A whole number of 32 bits. */
  seed: number;
}

export const GENERATION_DEFAULTS: GenerationOptions = {
  method: 'greedy',
  temperature: 1,
  topK: 50,
  topP: 0.9,
  beams: 4,
  lengthPenalty: 1,
  maxNewTokens: 64,
  seed: 0,
};

/**
 * Without a cache of keys and values the model reads the whole text again for every token: n new tokens after m take
 * n runs over m to m + n tokens, times the number of beams.
 */
export const MAX_NEW_TOKENS = 256;

/** A token that could have come next. */
export interface Candidate {
  id: number;
  text: string;
  /** Natural logarithm of `probability`. */
  logProbability: number;
  /** Softmax of the model's logits. */
  probability: number;
  /** After temperature and filters: what was drawn from; 0 where filtered out. Equal to `probability` for greedy and beam. */
  filtered: number;
}

/** One generated token. */
export interface GenerationStep {
  /**
   * Row of the decoder's matrices (and of cross-attention) that belongs to this step: the last token that the model had read.
   * Causal attention does not change when text is added, so the finished run's row is the one that the step had.
   */
  query: number;
  /** Position of the chosen token on the decoder's axis; null for an end token, which is not kept. */
  position: number | null;
  chosen: Candidate;
  /** Rank of the chosen token among all, from 0. */
  rank: number;
  /** The most likely tokens, most likely first; the chosen one is last where it is not among them. */
  candidates: Candidate[];
  /** Of the whole distribution before filters, in nats. */
  entropy: number;
  /** Tokens that the filters left. */
  kept: number;
}

/** A finished hypothesis of a beam search. */
export interface Hypothesis {
  text: string;
  /** Σ log p / length to the power of the length penalty. */
  score: number;
}

export interface Generation {
  options: GenerationOptions;
  /** Position of the first generated token on the decoder's axis: `result.target.tokens` or `result.tokens`. */
  first: number;
  steps: GenerationStep[];
  stopped: 'end' | 'limit' | 'cancelled';
  /** Beam search only: best first; the first one is what the run shows. */
  hypotheses: Hypothesis[];
}

/** Where a generation stands: plain data, so that it can be stopped between any two tokens and kept. */
export interface GenerationState {
  /** Hypotheses that go on, best first: new ids, and the sum of their log probabilities. One unless `beam`. */
  beams: { ids: number[]; score: number }[];
  /** Beam search: hypotheses that ended (`end` is not among `ids`), with their penalized score, best first. */
  finished: { ids: number[]; end: number | null; score: number }[];
  /** The end token that was chosen last; null before that. */
  end: number | null;
  stopped: 'end' | 'limit' | null;
}
