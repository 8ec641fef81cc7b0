import * as l10n from '@vscode/l10n';
import type {
  Anatomy,
  BlockDiagram,
  BlockEdge,
  BlockNode,
  Component,
  ComponentKind,
} from '../shared/anatomy';
import { blockInside } from './blockInside';
import { RELATIVE_POSITIONS } from './tree';

/** Boxes of the first level. */
export const MAX_BOXES = 20;
/** Groups of different blocks that a stack shows one by one; more are one box. */
const MAX_GROUPS = 4;

/**
 * The block diagram of a model as data: embeddings, each stack's blocks (folded), final norm, head. At most 20 boxes;
 * what is inside of a box is in its `children`. Boxes are components of the tree (same ids), so every box is confirmed
 * by tensors; see `blockInside` for what is known of the edges in a block.
 */
export function blockDiagram(anatomy: Anatomy): BlockDiagram {
  const parts = anatomy.components.filter(({ kind }) => kind !== 'constants');
  const isPair = parts.some(({ kind }) => kind === 'encoder') && parts.some(({ kind }) => kind === 'decoder');
  const diagram = isPair ? pairDiagram(anatomy, parts) : chain(anatomy, parts);
  return anatomy.facts.tied === true ? withTie(diagram) : diagram;
}

/** Shows that the output matrix is the embeddings; it has a box of its own where no other part is between. */
function withTie({ nodes, edges }: BlockDiagram): BlockDiagram {
  const embeddings = nodes.findLast(({ kind, label }) => kind === 'embeddings' && !isRelative({ label }));
  if (!embeddings) return { nodes, edges };
  const known = nodes.find(({ kind }) => kind === 'head');
  if (known) return { nodes, edges: [...edges, tie(embeddings, known)] };
  const head: BlockNode = {
    ...{ id: 'tied-head', label: l10n.t('Head'), kind: 'head', parameters: 0 },
    tensors: [],
  };
  const into = edges.map((one) => (one.to === 'output' ? { ...one, to: head.id } : one));
  const before = nodes.filter(({ id }) => id !== 'output');
  const output = nodes.filter(({ id }) => id === 'output');
  return {
    nodes: [...before, head, ...output],
    edges: [...into, ...output.map((node) => edge(head, node)), tie(embeddings, head)],
  };
}

const tie = (from: BlockNode, to: BlockNode): BlockEdge => ({ from: from.id, to: to.id, kind: 'tied' });

/** One stack: everything in a row. */
function chain(anatomy: Anatomy, parts: readonly Component[]): BlockDiagram {
  const nodes = [
    terminal('input', l10n.t('Tokens')),
    ...stackNodes(anatomy, parts, ''),
    terminal('output', l10n.t('Output')),
  ];
  return { nodes, edges: inARow(nodes) };
}

function pairDiagram(anatomy: Anatomy, parts: readonly Component[]): BlockDiagram {
  const childrenOf = (kind: ComponentKind) => parts.find((part) => part.kind === kind)?.children ?? [];
  const shared = parts.filter(({ kind }) => kind === 'embeddings').map((part) => toNode(anatomy, part));
  const after = parts.filter(({ kind }) => !['embeddings', 'encoder', 'decoder'].includes(kind));
  const encoder = [
    terminal('input', l10n.t('Input')),
    ...stackNodes(anatomy, childrenOf('encoder'), l10n.t('Encoder ')),
  ];
  const decoder = [
    terminal('target', l10n.t('Target')),
    ...stackNodes(anatomy, childrenOf('decoder'), l10n.t('Decoder ')),
    ...after.map((part) => toNode(anatomy, part)),
    terminal('output', l10n.t('Output')),
  ];
  const sides = shared.length
    ? [withShared(encoder, shared), withShared(decoder, shared)]
    : [encoder, decoder];
  return {
    nodes: [...shared, ...encoder, ...decoder],
    edges: [...sides.flatMap(inARow), ...memory(encoder, decoder)],
  };
}

