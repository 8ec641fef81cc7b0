/** A model file's graph, decoded. Weights are not in it: see `TensorData`. */
export interface OnnxModel {
  irVersion: number;
  opsets: Opset[];
  /** Name and version of the exporter, such as `pytorch 2.9.0`; empty if the file does not say. */
  producer: string;
  metadata: ReadonlyMap<string, string>;
  graph: Graph;
  functions: ModelFunction[];
}

export interface Opset {
  /** Empty for ONNX's own operators. */
  domain: string;
  version: number;
}

export interface Graph {
  name: string;
  /** In the file's order, in which every node comes after the producers of its inputs. */
  nodes: OnnxNode[];
  inputs: ValueInfo[];
  outputs: ValueInfo[];
  initializers: Initializer[];
}

/** An operator that the file defines itself. */
export interface ModelFunction {
  name: string;
  domain: string;
  inputs: string[];
  outputs: string[];
  nodes: OnnxNode[];
}

export interface OnnxNode {
  /** Position in its graph's `nodes`. */
  index: number;
  name: string;
  opType: string;
  domain: string;
  /** Tensor names; empty for an optional one that is left out. */
  inputs: string[];
  outputs: string[];
  attributes: ReadonlyMap<string, Attribute>;
}

export type Attribute =
  | { type: 'float' | 'int'; value: number }
  | { type: 'floats' | 'ints'; value: number[] }
  | { type: 'string'; value: string }
  | { type: 'strings'; value: string[] }
  | { type: 'tensor'; value: Tensor }
  | { type: 'tensors'; value: Tensor[] }
  | { type: 'graph'; value: Graph }
  | { type: 'graphs'; value: Graph[] }
  | { type: 'other' };

export interface ValueInfo {
  name: string;
  /** TensorProto.DataType, 0 if not stated or not a tensor. */
  elemType: number;
  /** A size, the name of a symbolic size, or null where the file says neither. Empty for scalars and unknown ranks. */
  dims: (number | string | null)[];
}

export interface Tensor {
  name: string;
  dims: number[];
  /** TensorProto.DataType. */
  dataType: number;
  /** Bytes of its values: in the file for `raw_data` and external data, encoded for typed data fields. */
  bytes: number;
  where: TensorData;
}

export type Initializer = Tensor;

/** Where a tensor's values are: in the skeleton (its own protobuf message), or in a file next to the model. */
export type TensorData =
  | { kind: 'inline'; message: Uint8Array }
  | {
      kind: 'external';
      /** Path relative to the model's folder. */
      location: string;
      offset: number;
      /** Null: to the end of the file. */
      length: number | null;
    };

/** Who makes and who uses each tensor of one graph. */
export interface GraphIndex {
  graph: Graph;
  /** A tensor's producer; absent for graph inputs and initializers. */
  producer: ReadonlyMap<string, OnnxNode>;
  /** Nodes that use a tensor, also from inside their branches. */
  consumers: ReadonlyMap<string, readonly OnnxNode[]>;
  initializers: ReadonlyMap<string, Initializer>;
  graphInputs: ReadonlyMap<string, ValueInfo>;
  /** Every tensor that node `i` reads, each once: its inputs, and what its branches take from the graph around them. */
  inputs: readonly (readonly string[])[];
  /**
   * Names of the tensors that depend on no graph input, not even on its shape. Initializers count even where old files
   * list them as inputs too.
   */
  constants: ReadonlySet<string>;
}

const RANDOM_OPS = new Set([
  'RandomNormal',
  'RandomUniform',
  'RandomNormalLike',
  'RandomUniformLike',
  'Bernoulli',
  'Multinomial',
]);

/** Everybody who looks into a graph asks for its index, and no graph changes once it is decoded. */
const indices = new WeakMap<Graph, GraphIndex>();

/** The index of a graph: built the first time, in linear time. */
export function indexGraph(graph: Graph): GraphIndex {
  const index = indices.get(graph) ?? buildIndex(graph);
  indices.set(graph, index);
  return index;
}

function buildIndex(graph: Graph): GraphIndex {
  const producer = new Map<string, OnnxNode>();
  const consumers = new Map<string, OnnxNode[]>();
  const initializers = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  const constants = new Set(initializers.keys());
  const inputsOf = graph.nodes.map(dataInputs);
  for (const [i, node] of graph.nodes.entries()) {
    const inputs = inputsOf[i] as string[];
    for (const name of inputs) push(consumers, name, node);
    for (const name of node.outputs) if (name && !producer.has(name)) producer.set(name, node);
    if (!RANDOM_OPS.has(node.opType) && inputs.every((name) => constants.has(name))) {
      for (const name of node.outputs) constants.add(name);
    }
  }
  const graphInputs = new Map(graph.inputs.map((input) => [input.name, input]));
  return { graph, producer, consumers, initializers, graphInputs, inputs: inputsOf, constants };
}

function dataInputs(node: OnnxNode): string[] {
  const names = new Set(node.inputs.filter((name) => name !== ''));
  for (const graph of subgraphs(node)) for (const name of freeNames(graph)) names.add(name);
  return [...names];
}

/** The graphs in a node's attributes: branches of `If`, bodies of `Loop` and `Scan`. */
export function subgraphs(node: OnnxNode): Graph[] {
  const graphs: Graph[] = [];
  for (const attribute of node.attributes.values()) {
    if (attribute.type === 'graph') graphs.push(attribute.value);
    if (attribute.type === 'graphs') graphs.push(...attribute.value);
  }
  return graphs;
}

function freeNames(graph: Graph): Set<string> {
  const own = new Set([...graph.inputs, ...graph.initializers].map((value) => value.name));
  const free = new Set<string>();
  for (const node of graph.nodes) {
    for (const name of dataInputs(node)) if (!own.has(name)) free.add(name);
    for (const name of node.outputs) own.add(name);
  }
  for (const { name } of graph.outputs) if (!own.has(name)) free.add(name);
  return free;
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** An integer attribute, or `fallback` if the node does not have it. */
export function intAttribute(node: OnnxNode, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'int' ? attribute.value : fallback;
}

/** An integer list attribute, or null if the node does not have it. */
export function intsAttribute(node: OnnxNode, name: string): number[] | null {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'ints' ? attribute.value : null;
}
