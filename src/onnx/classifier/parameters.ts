import type { GraphIndex, OnnxNode } from '../graph';

/** How a weight starts in a model that learns from scratch. */
export type Start = 'normal' | 'ones' | 'zeros';

/**
 * Names of the constants that nodes between the graph's inputs and `target` read: weights as they enter the arithmetic,
 * so after whatever the graph does to the stored ones (from int8 to float, transposed). Shapes and masks are among them:
 * which are weights shows in their types and sizes. Rotary tables are left out: no model learns them.
 */
export function constantsBefore(index: GraphIndex, target: string): string[] {
  const found = new Set<string>();
  const seen = new Set([target]);
  const waiting = [target];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const node = index.producer.get(name);
    for (const input of (node && index.inputs[node.index]) ?? []) {
      if (seen.has(input)) continue;
      seen.add(input);
      if (!index.constants.has(input)) waiting.push(input);
      else if (!isRotary(index, input)) found.add(input);
    }
  }
  return [...found];
}

/** A vector behind a cosine or sine, or a table of them. */
function isRotary(index: GraphIndex, name: string): boolean {
  if (/rotary|inv_freq|(cos|sin)_cache/i.test(name)) return true;
  let reached = [name];
  for (let hops = 0; hops < 4; hops++) {
    const nodes = reached.flatMap((tensor) => index.consumers.get(tensor) ?? []);
    if (nodes.some(({ opType }) => opType === 'Cos' || opType === 'Sin')) return true;
    reached = nodes.flatMap((node) => (PASSING.has(node.opType) ? node.outputs : []));
  }
  return false;
}

const PASSING = new Set(['MatMul', 'Mul', 'Transpose', 'Concat', 'Cast', 'Einsum', 'Expand', 'Unsqueeze']);

/** By what reads it, as Hugging Face models are made: matrices normal, scales of norms one, biases zero. */
export function startOf(index: GraphIndex, name: string, dims: readonly number[]): Start {
  if (dims.filter((size) => size > 1).length > 1) return 'normal';
  return (index.consumers.get(name) ?? []).some((node) => scales(node, name)) ? 'ones' : 'zeros';
}

function scales(node: OnnxNode, name: string): boolean {
  return /Norm/.test(node.opType) ? node.inputs[1] === name : node.opType === 'Mul';
}
