import * as l10n from '@vscode/l10n';
import type {
  Attribute,
  Graph,
  ModelFunction,
  OnnxModel,
  OnnxNode,
  Opset,
  Tensor,
  TensorData,
  ValueInfo,
} from './graph';
import { Fields, WireError } from './wire';

/** Parts (nodes, names, attributes, tensors ...) that a model may have: the largest known have some hundred thousand. */
export const MAX_PARTS = 4_000_000;

/** Graphs inside graphs; protobuf itself stops at 100 nested messages. */
export const MAX_DEPTH = 32;

const EXTERNAL = 1;

export interface Decoded {
  model: OnnxModel;
  /** Every tensor anywhere in the model: initializers, attributes, branches, functions, sparse ones. */
  tensors: Tensor[];
}

/** Decodes a ModelProto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). Throws WireError. */
export function decodeModel(bytes: Uint8Array): Decoded {
  const decoder = new Decoder();
  return { model: decoder.model(new Fields(bytes)), tensors: decoder.tensors };
}

class Decoder {
  readonly tensors: Tensor[] = [];
  private parts = 0;
  private depth = 0;

  model(f: Fields): OnnxModel {
    const producer = ['', ''];
    const metadata = new Map<string, string>();
    const model = { irVersion: 0, opsets: [] as Opset[], metadata, functions: [] as ModelFunction[] };
    let graph: Graph | null = null;
    while (f.next()) {
      this.count();
      if (f.number === 1) model.irVersion = f.int();
      else if (f.number === 2) producer[0] = f.string();
      else if (f.number === 3) producer[1] = f.string();
      else if (f.number === 7) this.graph(f.message(), (graph ??= emptyGraph()));
      else if (f.number === 8) model.opsets.push(this.opset(f.message()));
      else if (f.number === 14) this.entry(f.message(), metadata);
      else if (f.number === 20) this.training(f.message());
      else if (f.number === 25) model.functions.push(this.function(f.message()));
    }
    if (!graph) throw new WireError(l10n.t('it holds no graph, so it is not an ONNX model'));
    return { ...model, producer: producer.join(' ').trim(), graph };
  }

  private opset(f: Fields): Opset {
    const opset = { domain: '', version: 0 };
    while (f.next()) {
      if (f.number === 1) opset.domain = f.string();
      else if (f.number === 2) opset.version = f.int();
    }
    return opset;
  }

  private entry(f: Fields, into: Map<string, string>): void {
    let key = '';
    let value = '';
    while (f.next()) {
      if (f.number === 1) key = f.string();
      else if (f.number === 2) value = f.string();
    }
    into.set(key, value);
  }

  private training(f: Fields): void {
    while (f.next()) if (f.number === 1 || f.number === 2) this.graph(f.message(), emptyGraph());
  }

  private function(f: Fields): ModelFunction {
    const made: ModelFunction = { name: '', domain: '', inputs: [], outputs: [], nodes: [] };
    while (f.next()) {
      this.count();
      if (f.number === 1) made.name = f.string();
      else if (f.number === 4) made.inputs.push(f.string());
      else if (f.number === 5) made.outputs.push(f.string());
      else if (f.number === 7) made.nodes.push(this.node(f.message(), made.nodes.length));
      else if (f.number === 10) made.domain = f.string();
      else if (f.number === 11) this.attribute(f.message());
    }
    return made;
  }

  /** Decodes into `graph`: a graph that appears twice in a file is the two merged, as in protobuf. */
  private graph(f: Fields, graph: Graph): Graph {
    if (++this.depth > MAX_DEPTH) throw new WireError(l10n.t`its graphs are nested deeper than ${MAX_DEPTH}`);
    while (f.next()) {
      this.count();
      if (f.number === 1) graph.nodes.push(this.node(f.message(), graph.nodes.length));
      else if (f.number === 2) graph.name = f.string();
      else if (f.number === 5) graph.initializers.push(this.tensor(f.message()));
      else if (f.number === 11) graph.inputs.push(this.valueInfo(f.message()));
      else if (f.number === 12) graph.outputs.push(this.valueInfo(f.message()));
      else if (f.number === 15) this.sparse(f.message());
    }
    this.depth--;
    return graph;
  }

  private node(f: Fields, index: number): OnnxNode {
    const attributes = new Map<string, Attribute>();
    const node = { index, name: '', opType: '', domain: '', inputs: [] as string[], outputs: [] as string[] };
    while (f.next()) {
      this.count();
      if (f.number === 1) node.inputs.push(f.string());
      else if (f.number === 2) node.outputs.push(f.string());
      else if (f.number === 3) node.name = f.string();
      else if (f.number === 4) node.opType = f.string();
      else if (f.number === 5) attributes.set(...this.attribute(f.message()));
      else if (f.number === 7) node.domain = f.string();
    }
    if (node.domain === 'ai.onnx') node.domain = '';
    return { ...node, attributes };
  }

