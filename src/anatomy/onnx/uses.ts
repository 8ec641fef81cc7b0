import type { Graph, OnnxModel, OnnxNode, Tensor } from '../../onnx/graph';
import { subgraphs } from '../../onnx/graph';

/** A node that reads a tensor, and as which of its inputs. */
export interface Use {
  node: OnnxNode;
  slot: number;
}

/** A tensor that a graph holds: an initializer, or the value of a Constant node. */
export interface Held {
  name: string;
  tensor: Tensor;
  /** Of the graph that holds it. */
  scope: GraphUses;
}

/** One graph with its users by tensor name, those in its branches included. */
export interface GraphUses {
  graph: Graph;
  uses: ReadonlyMap<string, readonly Use[]>;
  /** Sizes of the graph's own initializers. */
  sizes: ReadonlyMap<string, number[]>;
  /** Nodes by what they make, those in branches not included. */
  makers: ReadonlyMap<string, OnnxNode>;
}

/** Constant nodes' values up to this many bytes are shape arithmetic, not weights. */
const SMALL_CONSTANT = 1024;

/** Every initializer and large constant of a model, branches included, in the file's order. */
export function heldTensors(model: OnnxModel): Held[] {
  return graphsOf(model.graph).flatMap((graph) => {
    const scope = scopeOf(graph);
    return [
      ...graph.initializers.map((tensor) => ({ name: tensor.name, tensor, scope })),
      ...graph.nodes.flatMap((node) => constantOf(node, scope)),
    ];
  });
}

function scopeOf(graph: Graph): GraphUses {
  const sizes = new Map(graph.initializers.map(({ name, dims }) => [name, dims]));
  const makers = new Map(graph.nodes.map((node) => [node.outputs[0] ?? '', node]));
  return { graph, uses: usesOf(graph), sizes, makers };
}

/** Every graph of a model: its own and the branches and bodies of its nodes. */
export function graphsOf(graph: Graph): Graph[] {
  return [graph, ...graph.nodes.flatMap((node) => subgraphs(node).flatMap(graphsOf))];
}

function constantOf(node: OnnxNode, scope: GraphUses): Held[] {
  const value = node.opType === 'Constant' ? node.attributes.get('value') : undefined;
  if (value?.type !== 'tensor' || value.value.bytes <= SMALL_CONSTANT) return [];
  return [{ name: node.outputs[0] ?? '', tensor: value.value, scope }];
}

function usesOf(graph: Graph): Map<string, Use[]> {
  const uses = new Map<string, Use[]>();
  for (const inner of graphsOf(graph)) {
    for (const node of inner.nodes) {
      for (const [slot, name] of node.inputs.entries()) {
        if (name === '') continue;
        const list = uses.get(name);
        if (list) list.push({ node, slot });
        else uses.set(name, [{ node, slot }]);
      }
    }
  }
  return uses;
}
