import type { Skeleton } from './skeleton';
import { bytesField, concat, floatField, stringField, varint, varintField } from './wire';

/** TensorProto.DataType of the tensors that this program writes. */
export const FLOAT = 1;
export const INT64 = 7;

/** A graph input or output to add. The runtime infers a missing type. */
export interface NewValue {
  name: string;
  elemType?: number;
  dims?: (number | string)[];
}

export interface NewTensor {
  name: string;
  dims: number[];
  data: Float32Array | BigInt64Array;
}

export type NewAttribute =
  | { type: 'int' | 'float'; value: number }
  | { type: 'ints' | 'floats'; value: number[] }
  | { type: 'string'; value: string }
  | { type: 'tensor'; value: NewTensor };

export interface NewNode {
  opType: string;
  /** Empty or absent for ONNX's own operators. */
  domain?: string;
  name?: string;
  inputs: string[];
  outputs: string[];
  attributes?: Record<string, NewAttribute>;
}

export interface GraphAddition {
  nodes?: NewNode[];
  inputs?: NewValue[];
  outputs?: NewValue[];
  initializers?: NewTensor[];
  /** Element types of added tensors that the runtime cannot infer. */
  values?: NewValue[];
}

/**
 * The skeleton's bytes with these tensors as further graph outputs. Names that are outputs already are not repeated.
 * `additions` are nodes that compute tensors which the file does not have; only what an output needs is appended.
 */
export function withOutputs(
  skeleton: Pick<Skeleton, 'bytes' | 'model'>,
  tensors: readonly string[],
  additions: readonly GraphAddition[] = [],
): Uint8Array {
  const present = new Set(skeleton.model.graph.outputs.map((output) => output.name));
  const added = [...new Set(tensors)].filter((name) => !present.has(name));
  return appendGraph(skeleton.bytes, {
    ...neededFor(added, additions),
    outputs: added.map((name) => ({ name })),
  });
}

/** The nodes that the tensors are computed by, of those that could be appended, and what goes with them. */
function neededFor(tensors: readonly string[], additions: readonly GraphAddition[]): GraphAddition {
  const needed = new Set(tensors);
  const nodes = additions.flatMap((addition) => addition.nodes ?? []);
  const kept = new Set<NewNode>();
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    kept.add(node);
    for (const name of node.inputs) needed.add(name);
  }
  const made = new Set([...kept].flatMap((node) => node.outputs));
  return {
    nodes: nodes.filter((node) => kept.has(node)),
    initializers: additions.flatMap(({ initializers = [] }) =>
      initializers.filter((t) => needed.has(t.name)),
    ),
    values: additions.flatMap(({ values = [] }) => values.filter((value) => made.has(value.name))),
  };
}

/**
 * A model with more nodes, inputs, outputs and initializers at the end of its graph. Protobuf merges a message that is
 * there twice, so nothing that is there already is touched. Added nodes may use any tensor of the graph; they cannot
 * come before a node that is there.
 */
export function appendGraph(bytes: Uint8Array, addition: GraphAddition): Uint8Array {
  const graph = concat([
    ...(addition.nodes ?? []).map((node) => bytesField(1, encodeNode(node))),
    ...(addition.initializers ?? []).map((tensor) => bytesField(5, encodeTensor(tensor))),
    ...(addition.inputs ?? []).map((value) => bytesField(11, encodeValue(value))),
    ...(addition.outputs ?? []).map((value) => bytesField(12, encodeValue(value))),
    ...(addition.values ?? []).map((value) => bytesField(13, encodeValue(value))),
  ]);
  return graph.length === 0 ? bytes : concat([bytes, bytesField(7, graph)]);
}

export function encodeNode(node: NewNode): Uint8Array {
  return concat([
    ...node.inputs.map((name) => stringField(1, name)),
    ...node.outputs.map((name) => stringField(2, name)),
    ...(node.name ? [stringField(3, node.name)] : []),
    stringField(4, node.opType),
    ...Object.entries(node.attributes ?? {}).map((entry) => bytesField(5, encodeAttribute(...entry))),
    ...(node.domain ? [stringField(7, node.domain)] : []),
  ]);
}

function encodeAttribute(name: string, attribute: NewAttribute): Uint8Array {
  const type = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7 }[attribute.type];
  return concat([stringField(1, name), encodePayload(attribute), varintField(20, type)]);
}

function encodePayload(attribute: NewAttribute): Uint8Array {
  switch (attribute.type) {
    case 'float':
      return floatField(2, attribute.value);
    case 'int':
      return varintField(3, attribute.value);
    case 'string':
      return stringField(4, attribute.value);
    case 'tensor':
      return bytesField(5, encodeTensor(attribute.value));
    case 'floats':
      return concat(attribute.value.map((value) => floatField(7, value)));
    case 'ints':
      return concat(attribute.value.map((value) => varintField(8, value)));
  }
}

function encodeTensor({ name, dims, data }: NewTensor): Uint8Array {
  return concat([
    bytesField(1, concat(dims.map((dim) => varint(dim)))),
    varintField(2, data instanceof Float32Array ? FLOAT : INT64),
    stringField(8, name),
    bytesField(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ]);
}

/** ValueInfoProto { name, type { tensor_type { elem_type, shape } } }, as much of it as is known. */
function encodeValue({ name, elemType, dims }: NewValue): Uint8Array {
  if (elemType === undefined) return stringField(1, name);
  const shape = dims && bytesField(2, concat(dims.map((dim) => bytesField(1, encodeDim(dim)))));
  const tensorType = concat([varintField(1, elemType), ...(shape ? [shape] : [])]);
  return concat([stringField(1, name), bytesField(2, bytesField(1, tensorType))]);
}

function encodeDim(dim: number | string): Uint8Array {
  return typeof dim === 'number' ? varintField(1, dim) : stringField(2, dim);
}
