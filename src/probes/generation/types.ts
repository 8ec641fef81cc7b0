import type { GenerationOptions, GenerationStep } from '../../shared/generation';
import type { ModelFacts } from '../../shared/model';
import type { TreeNode } from '../../shared/report';
import type { TokenWindow } from '../../shared/tokens';

export type StrategyName = 'greedy' | 'temperature' | 'top-k' | 'top-p' | 'beam';

/** A way to choose tokens. */
export interface Strategy {
  name: StrategyName;
  /** With its number, such as `top-k 10`. */
  label: string;
  options: GenerationOptions;
  /** One text is drawn with each; a strategy that draws nothing has one, which it does not use. */
  seeds: number[];
}

/** One text that a strategy wrote. */
export interface WrittenResult {
  strategy: StrategyName;
  label: string;
  /** Null where nothing was drawn. */
  seed: number | null;
  /** Without the end token. */
  ids: number[];
  text: string;
  /** The model ended it; false: it was cut off at the limit. */
  ended: boolean;
  /** Σ ln p of its tokens, the end token among them, under the model's own distribution: comparable between strategies. */
  logProbability: number;
  /** Tokens that were chosen, the end token among them. */
  chosen: number;
  /** Encoder-decoders: share of its tokens that the source has, too. */
  fromSource: number | null;
}

/** One distribution of the greedy path, after one filter. */
export interface FilteredStep extends Pick<GenerationStep, 'kept' | 'entropy' | 'rank'> {
  chosen: string;
  /** Probability of the chosen token before any filter. */
  probability: number;
  /** The most likely tokens: before and after. */
  candidates: { text: string; probability: number; filtered: number }[];
}

/** What one filter leaves at each step of the greedy path. */
export interface FilterTrace {
  label: string;
  steps: FilteredStep[];
}

/** One model's texts. */
export interface WriterResult {
  facts: ModelFacts;
  /** Tokens that were read, and of how many. */
  read: number;
  window: TokenWindow | null;
  results: WrittenResult[];
  filters: FilterTrace[];
  tree: { nodes: TreeNode[]; groups: string[] } | null;
}

export interface GenerationResult {
  prompt: string;
  writer: WriterResult;
  /** An encoder-decoder that rewrites the same text; null where the writer is one itself. */
  rewriter: WriterResult | null;
}
