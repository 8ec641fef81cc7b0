import type { Graph, GraphIndex, OnnxNode } from './graph';
import { indexGraph } from './graph';

/** Outputs of task heads, as exporters name them. */
const HEAD_OUTPUTS = ['logits', 'start_logits'];

/** What stands between a head's last linear layer and the output: shapes, biases, scales of quantized products. */
const PASSING = new Set([
  ...['Add', 'Identity', 'Squeeze', 'Unsqueeze', 'Split', 'Slice', 'Gather', 'GatherND', 'GatherElements'],
  ...['Cast', 'Reshape', 'Flatten', 'Transpose', 'Mul', 'DynamicQuantizeLinear', 'DequantizeLinear'],
]);
const PRODUCTS = new Set(['MatMul', 'Gemm', 'MatMulNBits', 'FusedMatMul', 'FusedGemm']);
const INTEGER_PRODUCTS = new Set(['MatMulInteger', 'MatMulIntegerToFloat', 'DynamicQuantizeMatMul']);
const MOST_STEPS = 32;

/**
 * The tensor that the last linear layer before the logits reads: the vector that a task's head saw, [B, width], or
 * [B, tokens, width] where each token has an answer of its own. Null where there is no such layer.
 */
export function findHeadInput(graph: Graph): string | null {
  const output = HEAD_OUTPUTS.find((name) => graph.outputs.some((one) => one.name === name));
  if (output === undefined) return null;
  const index = indexGraph(graph);
  let name: string | undefined = output;
  for (let step = 0; name !== undefined && step < MOST_STEPS; step++) {
    const node = index.producer.get(name);
    if (!node) return null;
    const read = dataInput(index, node);
    if (PRODUCTS.has(node.opType) && index.constants.has(node.inputs[1] ?? '')) return read ?? null;
    if (INTEGER_PRODUCTS.has(node.opType)) return read === undefined ? null : floatBefore(index, read);
    name = PASSING.has(node.opType) ? read : undefined;
  }
  return null;
}

/** The first input that is not a constant. */
function dataInput(index: GraphIndex, node: OnnxNode): string | undefined {
  return node.inputs.find((name) => name !== '' && !index.constants.has(name));
}

/** A quantized product reads whole numbers: the vector is what they were made from. */
function floatBefore(index: GraphIndex, name: string): string {
  const node = index.producer.get(name);
  return node?.opType === 'DynamicQuantizeLinear' ? (node.inputs[0] ?? name) : name;
}
