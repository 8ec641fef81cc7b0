import type { BlockDiagram, BlockEdge, BlockNode } from '../shared/anatomy';
import type { Graph, OnnxNode } from '../onnx/graph';

/** Operators that a diagram of one module shows; more are cut off, in the graph's order. */
const MAX_OPERATORS = 400;

/**
 * The operators of one module of an ONNX graph, as boxes and edges: the last level of the block diagram. `path` is a
 * module path such as `bert.encoder.layer.0.attention`, found in the nodes' names as PyTorch's exporter writes them.
 * Empty for graphs whose nodes have no such names.
 */
export function operatorDiagram(graph: Graph, path: string): BlockDiagram {
  const inside = `/${path.split('.').join('/')}/`;
  // PyTorch joins a module and its number with a dot: layer.0 is one part of a node's name.
  const wanted = inside.replace(/\/(\d+)(?=\/)/g, '.$1');
  const nodes = graph.nodes.filter(({ name }) => name.startsWith(wanted)).slice(0, MAX_OPERATORS);
  return { nodes: nodes.map(toNode), edges: edgesBetween(nodes) };
}

const idOf = (node: OnnxNode) => `op-${node.index}`;

function toNode(node: OnnxNode): BlockNode {
  return { id: idOf(node), label: node.opType, kind: 'other', parameters: 0, tensors: [] };
}

function edgesBetween(nodes: readonly OnnxNode[]): BlockEdge[] {
  const maker = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  return nodes.flatMap((node) =>
    [...new Set(node.inputs)].flatMap((input) => {
      const from = maker.get(input);
      return from ? [{ from: idOf(from), to: idOf(node), kind: 'data' as const }] : [];
    }),
  );
}
