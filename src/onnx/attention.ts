import { findGroupQuery } from './finder/fused/groupQuery';
import { findMicrosoftAttention } from './finder/fused/microsoftAttention';
import { findMultiHead } from './finder/fused/multiHead';
import { findOnnxAttention } from './finder/fused/onnxAttention';
import { findSoftmaxAttention } from './finder/softmax';
import { findResidual } from './finder/residual';
import { classify } from './finder/stacks';
import type { Graph, GraphIndex, OnnxNode } from './graph';
import { indexGraph } from './graph';
import type { GraphAddition } from './taps';

/** The tensors of one attention computation, by name. Shapes: B batch, H heads, Q queries, K keys, d head size. */
export interface AttentionCore {
  /** The softmax, or the fused operator that holds it. */
  softmax: OnnxNode;
  /**
   * Attention weights: after the guards against rows of NaN and masks that zero weights, before casts to a smaller type.
   * [B, H, Q, K], [B*H, Q, K], or [B, Q, K] for one head.
   */
  weights: string;
  /** The softmax's input: scaled and masked scores, same shape. */
  scores: string;
  /** What is multiplied with the key: [..., Q, d]. */
  query: string;
  /** [..., d, K] if `keyTransposed`, else [..., K, d]. Fused operators may have fewer key and value heads than queries. */
  key: string;
  keyTransposed: boolean;
  /** [..., K, d]. */
  value: string;
  /** Weights times value: [..., Q, d]. */
  context: string;
  /**
   * The constant factor between the product and the softmax, such as 1/sqrt(d): scores = scale * (query . key) + bias.
   * 1 where there is none; null where the graph computes one from sizes that it does not state.
   */
  scale: number | null;
  /**
   * Factors that are in `query` and `key` already, by the same rules: SDPA exports put the root of the scale into each,
   * DistilBERT and BART put all of it into the query.
   */
  folded: { query: number | null; key: number | null };
  /** Tensors of the file that query, key and value come from: themselves unless they are computed by `addition`. */
  origin: { query: string; key: string; value: string };
  /** A learned sink takes part in the softmax and is left out of the weights: rows sum to less than 1. */
  sink: boolean;
  /** Nodes to append to the graph for those tensors above that the file does not have; see `withOutputs`. */
  addition?: GraphAddition;
}

export interface AttentionBlock extends AttentionCore {
  /** `unknown-self` in a graph with one stack: whether it is causal is seen in the weights only. */
  stack: 'encoder' | 'decoder' | 'unknown-self';
  cross: boolean;
  /** From 0, counted apart for encoder self-attention, decoder self-attention and cross-attention. */
  layer: number;
  /** The residual stream that enters the block, [B, Q, hidden]; null if the block's output is added to nothing. */
  residual: string | null;
}

/** Finds one way of writing attention as a graph. Fused operators and other exporters' ways go into this list. */
type Pattern = (index: GraphIndex) => AttentionCore[];

const PATTERNS: readonly Pattern[] = [
  findSoftmaxAttention,
  findOnnxAttention,
  findMultiHead,
  findMicrosoftAttention,
  findGroupQuery,
];

/**
 * Every attention block of a graph, in the graph's order. Looks at how nodes are connected, never at names. Softmaxes
 * that classify, route or pool with constant weights are not attention.
 */
export function findAttention(graph: Graph): AttentionBlock[] {
  const index = indexGraph(graph);
  const cores = PATTERNS.flatMap((find) => find(index));
  cores.sort((a, b) => a.softmax.index - b.softmax.index);
  return classify(
    index,
    cores.map((core) => ({ ...core, residual: findResidual(index, core) })),
  );
}