/** The way from a side's tokens through the embeddings that both sides use. */
function withShared(side: readonly BlockNode[], shared: readonly BlockNode[]): BlockNode[] {
  const [first, ...rest] = side;
  return first ? [first, ...shared, ...rest] : [];
}

/** What the encoder leaves goes into every decoder block that has cross-attention. */
function memory(encoder: readonly BlockNode[], decoder: readonly BlockNode[]): BlockEdge[] {
  const from = encoder.at(-1);
  const crosses = decoder.filter((node) =>
    node.children?.nodes.some(({ kind }) => kind === 'cross-attention'),
  );
  return from ? crosses.map((node) => ({ from: from.id, to: node.id, kind: 'memory' })) : [];
}

function stackNodes(anatomy: Anatomy, parts: readonly Component[], prefix: string): BlockNode[] {
  const blocks = parts.filter(({ kind }) => kind === 'block');
  const grouped = blocks.length > MAX_GROUPS;
  const nodes = parts.flatMap((part) => {
    if (part.kind !== 'block' || !grouped) return [toNode(anatomy, part)];
    return part === blocks[0] ? [groupNode(anatomy, blocks)] : [];
  });
  return nodes.map((node) => ({ ...node, label: prefix + node.label }));
}

/** Many different blocks as one box; inside, a box for each run of equal ones. */
function groupNode(anatomy: Anatomy, blocks: readonly Component[]): BlockNode {
  const nodes = blocks.map((block) => toNode(anatomy, block));
  const layers = blocks.flatMap((block) => block.layers ?? []).sort((a, b) => a - b);
  return {
    ...{
      id: `${blocks[0]?.id ?? ''}+`,
      label: l10n.t('Blocks'),
      kind: 'block',
      count: layers.length,
      layers,
    },
    parameters: blocks.reduce((sum, { parameters }) => sum + parameters, 0),
    tensors: nodes.flatMap((node) => node.tensors),
    children: { nodes, edges: inARow(nodes) },
  };
}

function toNode(anatomy: Anatomy, component: Component): BlockNode {
  const { id, label, kind, parameters, count, layers, children } = component;
  const inside = kind === 'block' ? blockInside(anatomy, component) : modules(anatomy, children);
  return {
    ...{ id, label, kind, parameters, tensors: allTensors(component) },
    ...(count !== undefined && { count }),
    ...(layers && { layers }),
    ...(inside && { children: inside }),
  };
}

/** Modules of a component side by side: their order and wiring is not in their names. */
function modules(anatomy: Anatomy, children: readonly Component[]): BlockDiagram | undefined {
  if (children.length === 0) return undefined;
  return { nodes: children.map((child) => toNode(anatomy, child)), edges: [] };
}

/** Every tensor in a component, as positions in `Anatomy.tensors`. */
export function allTensors(component: Component): number[] {
  return [...component.tensors, ...component.children.flatMap(allTensors)];
}

function terminal(id: 'input' | 'target' | 'output', label: string): BlockNode {
  return { id, label, kind: id === 'output' ? 'output' : 'input', parameters: 0, tensors: [] };
}

/**
 * Edges from each box to the next. Relative positions go into the blocks, beside the stream; what a part of unknown kind
 * is connected to is not known.
 */
function inARow(nodes: readonly BlockNode[]): BlockEdge[] {
  const stream = nodes.filter((node) => node.kind !== 'other' && !isRelative(node));
  const row = stream.slice(1).map((node, i) => edge(stream[i] as BlockNode, node));
  const block = stream.find(({ kind }) => kind === 'block');
  return block ? [...row, ...nodes.filter(isRelative).map((node) => edge(node, block))] : row;
}

function edge(from: BlockNode, to: BlockNode): BlockEdge {
  return { from: from.id, to: to.id, kind: 'data' };
}

function isRelative({ label }: Pick<BlockNode, 'label'>): boolean {
  return label.endsWith(RELATIVE_POSITIONS);
}