  private attribute(f: Fields): [string, Attribute] {
    let name = '';
    const ints: number[] = [];
    const floats: number[] = [];
    const strings: string[] = [];
    const tensors: Tensor[] = [];
    const graphs: Graph[] = [];
    let made: Attribute = { type: 'other' };
    let stated = 0;
    while (f.next()) {
      this.count();
      if (f.number === 1) name = f.string();
      else if (f.number === 2) made = { type: 'float', value: f.float() };
      else if (f.number === 3) made = { type: 'int', value: f.int() };
      else if (f.number === 4) made = { type: 'string', value: f.string() };
      else if (f.number === 5) made = { type: 'tensor', value: this.tensor(f.message()) };
      else if (f.number === 6) made = { type: 'graph', value: this.graph(f.message(), emptyGraph()) };
      else if (f.number === 7) this.floats(f, floats);
      else if (f.number === 8) this.ints(f, ints);
      else if (f.number === 9) strings.push(f.string());
      else if (f.number === 10) tensors.push(this.tensor(f.message()));
      else if (f.number === 11) graphs.push(this.graph(f.message(), emptyGraph()));
      else if (f.number === 20) stated = f.int();
      else if (f.number === 22 || f.number === 23) this.sparse(f.message());
    }
    if (floats.length || stated === 6) made = { type: 'floats', value: floats };
    else if (ints.length || stated === 7) made = { type: 'ints', value: ints };
    else if (strings.length || stated === 8) made = { type: 'strings', value: strings };
    else if (tensors.length || stated === 9) made = { type: 'tensors', value: tensors };
    else if (graphs.length || stated === 10) made = { type: 'graphs', value: graphs };
    return [name, made];
  }

  private sparse(f: Fields): void {
    while (f.next()) if (f.number === 1 || f.number === 2) this.tensor(f.message());
  }

  private tensor(f: Fields): Tensor {
    const message = f.bytes.subarray(f.stop, f.end);
    const dims: number[] = [];
    const external = new Map<string, string>();
    const tensor = { name: '', dims, dataType: 0, bytes: 0 };
    let isExternal = false;
    while (f.next()) {
      this.count();
      if (f.number === 1) this.ints(f, dims);
      else if (f.number === 2) tensor.dataType = f.int();
      else if (f.number >= 4 && f.number <= 7) tensor.bytes += f.stop - f.start;
      else if (f.number === 8) tensor.name = f.string();
      else if (f.number >= 9 && f.number <= 11) tensor.bytes += f.stop - f.start;
      else if (f.number === 13) this.entry(f.message(), external);
      else if (f.number === 14) isExternal = f.int() === EXTERNAL;
    }
    const where =
      isExternal || external.size > 0 ? externalData(external) : { kind: 'inline' as const, message };
    const made = { ...tensor, bytes: where.kind === 'external' ? (where.length ?? 0) : tensor.bytes, where };
    this.tensors.push(made);
    return made;
  }

  private valueInfo(f: Fields): ValueInfo {
    const info: ValueInfo = { name: '', elemType: 0, dims: [] };
    while (f.next()) {
      this.count();
      if (f.number === 1) info.name = f.string();
      else if (f.number === 2) this.type(f.message(), info);
    }
    return info;
  }

  private type(f: Fields, info: ValueInfo): void {
    while (f.next()) {
      if (f.number !== 1) continue;
      const tensorType = f.message();
      while (tensorType.next()) {
        if (tensorType.number === 1) info.elemType = tensorType.int();
        else if (tensorType.number === 2) this.shape(tensorType.message(), info);
      }
    }
  }

  private shape(f: Fields, info: ValueInfo): void {
    while (f.next()) {
      if (f.number !== 1) continue;
      this.count();
      const dim = f.message();
      let size: number | string | null = null;
      while (dim.next()) {
        if (dim.number === 1) size = dim.int();
        else if (dim.number === 2) size = dim.string();
      }
      info.dims.push(size);
    }
  }

  private ints(f: Fields, into: number[]): void {
    this.count(f.stop - f.start);
    f.ints(into);
  }

  private floats(f: Fields, into: number[]): void {
    this.count((f.stop - f.start) / 4);
    f.floats(into);
  }

  private count(parts = 1): void {
    this.parts += parts;
    if (this.parts > MAX_PARTS) throw new WireError(l10n.t`it has more than ${MAX_PARTS} parts`);
  }
}

function emptyGraph(): Graph {
  return { name: '', nodes: [], inputs: [], outputs: [], initializers: [] };
}

function externalData(entries: Map<string, string>): TensorData {
  const length = entries.get('length');
  return {
    kind: 'external',
    location: entries.get('location') ?? '',
    offset: Number(entries.get('offset') ?? '0'),
    length: length === undefined ? null : Number(length),
  };
}
