import type { GraphIndex, OnnxNode } from '../graph';
import { scalarValue } from './scalar';

interface Step {
  node: OnnxNode;
  slot: number;
}

/** Operators that a folded factor may hide behind. */
const LAYOUT_OPS = new Set(['Transpose', 'Reshape', 'Cast', 'Identity', 'Unsqueeze', 'Squeeze', 'Expand']);

/** The product of the constant factors on the path from the QK product to the softmax; null if one is not known. */
export function scoreFactor(index: GraphIndex, path: readonly Step[]): number | null {
  let factor = 1;
  for (const { node, slot } of path) {
    // Soft-capped scores (cap * tanh(scores / cap)) are no multiple of the product.
    if (node.opType === 'Tanh') return null;
    if (node.opType !== 'Mul' && node.opType !== 'Div') continue;
    const value = scalarValue(index, node.inputs[1 - slot] ?? '');
    if (value === null) return null;
    factor *= node.opType === 'Mul' ? value : 1 / value;
  }
  return factor;
}

/** The factor that the last multiplication before a query or key put into it: 1 if there is none, null if not known. */
export function foldedFactor(index: GraphIndex, name: string): number | null {
  for (let hops = 0; hops < 16; hops++) {
    const node = index.producer.get(name);
    if (!node) return 1;
    if (node.opType === 'Mul' || node.opType === 'Div') return factorOf(index, node);
    if (!LAYOUT_OPS.has(node.opType)) return 1;
    name = node.inputs[0] ?? '';
  }
  return 1;
}

function factorOf(index: GraphIndex, node: OnnxNode): number | null {
  const [left = '', right = ''] = node.inputs;
  const value = scalarValue(index, right);
  if (value !== null) return node.opType === 'Mul' ? value : 1 / value;
  return node.opType === 'Mul' ? scalarValue(index, left) : null;
}
