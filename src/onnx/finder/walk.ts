import type { GraphIndex, OnnxNode } from '../graph';

/** Operators whose output holds sizes of the input, not its values: no data flows through them. */
const SIZE_OPS = new Set(['Shape', 'Size']);

/** The tensors whose values a node's output is computed from. */
export function valueInputs(index: GraphIndex, node: OnnxNode): readonly string[] {
  return SIZE_OPS.has(node.opType) ? [] : (index.inputs[node.index] ?? []);
}

/**
 * The tensors that `from` is computed from, itself first, nearest first; stops after `limit` tensors. Only nodes from
 * position `first` on are looked into: in a sorted graph nothing before a tensor's producer depends on the tensor.
 */
export function* ancestors(index: GraphIndex, from: string, limit: number, first = 0): Generator<string> {
  const seen = new Set([from]);
  for (const name of seen) {
    yield name;
    const node = index.producer.get(name);
    if (!node || node.index < first) continue;
    for (const input of valueInputs(index, node)) {
      if (seen.size >= limit) break;
      if (!index.constants.has(input)) seen.add(input);
    }
  }
}

/** Further than this between a query or key and the residual stream it was made from is not a transformer. */
const MAX_BACK = 512;

/** ONNX Runtime's sum of two streams with the norm behind it: outputs are the norm's and, fourth, the sum itself. */
const SKIP_NORMS = new Set(['SkipLayerNormalization', 'SkipSimplifiedLayerNormalization']);

/** True for sums that may join a sub-layer's output to the residual stream; the first two inputs are the terms. */
export function joinsStream(node: OnnxNode): boolean {
  return node.opType === 'Add' || SKIP_NORMS.has(node.opType);
}

/** The names of a stream: itself, and where a fused sum and norm made it, both of that operator's outputs. */
export function streamNames(index: GraphIndex, stream: string): string[] {
  const node = index.producer.get(stream);
  if (!node || !SKIP_NORMS.has(node.opType)) return [stream];
  return [node.outputs[0] ?? '', node.outputs[3] ?? ''].filter((name) => name !== '');
}

/** True if `name` is computed from `on` nearby: through a norm, a projection, a rotary embedding, a cache. */
export function madeFrom(index: GraphIndex, name: string, on: string): boolean {
  const wanted = new Set(streamNames(index, on));
  for (const found of ancestors(index, name, MAX_BACK, index.producer.get(on)?.index)) {
    if (wanted.has(found)) return true;
  }
  return false;
}

/** More users than this has no tensor between a softmax and the residual stream. */
const MAX_CONSUMERS = 64;

/** The nodes that use a tensor, at most 64 of them, so that a hostile graph cannot make every step expensive. */
export function consumersOf(index: GraphIndex, name: string): readonly OnnxNode[] {
  const all = index.consumers.get(name) ?? [];
  return all.length > MAX_CONSUMERS ? all.slice(0, MAX_CONSUMERS) : all;
}

/** Nodes that data from `name` reaches, in the graph's order, at most `limit` of them. */
export function* descendants(index: GraphIndex, name: string, limit: number): Generator<OnnxNode> {
  const waiting = [...consumersOf(index, name)];
  const seen = new Set(waiting);
  for (let given = 0; waiting.length > 0 && given < limit; given++) {
    const node = takeFirst(waiting);
    if (SIZE_OPS.has(node.opType)) continue;
    yield node;
    for (const consumer of node.outputs.flatMap((output) => consumersOf(index, output))) {
      if (seen.size < 4 * limit && !seen.has(consumer)) waiting.push(consumer);
      seen.add(consumer);
    }
  }
}

function takeFirst(nodes: OnnxNode[]): OnnxNode {
  let first = 0;
  for (let i = 1; i < nodes.length; i++) {
    if ((nodes[i] as OnnxNode).index < (nodes[first] as OnnxNode).index) first = i;
  }
  return nodes.splice(first, 1)[0] as OnnxNode;
}
