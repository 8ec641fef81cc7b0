/** Activation functions of feed-forward networks. */
export type Activation =
  | 'gelu'
  | 'gelu-tanh'
  | 'quick-gelu'
  | 'relu'
  | 'relu-squared'
  | 'silu'
  | 'tanh'
  | 'mish'
  | 'elu'
  | 'leaky-relu'
  | 'hard-swish';

/** What one sub-layer did with a text: one number a token. */
export interface MeasuredSubLayer {
  what: 'attention' | 'cross-attention' | 'feed-forward';
  stack: 'encoder' | 'decoder';
  /** From 0 in its stack. */
  layer: number;
  /** Euclidean norm of the residual stream that its output is added to. */
  stream: number[];
  /** Euclidean norm of what it adds. */
  added: number[];
  /** Only of feed-forward networks whose inside the graph shows. */
  neurons?: MeasuredNeurons;
}

export interface MeasuredNeurons {
  activation: Activation;
  gated: boolean;
  width: number;
  /** Part of the neurons whose activation function gives more than 0. */
  active: number[];
  /** Smallest part of the neurons that holds half of the sum of squares of what the second matrix multiplies. */
  half: number[];
}
