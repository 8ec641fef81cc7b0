import * as l10n from '@vscode/l10n';
import { decodeModel } from '../decode';
import type { Attribute, Graph, OnnxNode } from '../graph';
import { ProbeError } from '../../shared/errors';
import { encodeNode } from '../taps';
import type { NewAttribute, NewNode } from '../taps';
import { bytesField, BYTES, concat, Fields, stringField, varintField } from '../wire';
import { EMITTED_OPSET } from './emitter';
import type { GraphModel } from './request';

/** Field numbers of ModelProto, GraphProto, NodeProto and AttributeProto. */
const IR_VERSION = 1;
const OPSET_IMPORT = 8;
const GRAPH = 7;
const NODE = 1;
const ATTRIBUTE = 5;
const SUBGRAPH = 6;

const OLDEST_OPSET = 11;
/** The first IR version that goes with every opset up to 18. */
const IR = 8;

/**
 * The model in opset 18, so that emitted nodes can rely on it: operators whose form changed between 11 and 18 are
 * written in the new form, the rest is copied as it is. Newer models come back as they are. Throws ProbeError `model`
 * for opsets below 11.
 */
export function raiseOpset<T extends GraphModel>(model: T): T {
  const version = model.model.opsets.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version;
  if (version === undefined || version >= EMITTED_OPSET) return model;
  if (version < OLDEST_OPSET) {
    throw new ProbeError(
      'model',
      l10n.t`This model is written in opset ${version}; gradients need opset ${OLDEST_OPSET} or later. Export it anew.`,
    );
  }
  const bytes = new Raiser(version).model(model.bytes, model.model.graph);
  return { ...model, bytes, model: decodeModel(bytes).model };
}

class Raiser {
  private made = 0;

  constructor(private readonly version: number) {}

  model(bytes: Uint8Array, graph: Graph): Uint8Array {
    const parts = [varintField(IR_VERSION, IR)];
    const f = new Fields(bytes);
    for (let from = f.stop; f.next(); from = f.stop) {
      if (f.number === IR_VERSION) parts[0] = varintField(IR_VERSION, Math.max(IR, f.int()));
      else if (f.number === OPSET_IMPORT) parts.push(opsetImport(f.message()));
      else if (f.number === GRAPH) parts.push(bytesField(GRAPH, this.graph(f.message(), graph.nodes)));
      else parts.push(f.bytes.subarray(from, f.stop));
    }
    return concat(parts);
  }

  /** Takes its nodes from the front of `nodes`: a graph may come in several pieces. */
  private graph(f: Fields, nodes: OnnxNode[]): Uint8Array {
    const parts: Uint8Array[] = [];
    let position = 0;
    for (let from = f.stop; f.next(); from = f.stop) {
      const node = f.number === NODE ? nodes[position++] : undefined;
      if (!node) parts.push(f.bytes.subarray(from, f.stop));
      else parts.push(...this.node(f, from, node));
    }
    return concat(parts);
  }

  private node(f: Fields, from: number, node: OnnxNode): Uint8Array[] {
    const raised = node.domain === '' ? this.raised(node) : null;
    if (raised) return raised.map((one) => bytesField(NODE, encodeNode(one)));
    const hasGraphs = [...node.attributes.values()].some(({ type }) => type === 'graph');
    return [
      hasGraphs ? bytesField(NODE, this.withGraphs(f.message(), node)) : f.bytes.subarray(from, f.stop),
    ];
  }

  private withGraphs(f: Fields, node: OnnxNode): Uint8Array {
    const parts: Uint8Array[] = [];
    const graphs = [...node.attributes.values()].flatMap((a) => (a.type === 'graph' ? [a.value] : []));
    let next = 0;
    for (let from = f.stop; f.next(); from = f.stop) {
      if (f.number !== ATTRIBUTE || f.type !== BYTES) parts.push(f.bytes.subarray(from, f.stop));
      else
        parts.push(
          bytesField(
            ATTRIBUTE,
            attribute(f.message(), (g) => this.graph(g, graphs[next++]?.nodes ?? [])),
          ),
        );
    }
    return concat(parts);
  }

