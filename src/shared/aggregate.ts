import * as l10n from '@vscode/l10n';
import type { AttentionKind, HeadAddress } from './attention';

/**
 * Where a matrix of attention weights comes from. A[l, h] is the matrix of head h in layer l of one kind; A[l] the mean
 * over the heads of layer l; L and H count layers and heads.
 */
export type MatrixSource =
  /** One head as it is. */
  | ({ from: 'head' } & HeadAddress)
  /** Over the heads of one layer. */
  | { from: 'heads'; kind: AttentionKind; layer: number; reduce: Reduction }
  /** Over all heads of all layers. */
  | { from: 'layers'; kind: AttentionKind; reduce: Reduction }
  /**
   * Attention rollout: how much of each input token the last layer's token can hold, if weights mix linearly.
   * Abnar and Zuidema 2020, "Quantifying Attention Flow in Transformers".
   */
  | { from: 'rollout'; kind: AttentionKind }
  /** Attention flow of the same paper: maximum flow through the layers; self-attention of at most 16 tokens. */
  | { from: 'flow'; kind: Exclude<AttentionKind, 'cross'> };

export type Reduction = 'mean' | 'max';

/** The most tokens that attention flow is computed for: its cost grows with more than their fourth power. */
export const MAX_FLOW_TOKENS = 16;

/** What one row or column stands for. */
export type Grain = 'token' | 'word' | 'line';

/** How a matrix is cut to what the user wants to see; applied in the order of the fields. */
export interface Shaping {
  /** Leaves out the rows and columns of tokens that the tokenizer added. */
  hideSpecial: boolean;
  /** Leaves out the columns of sink tokens: see `SINK`. */
  hideSinks: boolean;
  /** Rows are divided by what is left of them, so that they sum to 1 again. Rows of nothing stay 0. */
  renormalize: boolean;
  /** Weights are summed over the keys of a word or line and averaged over its queries (Clark et al. 2019). */
  grain: Grain;
  /** Weights below it are 0; rows are not renormalized afterwards. 0 keeps everything. */
  threshold: number;
}

export const PLAIN: Shaping = {
  hideSpecial: false,
  hideSinks: false,
  renormalize: false,
  grain: 'token',
  threshold: 0,
};

/**
 * A key is a sink in a head where the queries that can see it, itself left out, put on average more than `weight` of their
 * attention on it (epsilon of Gu et al. 2024, "When Attention Sink Emerges"); it is a sink of the run where that is so in at
 * least `heads` of the heads of its kind. Keys that fewer than `queries` others can see are not judged.
 */
export const SINK = { weight: 0.3, heads: 0.1, queries: 4 } as const;

/** One row or column: a token, a word or a line. */
export interface AxisItem {
  /** What to show. */
  text: string;
  /** Positions of its tokens on the unshaped axis, ascending. */
  tokens: number[];
  special: boolean;
}

/** A matrix ready to be drawn: `weights[query * keys.length + key]`. */
export interface ShapedMatrix {
  queries: AxisItem[];
  keys: AxisItem[];
  weights: Float32Array;
  /** The largest weight, for colour scales. */
  largest: number;
  /** Positions on the unshaped key axis of the run's sink tokens, hidden or not. */
  sinks: number[];
  /** What was computed, one step a line: see `formulaOf`. */
  formula: string[];
}

/** From a query: its row. To a key: its column. */
export type Direction = 'from' | 'to';

/** One row or column of every head of a kind: what a token attends to, or what attends to it. */
export interface Profile {
  direction: Direction;
  /** The other axis: keys for `from`, queries for `to`. */
  items: AxisItem[];
  /** The heads in order: layer by layer. */
  heads: HeadAddress[];
  /** `weights[head * items.length + item]`. */
  weights: Float32Array;
  /** Over all heads: [items]. */
  mean: Float32Array;
  max: Float32Array;
}

/** The steps from the model's weights to the matrix, as lines of text to be shown. */
export function formulaOf(source: MatrixSource, shaping: Shaping): string[] {
  return [sourceFormula(source), ...shapingFormula(shaping)].flat();
}

function sourceFormula(source: MatrixSource): string | string[] {
  switch (source.from) {
    case 'head':
      return l10n.t`A = softmax(q kᵀ · scale + mask) of layer ${source.layer}, head ${source.head}`;
    case 'heads':
      return source.reduce === 'mean'
        ? `A = 1/H · Σₕ A[${source.layer}, h]`
        : l10n.t`A = maxₕ A[${source.layer}, h] (rows no longer sum to 1)`;
    case 'layers':
      return source.reduce === 'mean'
        ? 'A = 1/(L·H) · Σₗ Σₕ A[l, h]'
        : l10n.t('A = max over l and h of A[l, h] (rows no longer sum to 1)');
    case 'rollout':
      return source.kind === 'cross' ? CROSS_ROLLOUT : ROLLOUT;
    case 'flow':
      return [...ROLLOUT.slice(0, 1), FLOW];
  }
}

const ROLLOUT = [
  l10n.t('Ã[l] = ½ · mean over heads of A[l] + ½ · I (the residual connection), rows sum to 1'),
  'R = Ã[L−1] · … · Ã[1] · Ã[0]',
];
const FLOW = l10n.t(
  'F[q, k] = maximum flow from q in the last layer to k in the input with capacities Ã[l][i, j]; rows divided by their sums',
);
const CROSS_ROLLOUT = [
  l10n.t('R = rollout of the encoder; S[l], C[l] = mean over heads of decoder self- and cross-attention'),
  'E[−1] = 0; E[l] = ½ · (½ · S[l] + ½ · I) · E[l−1] + ½ · C[l] · R',
  l10n.t('A = E[L−1] / (1 − ½ᴸ): what comes from the source, rows sum to 1'),
];

function shapingFormula({ hideSpecial, hideSinks, renormalize, grain, threshold }: Shaping): string[] {
  const hidden = [
    ...(hideSpecial ? [l10n.t('special tokens')] : []),
    ...(hideSinks ? [l10n.t('sink keys')] : []),
  ];
  return [
    ...(hidden.length > 0 ? [l10n.t`without ${hidden.join(' and ')}`] : []),
    ...(renormalize ? [l10n.t('A[q, k] / Σₖ A[q, k] over the keys that are left')] : []),
    ...(grain === 'token' ? [] : [l10n.t`per ${grain}: sum over its keys, mean over its queries`]),
    ...(threshold > 0 ? [l10n.t`0 where A < ${threshold}`] : []),
  ];
}
