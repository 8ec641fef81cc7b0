import type { AttentionCore } from '../attention';
import type { GraphIndex } from '../graph';
import { descendants, joinsStream, madeFrom } from './walk';

/** Nodes from a block's context to where it joins the residual stream: projection, bias, norms, casts. */
const MAX_FORWARD = 64;

/**
 * The residual stream that enters a block: the first tensor downstream that the block's output is added to and that the
 * block's query was made from. The second half tells it from biases, and from the feed-forward's output in models that
 * run both in parallel.
 */
export function findResidual(index: GraphIndex, core: AttentionCore): string | null {
  const downstream = new Set([core.context]);
  for (const node of descendants(index, core.context, MAX_FORWARD)) {
    if (joinsStream(node)) {
      const terms = node.inputs.slice(0, 2);
      const other = terms.find((name) => !downstream.has(name) && !index.constants.has(name));
      if (other && madeFrom(index, core.origin.query, other)) return other;
    }
    for (const output of node.outputs) downstream.add(output);
  }
  return null;
}
