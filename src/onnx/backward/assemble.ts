import type { GraphIndex, OnnxNode } from '../graph';
import { appendGraph } from '../taps';
import type { GraphAddition, NewTensor, NewValue } from '../taps';
import { bytesField, concat, Fields } from '../wire';
import type { GraphModel } from './request';

const GRAPH = 7;
const NODE = 1;
const INITIALIZER = 5;
const INPUT = 11;
const OUTPUT = 12;
const VALUE_INFO = 13;

export interface Assembly {
  addition: Pick<GraphAddition, 'nodes' | 'initializers' | 'values'>;
  /** Tensors that become inputs under their own names. */
  fed: readonly NewValue[];
  /** Inputs that the added nodes read and the graph does not have. */
  inputs: readonly NewValue[];
  outputs: readonly NewValue[];
  /** Tensors that get these values, whatever made them in the graph. */
  replaced?: readonly NewTensor[];
}

/** Another graph made of one's nodes and more: what no output needs is left out. `index` is the model's graph. */
export function assemble(
  { bytes }: GraphModel,
  index: GraphIndex,
  { addition, fed, inputs, outputs, replaced = [] }: Assembly,
): { bytes: Uint8Array; inputs: string[] } {
  const added = addition.nodes ?? [];
  const cut = new Set([...fed, ...replaced].map(({ name }) => name));
  for (const { outputs: made } of added) for (const name of made) cut.add(name);
  const needed = new Set(outputs.map(({ name }) => name));
  const usedNodes = added.toReversed().filter(({ inputs: names, outputs: made }) => {
    if (!made.some((name) => needed.has(name))) return false;
    for (const name of names) needed.add(name);
    return true;
  });
  const kept = neededNodes(index, needed, cut);
  const own = [...index.graphInputs.keys()].filter((name) => needed.has(name) && !cut.has(name));
  const free = own.filter((name) => !index.initializers.has(name));
  const newInputs = [...inputs, ...fed].filter(({ name }) => needed.has(name));
  const rest = keepOnly(bytes, {
    node: (i) => kept.has(i),
    initializer: (name) => needed.has(name) && !cut.has(name),
    input: (name) => free.includes(name),
  });
  const built = appendGraph(rest, {
    nodes: usedNodes.reverse(),
    initializers: [...(addition.initializers ?? []), ...replaced].filter(({ name }) => needed.has(name)),
    inputs: newInputs,
    outputs: [...outputs],
    values: (addition.values ?? []).filter(({ name }) =>
      usedNodes.some((node) => node.outputs.includes(name)),
    ),
  });
  return { bytes: built, inputs: [...free, ...newInputs.map(({ name }) => name)] };
}

/** Positions of the nodes that make the needed tensors; adds what these read to `needed`. */
function neededNodes(index: GraphIndex, needed: Set<string>, cut: ReadonlySet<string>): Set<number> {
  const kept = new Set<number>();
  const makes = (node: OnnxNode) => node.outputs.some((name) => needed.has(name) && !cut.has(name));
  for (const node of index.graph.nodes.toReversed()) {
    if (!makes(node)) continue;
    kept.add(node.index);
    for (const name of index.inputs[node.index] ?? []) needed.add(name);
  }
  return kept;
}

interface Keep {
  node(position: number): boolean;
  initializer(name: string): boolean;
  input(name: string): boolean;
}

function keepOnly(bytes: Uint8Array, keep: Keep): Uint8Array {
  const parts: Uint8Array[] = [];
  let position = 0;
  const f = new Fields(bytes);
  for (let from = f.stop; f.next(); from = f.stop) {
    if (f.number !== GRAPH) {
      parts.push(f.bytes.subarray(from, f.stop));
      continue;
    }
    const graph: Uint8Array[] = [];
    const g = f.message();
    for (let start = g.stop; g.next(); start = g.stop) {
      if (g.number === NODE && !keep.node(position++)) continue;
      if (g.number === INITIALIZER && !keep.initializer(nameOf(g.message(), 8))) continue;
      if (g.number === INPUT && !keep.input(nameOf(g.message(), 1))) continue;
      if (g.number === OUTPUT || g.number === VALUE_INFO) continue;
      graph.push(g.bytes.subarray(start, g.stop));
    }
    parts.push(bytesField(GRAPH, concat(graph)));
  }
  return concat(parts);
}

function nameOf(f: Fields, field: number): string {
  let name = '';
  while (f.next()) if (f.number === field) name = f.string();
  return name;
}