  /** A node in its new form, and what that needs before and behind it; null if its form has not changed. */
  private raised(node: OnnxNode): NewNode[] | null {
    const { opType } = node;
    if ((opType === 'Softmax' || opType === 'LogSoftmax') && this.version < 13) return this.softmax(node);
    if (['Squeeze', 'Unsqueeze', 'ReduceSum'].includes(opType)) return this.listAsInput(node, 'axes');
    if (REDUCTIONS.has(opType)) return this.listAsInput(node, 'axes');
    if (opType === 'Split') return this.split(node);
    if (opType === 'Dropout' && this.version < 12) return [plain(node, ['ratio', 'seed'])];
    return null;
  }

  /** Before 13 the axes from `axis` on were one: the input is flattened to a matrix, and its shape given back. */
  private softmax(node: OnnxNode): NewNode[] | null {
    const axis = node.attributes.get('axis');
    const value = axis?.type === 'int' ? axis.value : 1;
    const [x = ''] = node.inputs;
    const [y = ''] = node.outputs;
    const [flat, done, shape] = [this.fresh(), this.fresh(), this.fresh()];
    return [
      { opType: 'Flatten', inputs: [x], outputs: [flat], attributes: { axis: { type: 'int', value } } },
      {
        opType: node.opType,
        inputs: [flat],
        outputs: [done],
        attributes: { axis: { type: 'int', value: 1 } },
      },
      { opType: 'Shape', inputs: [x], outputs: [shape] },
      { opType: 'Reshape', name: node.name, inputs: [done, shape], outputs: [y] },
    ];
  }

  private split(node: OnnxNode): NewNode[] | null {
    const listed = this.listAsInput(node, 'split');
    if (listed || (node.inputs[1] ?? '') !== '') return listed;
    const raised = plain(node, []);
    const count = { num_outputs: { type: 'int' as const, value: node.outputs.length } };
    return [{ ...raised, attributes: { ...raised.attributes, ...count } }];
  }

  /** An attribute with integers becomes the second input. */
  private listAsInput(node: OnnxNode, name: 'axes' | 'split'): NewNode[] | null {
    const list = node.attributes.get(name);
    if (list?.type !== 'ints') return null;
    const constant = this.fresh();
    const data = BigInt64Array.from(list.value, BigInt);
    const value = { name: constant, dims: [data.length], data };
    const raised = plain(node, [name]);
    return [
      {
        opType: 'Constant',
        inputs: [],
        outputs: [constant],
        attributes: { value: { type: 'tensor', value } },
      },
      { ...raised, inputs: [node.inputs[0] ?? '', constant] },
    ];
  }

  private fresh(): string {
    return `raised/${this.made++}`;
  }
}

const REDUCTIONS = new Set(
  ['Mean', 'Max', 'Min', 'L1', 'L2', 'LogSum', 'LogSumExp', 'Prod', 'SumSquare'].map(
    (name) => `Reduce${name}`,
  ),
);

/** The node without some of its attributes. */
function plain(node: OnnxNode, without: string[]): NewNode {
  const attributes: Record<string, NewAttribute> = {};
  for (const [name, value] of node.attributes) {
    const kept = without.includes(name) ? null : simple(value);
    if (kept) attributes[name] = kept;
  }
  const { opType, name, inputs, outputs } = node;
  return { opType, name, inputs, outputs, attributes };
}

function simple(attribute: Attribute): NewAttribute | null {
  switch (attribute.type) {
    case 'int':
    case 'float':
    case 'ints':
    case 'floats':
    case 'string':
      return attribute as NewAttribute;
    default:
      return null;
  }
}

function attribute(f: Fields, rewrite: (graph: Fields) => Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let from = f.stop; f.next(); from = f.stop) {
    if (f.number === SUBGRAPH && f.type === BYTES) parts.push(bytesField(SUBGRAPH, rewrite(f.message())));
    else parts.push(f.bytes.subarray(from, f.stop));
  }
  return concat(parts);
}

function opsetImport(f: Fields): Uint8Array {
  let [domain, version] = ['', 0];
  while (f.next()) {
    if (f.number === 1) domain = f.string();
    else if (f.number === 2) version = f.int();
  }
  const own = domain === '' || domain === 'ai.onnx';
  const raised = own ? Math.max(version, EMITTED_OPSET) : version;
  const named = own ? [] : [stringField(1, domain)];
  return bytesField(OPSET_IMPORT, concat([...named, varintField(2, raised)]));
}
