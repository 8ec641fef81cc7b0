import type { AttentionKind } from '../../shared/attention';
import type { ModelFacts } from '../../shared/model';
import type { PositionPrediction } from '../../shared/predictions';
import type { StateGeometry } from '../../shared/states';
import type { Token, TokenWindow } from '../../shared/tokens';

/** One tensor on the way through a model. */
export interface Stage {
  /** Such as `Token ids`, `After layer 2` or `Attention weights of a layer`: the same words for every stack. */
  name: string;
  shape: number[];
}

/** A stack of layers and what its hidden states look like. */
export interface StackReading {
  stack: 'encoder' | 'decoder';
  tokens: Token[];
  stages: Stage[];
  geometry: Omit<StateGeometry, 'similarity' | 'vectors'> & {
    similarity: number[];
    vectors: { first: number[]; last: number[]; mean: number[] };
  };
}

/** Which keys each query gave weight to, in at least one head of one layer. */
export interface Sight {
  kind: AttentionKind;
  queries: number;
  keys: number;
  /** Row-major, 1 for weights that are not zero; the first positions of long texts. */
  seen: number[];
  /** Entries that are not zero, and those of them whose key comes after their query (0 for cross-attention). */
  count: number;
  ahead: number;
}

/** What a model wrote, token after token, most likely token first. */
export interface WrittenText {
  text: string;
  tokens: number;
  stopped: 'end' | 'limit' | 'cancelled';
  /** Milliseconds a token after the first; null for fewer than two. */
  msPerToken: number | null;
}

/** One token hidden, and what the model would put there. */
export interface Fill {
  position: number;
  prediction: PositionPrediction;
}

/** Measured on this machine. */
export interface Cost {
  /** Opening the model's files; 0 where they were open. */
  openMs: number;
  /** Median of `runs` runs over the text, after one that warms up. */
  runMs: number;
  runs: number;
  /** Bytes of the attention weights, hidden states and logits that a run kept, in 32 bits. */
  keptBytes: number;
  /** Of the inference process: now, and at most since it started. */
  residentBytes: number;
  peakBytes: number;
  /** Of the model: null where its files do not tell. */
  parameters: number | null;
  weightBytes: number | null;
}

/** One model's reading of the text. */
export interface ModelReading {
  facts: ModelFacts;
  window: TokenWindow | null;
  /** The only stack, or encoder and decoder. */
  stacks: StackReading[];
  sights: Sight[];
  /** What comes next: after the text, at a mask behind it, or first in the target; null without a language-model head. */
  next: PositionPrediction | null;
  /** Encoder-only models. */
  fills: Fill[];
  /** Null for models that write nothing. */
  written: WrittenText | null;
  cost: Cost;
}

export interface ArchitecturesResult {
  readings: ModelReading[];
}
