import * as l10n from '@vscode/l10n';
import type { BlockDiagram, BlockNode } from '../../shared/anatomy';
import type { Family } from '../../shared/model';
import type { BoxAction, DiagramFigure } from '../../shared/report';

/** What the diagram of one model is drawn from. */
export interface DrawnModel {
  name: string;
  /** By which other probes and the anatomy open it. */
  reference: string;
  family: Family | null;
  /** It has a graph that can be run, not only a config or weights. */
  runs: boolean;
  parameters: number;
  diagram: BlockDiagram;
}

/** A diagram with what each box does, and where it leads: to the probe that is about it, and to the anatomy. */
export function diagramFigure(model: DrawnModel, id: string, note: string): DiagramFigure {
  const nodes = everyNode(model.diagram);
  return {
    kind: 'diagram',
    id,
    title: `${model.name}${model.family ? `, ${model.family}` : ''}`,
    note,
    diagram: model.diagram,
    total: model.parameters,
    unfolded: model.diagram.nodes
      .filter(({ kind, children }) => kind === 'block' && children)
      .map((node) => node.id),
    boxes: Object.fromEntries(
      nodes.map((node) => [node.id, { text: TEXTS[node.kind] ?? '', actions: actionsOf(node, model) }]),
    ),
  };
}

/** Only the blocks are opened: what is inside of the other boxes is the anatomy's. */
export function withoutModules({ nodes, edges }: BlockDiagram): BlockDiagram {
  const cut = (node: BlockNode): BlockNode => {
    const { children, ...rest } = { ...node, tensors: [] };
    return children && node.kind === 'block' ? { ...rest, children: withoutModules(children) } : rest;
  };
  return { nodes: nodes.map(cut), edges };
}

function everyNode({ nodes }: BlockDiagram): BlockNode[] {
  return nodes.flatMap((node) => [node, ...(node.children ? everyNode(node.children) : [])]);
}

const TEXTS: Partial<Record<BlockNode['kind'], string>> = {
  embeddings: l10n.t('Looks up a vector for each token, and where they are learned, for each position.'),
  attention: l10n.t('Each position takes a weighted mean of the values of those that it may see.'),
  'cross-attention': l10n.t('Each position of the target takes a weighted mean of the encoder’s output.'),
  'feed-forward': l10n.t(
    'Two matrices with an activation function between them, for each position by itself.',
  ),
  experts: l10n.t('Several feed-forward networks, of which a router picks a few for each position.'),
  norm: l10n.t('Brings every vector to the same size, and scales each dimension by a learned factor.'),
  head: l10n.t(
    'Turns the last vectors into what the model says, such as a score for every token of the vocabulary.',
  ),
  pooler: l10n.t('One more layer on the first position, for what concerns the whole text.'),
  block: l10n.t('The same sub-layers again and again, each layer with weights of its own.'),
  add: l10n.t('What the sub-layer computed is added to the residual stream that went around it.'),
  input: l10n.t('What goes in.'),
  output: l10n.t('What the model computes.'),
};

/** What is about a kind of box: probes by id and title, and parts of this probe's own report. */
const LEADS: Partial<Record<BlockNode['kind'], ({ probe: string; label: string } | BoxAction)[]>> = {
  input: [{ probe: 'tokens', label: l10n.t('Tokens and Embeddings') }],
  embeddings: [
    { probe: 'tokens', label: l10n.t('Tokens and Embeddings') },
    { probe: 'positions', label: l10n.t('Positional Encoding') },
  ],
  attention: [
    { probe: 'scratch', label: l10n.t('Attention from Scratch') },
    { probe: 'coreference', label: l10n.t('Attention and Coreference') },
  ],
  'cross-attention': [{ probe: 'architectures', label: l10n.t('Architecture Comparison') }],
  'feed-forward': [
    { kind: 'part', label: l10n.t('Its Activation Function'), part: 'activations' },
    { probe: 'memory', label: l10n.t('Memory and Cost') },
  ],
  experts: [
    { kind: 'part', label: l10n.t('Their Activation Function'), part: 'activations' },
    { probe: 'memory', label: l10n.t('Memory and Cost') },
  ],
  norm: [{ kind: 'part', label: l10n.t('Its Share of the Weights'), part: 'shares' }],
  head: [{ probe: 'prediction', label: l10n.t('Causal and Masked Prediction') }],
  pooler: [{ probe: 'tasks', label: l10n.t('Tasks on Top') }],
  block: [{ probe: 'architectures', label: l10n.t('Architecture Comparison') }],
  output: [{ probe: 'explain', label: l10n.t('Explain Prediction') }],
};

function actionsOf({ id, kind, tensors, parameters }: BlockNode, model: DrawnModel): BoxAction[] {
  const { reference } = model;
  const probes = (LEADS[kind] ?? []).map((lead): BoxAction => {
    if ('kind' in lead) return lead;
    const settings = settingsFor(lead.probe, model);
    return { kind: 'probe', ...lead, ...(settings && { settings }) };
  });
  const isPart = parameters > 0 || tensors.length > 0;
  const anatomy: BoxAction = {
    kind: 'anatomy',
    label: l10n.t('Show in Anatomy'),
    model: reference,
    component: id,
  };
  return isPart ? [...probes, anatomy] : probes;
}

/** How a probe is told the model: those with one model field of every family, and those with one a family. */
function settingsFor(
  probe: string,
  { reference: model, family, runs }: DrawnModel,
): Record<string, string> | undefined {
  if (['positions', 'memory'].includes(probe)) return { model };
  if (!runs) return undefined;
  if (['explain', 'tokens', 'tasks'].includes(probe)) return { model };
  if (probe === 'scratch') return { source: 'model', model };
  if (probe === 'coreference') return family === 'encoder-decoder' ? undefined : { model };
  if (probe === 'prediction') {
    if (family === 'encoder-only') return { masked: model };
    return family === 'decoder-only' ? { causal: model } : undefined;
  }
  if (probe !== 'architectures' || family === null) return undefined;
  const field = { 'encoder-only': 'encoder', 'decoder-only': 'decoder', 'encoder-decoder': 'both' }[family];
  return { [field]: model };
}
