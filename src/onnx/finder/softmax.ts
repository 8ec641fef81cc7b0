import type { AttentionCore } from '../attention';
import type { GraphIndex, OnnxNode } from '../graph';
import { intAttribute } from '../graph';
import type { Product } from './product';
import { productOf } from './product';
import { foldedFactor, scoreFactor } from './scale';
import { consumersOf } from './walk';

/** Between the product of query and key and the softmax: which inputs may carry the scores. */
const BEFORE_SOFTMAX: Record<string, readonly number[]> = {
  ...{
    Add: [0, 1],
    Sub: [0, 1],
    Mul: [0, 1],
    Div: [0],
    Max: [0, 1],
    Min: [0, 1],
    Where: [1, 2],
    Sum: [0, 1],
  },
  ...{ Cast: [0], Reshape: [0], Clip: [0], Transpose: [0], Tanh: [0], Identity: [0], Dropout: [0] },
  ...{ Unsqueeze: [0], Squeeze: [0], Expand: [0], DequantizeLinear: [0], QuantizeLinear: [0] },
  // An attention sink is one more column.
  Concat: [0],
};

/** Between the softmax and the product with the value. */
const AFTER_SOFTMAX = new Set([
  ...['Cast', 'Where', 'Reshape', 'Mul', 'Dropout', 'Identity', 'Slice', 'Transpose', 'Unsqueeze', 'Squeeze'],
  ...['Expand', 'Flatten', 'QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear'],
]);

/** Longer detours are not attention. */
const MAX_STEPS = 48;

/** MatMul ... Softmax ... MatMul, as exporters write attention that is not fused, eager and SDPA alike. */
export function findSoftmaxAttention(index: GraphIndex): AttentionCore[] {
  return index.graph.nodes.flatMap((node) => {
    const core = isRowSoftmax(node) ? readCore(index, node) : null;
    return core ? [core] : [];
  });
}

/** Over the last axis of a tensor of rank 3 or 4. */
function isRowSoftmax(node: OnnxNode): boolean {
  return (
    node.opType === 'Softmax' && node.domain === '' && [-1, 2, 3].includes(intAttribute(node, 'axis', -1))
  );
}

function readCore(index: GraphIndex, softmax: OnnxNode): AttentionCore | null {
  const back = findProduct(index, softmax.inputs[0] ?? '');
  const forward = back && findContext(index, softmax.outputs[0] ?? '');
  if (!forward) return null;
  const { product, path } = back;
  const { left: query, right: key } = product;
  const value = forward.product.right;
  const sink = path.find(({ node }) => node.opType === 'Concat');
  const factor = scoreFactor(index, path);
  return {
    ...{ softmax, query, key, value, keyTransposed: !product.transposesRight },
    scores: sink?.node.inputs[0] ?? softmax.inputs[0] ?? '',
    weights: forward.weights,
    context: forward.product.node.outputs[0] ?? '',
    scale: factor === null ? null : factor * product.factor,
    folded: { query: foldedFactor(index, query), key: foldedFactor(index, key) },
    origin: { query, key, value },
    sink: sink !== undefined,
  };
}

interface Step {
  node: OnnxNode;
  /** Which of its inputs carries the scores. */
  slot: number;
}

/** The nearest product of two tensors that are not constant, and the nodes from there to the scores. */
function findProduct(index: GraphIndex, scores: string): { product: Product; path: Step[] } | null {
  const arrivals = new Map<string, Step | null>([[scores, null]]);
  for (const name of arrivals.keys()) {
    const node = index.producer.get(name);
    if (!node || index.constants.has(name)) continue;
    const product = productOf(index, node);
    if (product) return { product, path: pathTo(name, arrivals) };
    if (arrivals.size > MAX_STEPS) return null;
    for (const slot of (node.domain === '' && BEFORE_SOFTMAX[node.opType]) || []) {
      const input = node.inputs[slot];
      if (input && !arrivals.has(input)) arrivals.set(input, { node, slot });
    }
  }
  return null;
}

function pathTo(name: string, arrivals: ReadonlyMap<string, Step | null>): Step[] {
  const path: Step[] = [];
  for (let step = arrivals.get(name); step; step = arrivals.get(step.node.outputs[0] ?? '')) path.push(step);
  return path;
}

/** The product whose left side the weights are, and where on the way to tap them. */
function findContext(index: GraphIndex, start: string): { product: Product; weights: string } | null {
  const tapAt = new Map([[start, start]]);
  for (const [name, weights] of tapAt) {
    if (tapAt.size > MAX_STEPS) return null;
    for (const node of consumersOf(index, name)) {
      const product = node.inputs[0] === name ? productOf(index, node) : null;
      if (product) return { product, weights };
      if (node.domain !== '' || !AFTER_SOFTMAX.has(node.opType) || !carries(node, name)) continue;
      const output = node.outputs[0] ?? '';
      if (!tapAt.has(output)) tapAt.set(output, changesWeights(node) ? output : weights);
    }
  }
  return null;
}

/** False where the tensor only steers the node, as a shape or condition does. */
function carries(node: OnnxNode, name: string): boolean {
  const slots = { Where: [1, 2], Mul: [0, 1] }[node.opType] ?? [0];
  return slots.some((slot) => node.inputs[slot] === name);
}

/** Where zeroes masked or undefined rows, Slice drops an attention sink's column: the weights are what comes out. */
function changesWeights(node: OnnxNode): boolean {
  return node.opType === 'Where' || node.opType === 'Slice';
}
