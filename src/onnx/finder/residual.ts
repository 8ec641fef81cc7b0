import type { AttentionCore } from '../attention';
import type { GraphIndex } from '../graph';
import { ancestors, descendants } from './walk';

/** Nodes from a block's context to where it joins the residual stream: projection, bias, norms, casts. */
const MAX_FORWARD = 64;

/** Tensors from a query back to the stream it was projected from: norm, projection, rotary embedding. */
const MAX_BACK = 512;

/**
 * The residual stream that enters a block: the first tensor downstream that the block's output is added to and that the
 * block's query was made from. The second half tells it from biases, and from the feed-forward's output in models that
 * run both in parallel.
 */
export function findResidual(index: GraphIndex, core: AttentionCore): string | null {
  let upstream: Set<string> | null = null;
  const downstream = new Set([core.context]);
  for (const node of descendants(index, core.context, MAX_FORWARD)) {
    if (node.opType === 'Add') {
      upstream ??= new Set(ancestors(index, core.query, MAX_BACK));
      const other = node.inputs.find((name) => !downstream.has(name));
      if (other && upstream.has(other)) return other;
    }
    for (const output of node.outputs) downstream.add(output);
  }
  return null;
}
