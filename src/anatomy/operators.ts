import type { Anatomy, BlockDiagram, BlockEdge, BlockNode, Component } from '../shared/anatomy';
import type { Graph, OnnxNode } from '../onnx/graph';

/** Operators that a diagram of one module shows; more are cut off, in the graph's order. */
const MAX_OPERATORS = 400;

/**
 * The operators of modules of an ONNX graph, as boxes and edges: the last level of the block diagram. Paths are module
 * paths such as `bert.encoder.layer.0.attention`, found in the nodes' names as PyTorch's exporter writes them. Empty for
 * graphs whose nodes have no such names.
 */
export function operatorGraph(
  graph: Graph,
  paths: readonly string[],
): { diagram: BlockDiagram; total: number } {
  const starts = paths.map(nodePrefix);
  return diagramOf(graph.nodes.filter(({ name }) => starts.some((start) => name.startsWith(start))));
}

/**
 * For graphs whose nodes have other names: the operators from the first to the last that uses a tensor of a component, in
 * one of its layers. Exporters write modules one after the other, so these are its own; none if it has no tensor there.
 */
export function operatorsBetween(
  graph: Graph,
  anatomy: Anatomy,
  component: Component,
  layer: number | null,
): { diagram: BlockDiagram; total: number } {
  const uses = tensorsIn(component).flatMap((index) => {
    const tensor = anatomy.tensors[index];
    return tensor?.layer === layer && tensor.usedAt !== undefined ? [tensor.usedAt] : [];
  });
  const first = uses.reduce((least, at) => Math.min(least, at), Infinity);
  const last = uses.reduce((most, at) => Math.max(most, at), -1);
  return diagramOf(graph.nodes.filter(({ index }) => index >= first && index <= last));
}

/** Position of the graph that uses a component's tensors: that of its file, or of the file that refers to its weights. */
export function graphOf(anatomy: Anatomy, component: Component): number {
  const file = anatomy.tensors[tensorsIn(component)[0] ?? -1]?.file ?? 0;
  const starts = anatomy.graphs.map((graph) => anatomy.files.findIndex(({ name }) => name === graph.file));
  return Math.max(
    0,
    starts.findLastIndex((start) => start <= file),
  );
}

function diagramOf(inside: readonly OnnxNode[]): { diagram: BlockDiagram; total: number } {
  const nodes = inside.slice(0, MAX_OPERATORS);
  return { diagram: { nodes: nodes.map(toNode), edges: edgesBetween(nodes) }, total: inside.length };
}

/**
 * The modules that a component is, in one of its layers: the one that holds them all, unless that is the whole layer or
 * the whole model; then each by itself.
 */
export function modulesOf(anatomy: Anatomy, component: Component, layer: number | null): string[] {
  const modules = new Set<string>();
  for (const index of tensorsIn(component)) {
    const tensor = anatomy.tensors[index];
    if (!tensor || tensor.layer !== layer) continue;
    modules.add((tensor.path ?? tensor.name).replace(/\.[^.]*$/, ''));
  }
  const common = commonModule([...modules]);
  const isWhole = common === '' || (/(^|\.)\d+$/.test(common) && component.kind !== 'block');
  return modules.size > 1 && isWhole ? [...modules] : modules.size === 0 ? [] : [common];
}

/** PyTorch joins a module and its number with a dot: layer.0 is one part of a node's name. */
function nodePrefix(path: string): string {
  return `/${path.split('.').join('/')}/`.replace(/\/(\d+)(?=\/)/g, '.$1');
}

function tensorsIn(component: Component): number[] {
  return [...component.tensors, ...component.children.flatMap(tensorsIn)];
}

function commonModule(modules: readonly string[]): string {
  const split = modules.map((module) => module.split('.'));
  const first = split[0] ?? [];
  let same = 0;
  while (same < first.length && split.every((parts) => parts[same] === first[same])) same++;
  return first.slice(0, same).join('.');
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
