import { findAttention } from '../../onnx/attention';
import type { AttentionBlock } from '../../onnx/attention';
import type { Graph, GraphIndex, OnnxNode } from '../../onnx/graph';
import { indexGraph } from '../../onnx/graph';
import { modulePath } from './paths';
import { feedsLinear } from './roles';
import type { Held } from './uses';

/** Nodes between a projection and the product that it feeds: reshapes, rotary embeddings, scales. */
const MAX_STEPS = 64;

/**
 * Places for tensors that nothing names, by the attention blocks that the graph has: projections by the product they feed
 * or follow, and what lies between two attention blocks as the feed-forward network of the first. Made-up paths, such as
 * `layers.3.attention.query.weight`.
 */
export function pathsByGraph(graph: Graph, held: readonly Held[]): Map<string, string> {
  const nameless = held.filter((one) => one.scope.graph === graph && modulePath(one) === null);
  const paths = new Map<string, string>();
  if (!nameless.some(feedsLinear)) return paths;
  const blocks = findAttention(graph);
  if (blocks.length === 0) return paths;
  const layers = layersOf(indexGraph(graph), blocks);
  for (const one of nameless) {
    const node = one.scope.uses.get(one.name)?.[0]?.node;
    const path = node && pathAt(layers, node);
    if (path) paths.set(one.name, `${path}.${one.tensor.dims.length >= 2 ? 'weight' : 'bias'}`);
  }
  return paths;
}

interface Layers {
  /** Module paths of the nodes that project into and out of attention. */
  projections: ReadonlyMap<OnnxNode, string>;
  /** First node of each self-attention block, with its path, in the graph's order. */
  starts: { at: number; path: string }[];
  /** Position of the last layer's attention output: what comes after belongs to it or to the head. */
  end: number;
}

function layersOf(index: GraphIndex, blocks: readonly AttentionBlock[]): Layers {
  const projections = new Map<OnnxNode, string>();
  const starts: Layers['starts'] = [];
  for (const block of blocks) {
    const stack = block.stack === 'unknown-self' ? '' : `${block.stack}.`;
    const path = `${stack}layers.${block.layer}`;
    const module = `${path}.${block.cross ? 'cross_attn' : 'attention'}`;
    const own = projectionsInto(index, block);
    for (const [node, part] of own) projections.set(node, `${module}.${part}`);
    const output = outputProjection(index, block.context);
    if (output) projections.set(output, `${module}.output`);
    const first = Math.min(block.softmax.index, ...[...own.keys()].map((node) => node.index));
    if (!block.cross) starts.push({ at: first, path });
  }
  starts.sort((a, b) => a.at - b.at);
  return { projections, starts, end: lastJoin(index, starts.at(-1)?.at ?? 0) };
}

/** What projects into a block, and to which of its parts; `qkv` where one product makes all three. */
function projectionsInto(index: GraphIndex, block: AttentionBlock): Map<OnnxNode, string> {
  const { origin, softmax } = block;
  // Attention and QAttention of com.microsoft hold the weight themselves.
  if (softmax.inputs.slice(1, 2).some((name) => index.constants.has(name)))
    return new Map([[softmax, 'qkv']]);
  const found = new Map<OnnxNode, string>();
  for (const part of ['query', 'key', 'value'] as const) {
    const node = projectionOf(index, origin[part]);
    if (node) found.set(node, found.has(node) ? 'qkv' : part);
  }
  return found;
}

/** The nearest product with a weight that a query, key or value is made by. */
function projectionOf(index: GraphIndex, name: string): OnnxNode | null {
  const seen = new Set([name]);
  for (const tensor of seen) {
    const node = index.producer.get(tensor);
    if (!node || seen.size > MAX_STEPS) continue;
    if (isProjection(index, node)) return node;
    for (const input of index.inputs[node.index] ?? []) if (!index.constants.has(input)) seen.add(input);
  }
  return null;
}

function outputProjection(index: GraphIndex, name: string): OnnxNode | null {
  const seen = new Set([name]);
  for (const tensor of seen) {
    for (const node of index.consumers.get(tensor) ?? []) {
      if (isProjection(index, node)) return node;
      if (seen.size < MAX_STEPS) for (const output of node.outputs) seen.add(output);
    }
  }
  return null;
}

function isProjection(index: GraphIndex, node: OnnxNode): boolean {
  return (
    /^(MatMul|Gemm|MatMulInteger|MatMulNBits|FusedMatMul)$/.test(node.opType) &&
    node.inputs.slice(0, 2).some((name) => index.constants.has(name))
  );
}

/** The last residual Add after the last attention: behind it is the head. */
function lastJoin(index: GraphIndex, from: number): number {
  let end = from;
  for (const node of index.graph.nodes.slice(from)) {
    const joins = node.opType === 'Add' && node.inputs.every((name) => !index.constants.has(name));
    if (joins) end = node.index;
  }
  return end;
}

function pathAt({ projections, starts, end }: Layers, node: OnnxNode): string | null {
  const projection = projections.get(node);
  if (projection) return projection;
  const start = starts.findLast(({ at }) => at <= node.index);
  if (!start) return `embeddings.${node.opType.toLowerCase()}_${node.index}`;
  if (node.index > end) return `lm_head.${node.opType.toLowerCase()}_${node.index}`;
  return `${start.path}.mlp.${node.opType.toLowerCase()}`;
}
