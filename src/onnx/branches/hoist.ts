import type { Graph, OnnxNode } from '../graph';
import { subgraphs } from '../graph';
import { encodeNode } from '../taps';
import { bytesField, BYTES, concat, Fields } from '../wire';
import { renamed } from './rename';

/** An `If` of a graph and the branch of it that takes its place. */
export interface Choice {
  node: OnnxNode;
  branch: 'then_branch' | 'else_branch';
}

/** Field numbers of ModelProto, GraphProto, NodeProto and AttributeProto. */
const GRAPH = 7;
const NODE = 1;
const INITIALIZER = 5;
const INPUT = 11;
const ATTRIBUTE = 5;
const BRANCH = 6;

/**
 * A model whose chosen `If` nodes are replaced by one of their branches: its nodes and weights move into the graph around
 * it, its outputs take the `If`'s names. Graph inputs that nothing uses any more are dropped.
 */
export function hoist(model: Uint8Array, graph: Graph, choices: readonly Choice[]): Uint8Array {
  const moved = new Map(choices.map(({ node, branch }) => [node.index, branch]));
  const used = usedInputs(graph, moved);
  const taken = namesOf(graph);
  const parts: Uint8Array[] = [];
  let position = 0;
  const f = new Fields(model);
  for (let from = f.stop; f.next(); from = f.stop) {
    if (f.number !== GRAPH) parts.push(f.bytes.subarray(from, f.stop));
    else parts.push(bytesField(GRAPH, rewriteGraph(f.message())));
  }
  return concat(parts);

  function rewriteGraph(g: Fields): Uint8Array {
    const kept: Uint8Array[] = [];
    for (let from = g.stop; g.next(); from = g.stop) {
      if (g.number === INPUT && !used.has(nameOf(g.message()))) continue;
      const node = g.number === NODE ? graph.nodes[position++] : undefined;
      const branch = node && moved.get(node.index);
      kept.push(branch ? unfolded(g.view(), node, branch, taken) : g.bytes.subarray(from, g.stop));
    }
    return concat(kept);
  }
}

/** The fields of a branch as fields of the graph around it. */
function unfolded(
  node: Uint8Array,
  decoded: OnnxNode,
  branch: Choice['branch'],
  taken: Set<string>,
): Uint8Array {
  const graph = branchOf(decoded, branch);
  if (!graph) return bytesField(NODE, node);
  const { names, copies } = newNames(decoded, graph, taken);
  const parts: Uint8Array[] = [];
  for (const f = graphFields(node, branch); f.next();) {
    if (f.number === NODE) parts.push(bytesField(NODE, renamed('node', f.view(), names)));
    else if (f.number === INITIALIZER)
      parts.push(bytesField(INITIALIZER, renamed('tensor', f.view(), names)));
  }
  for (const [from, to] of copies) {
    const copy = { opType: 'Identity', inputs: [names.get(from) ?? from], outputs: [to] };
    parts.push(bytesField(NODE, encodeNode(copy)));
  }
  return concat(parts);
}

interface NewNames {
  names: Map<string, string>;
  /** Outputs that are no node's own: an outer tensor, a weight, or one tensor under two names. */
  copies: [from: string, to: string][];
}

function newNames(node: OnnxNode, branch: Graph, taken: Set<string>): NewNames {
  const names = new Map<string, string>();
  const copies: [string, string][] = [];
  const made = new Set(branch.nodes.flatMap((inner) => inner.outputs).filter((name) => name !== ''));
  for (const [i, { name }] of branch.outputs.entries()) {
    const outer = node.outputs[i] ?? '';
    if (outer === '') continue;
    if (made.has(name) && !names.has(name)) names.set(name, outer);
    else copies.push([name, outer]);
  }
  for (const name of [...made, ...branch.initializers.map((tensor) => tensor.name)]) {
    if (!names.has(name) && taken.has(name)) names.set(name, freshName(name, taken));
    taken.add(names.get(name) ?? name);
  }
  return { names, copies };
}

function freshName(name: string, taken: ReadonlySet<string>): string {
  for (let i = 1; ; i++) if (!taken.has(`${name}.${i}`)) return `${name}.${i}`;
}

/** The fields of the graph that a node holds under an attribute's name. */
function graphFields(node: Uint8Array, attribute: string): Fields {
  const f = new Fields(node);
  while (f.next()) {
    if (f.number !== ATTRIBUTE || f.type !== BYTES) continue;
    let found: Fields | null = null;
    let name = '';
    for (const a = f.message(); a.next();) {
      if (a.number === 1) name = a.string();
      else if (a.number === BRANCH) found = a.message();
    }
    if (name === attribute && found) return found;
  }
  return new Fields(new Uint8Array(0));
}

function nameOf(f: Fields): string {
  let name = '';
  while (f.next()) if (f.number === 1) name = f.string();
  return name;
}

export function branchOf(node: OnnxNode, branch: Choice['branch']): Graph | null {
  const attribute = node.attributes.get(branch);
  return attribute?.type === 'graph' ? attribute.value : null;
}

function namesOf(graph: Graph): Set<string> {
  const values = [...graph.inputs, ...graph.initializers].map((value) => value.name);
  return new Set([...values, ...graph.nodes.flatMap((node) => node.outputs)]);
}

/** Names that the graph reads once the chosen branches have taken their nodes' places. */
function usedInputs(graph: Graph, moved: ReadonlyMap<number, Choice['branch']>): Set<string> {
  const used = new Set(graph.outputs.map((output) => output.name));
  const visit = (one: Graph) => {
    for (const output of one.outputs) used.add(output.name);
    for (const node of one.nodes) read(node);
  };
  const read = (node: OnnxNode) => {
    for (const name of node.inputs) used.add(name);
    for (const inner of subgraphs(node)) visit(inner);
  };
  for (const node of graph.nodes) {
    const branch = moved.get(node.index);
    const inner = branch && branchOf(node, branch);
    if (inner) visit(inner);
    else read(node);
  }
  return used;
}
