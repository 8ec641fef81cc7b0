import { assemble } from '../backward/assemble';
import type { GraphModel } from '../backward';
import { indexGraph } from '../graph';
import { inlineWeights } from '../inline';
import type { NewTensor } from '../taps';
import { HEAD_BIAS, HEAD_WEIGHT, LOGITS } from './head';

/** What the output is called, as in other classifiers' exports. */
const OUTPUT = 'logits';

/** Values that stay what they are: shapes, masks, tables of positions. */
const MAX_KEPT_BYTES = 256 * 2 ** 20;

/**
 * A model file of its own: the graph of `withClassifier` as far as its logits need it, with these weights in place of the
 * checkpoint's, under the names that they have in the graph. Throws WireError where the rest cannot be read.
 */
export function standaloneClassifier(
  model: GraphModel,
  directory: string,
  weights: readonly NewTensor[],
  head: { weight: NewTensor['data']; bias: NewTensor['data'] },
): Uint8Array {
  const classes = head.bias.length;
  const width = head.weight.length / classes;
  const { bytes } = assemble(model, indexGraph(model.model.graph), {
    addition: { nodes: [{ opType: 'Identity', inputs: [LOGITS], outputs: [OUTPUT] }] },
    fed: [],
    inputs: [],
    outputs: [{ name: OUTPUT }],
    replaced: [
      ...weights,
      { name: HEAD_WEIGHT, dims: [width, classes], data: head.weight },
      { name: HEAD_BIAS, dims: [classes], data: head.bias },
    ],
  });
  return inlineWeights(bytes, directory, MAX_KEPT_BYTES);
}
