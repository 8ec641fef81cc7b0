import type { GraphIndex, OnnxNode } from './graph';
import { joinsStream, streamNames, valueInputs } from './finder/walk';

/** Operators with weights: what comes out is another space than the residual stream. */
export const LINEAR_OPS = new Set([
  ...['MatMul', 'Gemm', 'Conv', 'Einsum', 'MatMulInteger', 'MatMulNBits', 'FusedMatMul', 'QLinearMatMul'],
  ...['ConvInteger', 'Gather', 'FusedGemm', 'MoE', 'QMoE', 'Attention', 'QAttention'],
]);

/** A sum of the residual stream and what a sub-layer computed from it. */
export interface Join {
  node: OnnxNode;
  /** The term that came through no weights. */
  stream: string;
  /** The term that did. */
  branch: string;
}

export interface Stream {
  /** In the graph's order. */
  joins: Join[];
  /** The stream and what norms make of it, at every place. */
  names: ReadonlySet<string>;
  /** Everything that is computed from the stream through weights. */
  branches: ReadonlySet<string>;
}

/**
 * Follows the residual stream from the tensor `entering` a layer to the graph's end: every sum of something that came
 * through no weights (the stream) and something that did (a sub-layer's output).
 */
export function followStream(index: GraphIndex, entering: string): Stream {
  const near = new Set(streamNames(index, entering));
  const far = new Set<string>();
  const joins: Join[] = [];
  const first = index.producer.get(entering)?.index ?? -1;
  for (const node of index.graph.nodes.slice(first + 1)) {
    const inputs = valueInputs(index, node);
    const fromFar = inputs.some((name) => far.has(name));
    const fromNear = inputs.some((name) => near.has(name));
    const isJoin = joinsStream(node) && fromFar && fromNear;
    if (isJoin) {
      const [stream, branch] = [near, far].map((set) => inputs.find((name) => set.has(name)) ?? '');
      joins.push({ node, stream: stream ?? '', branch: branch ?? '' });
    }
    const reached = isJoin || (fromNear && !fromFar && !LINEAR_OPS.has(node.opType)) ? near : far;
    if (fromFar || fromNear) for (const output of node.outputs) reached.add(output);
  }
  return { joins, names: near, branches: far };
}

/** Further than this between two products with weights is no sub-layer. */
const MAX_BACK = 96;

/** The nodes behind a tensor, each once, up to those with weights and to the stream. */
export function* backwards(
  index: GraphIndex,
  name: string,
  { branches }: Stream,
): Generator<{ node: OnnxNode; isLinear: boolean }> {
  const seen = new Set([name]);
  const given = new Set<OnnxNode>();
  for (const one of seen) {
    const node = branches.has(one) ? index.producer.get(one) : undefined;
    if (!node || given.has(node)) continue;
    given.add(node);
    const isLinear = LINEAR_OPS.has(node.opType) || node.opType.endsWith('Attention');
    yield { node, isLinear };
    if (isLinear || seen.size > MAX_BACK) continue;
    for (const input of valueInputs(index, node)) seen.add(input);
  }
}
