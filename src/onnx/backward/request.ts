import type { Skeleton } from '../skeleton';

/** A model as far as gradients go: a skeleton's bytes and what they decode to. Neither is changed. */
export type GraphModel = Pick<Skeleton, 'bytes' | 'model'>;

/** Tensor name -> its sizes in one run of the model; see `traceGraph`. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

/**
 * What is differentiated. Names of graph inputs (`labels`, `position`, `token`, `seed`) are new: they are added to the
 * graph. B batch, T tokens, V vocabulary, C classes.
 */
export type Loss =
  /**
   * Mean of -log softmax(logits)[label] over all labels that are not negative (negative ones, such as -100, are left
   * out). `logits`: [B, C] or [B, T, V] float; `labels`: int64 [B] or [B, T].
   */
  | { kind: 'cross-entropy'; logits: string; labels: string }
  /**
   * The logit, or the log of the softmax, of one class or token in every row of the batch. `logits`: [B, C], or
   * [B, T, V] with a `position`; `token` and `position`: int64 scalars [], not negative.
   */
  | { kind: 'logit' | 'log-probability'; logits: string; token: string; position?: string }
  /** sum(tensor * seed), a vector-Jacobian product. `seed`: float, the tensor's shape. */
  | { kind: 'product'; tensor: string; seed: string };

export interface BackwardRequest {
  loss: Loss;
  /** Float tensors to differentiate by: initializers, graph inputs, or what any node makes (embeddings, weights that are stored as int8 and made float by the graph). */
  wrt: readonly string[];
  /**
   * Float tensors that become graph inputs (float32, under their own names); the nodes or initializers that made them
   * are dropped. Weights to train go here: feeding a Float32Array copies nothing.
   */
  fed?: readonly string[];
  /** Tensors of the model to have as outputs besides. */
  outputs?: readonly string[];
}

/** A model with its gradients. Nodes, inputs and weights that no output needs are left out. */
export interface Backward {
  /** A ModelProto; open it like the skeleton it was made from. Any batch size and length that the model takes. */
  bytes: Uint8Array;
  /** Names of the graph's inputs: the model's own that are still needed, those of the loss, and the fed tensors that are needed. */
  inputs: readonly string[];
  /** Output: the scalar that is differentiated, float []. The mean for cross-entropy, else the sum of `values`. */
  loss: string;
  /** Output: the loss of every row of the batch, float [B]; for cross-entropy of every label, [B] or [B, T], 0 for those left out. */
  values: string;
  /** Tensor of `wrt` -> output with d loss / d tensor, in the tensor's shape. Tensors that the loss does not depend on are not here. */
  gradients: ReadonlyMap<string, string>;
}
