import * as l10n from '@vscode/l10n';
import type { Anatomy, BlockDiagram, BlockEdge, BlockNode, Component } from '../shared/anatomy';

/** What a norm belongs to, by its name: the sub-layer whose residual path it sits on. */
type SubLayer = 'attention' | 'cross-attention' | 'feed-forward';

const SUB_LAYERS: SubLayer[] = ['attention', 'cross-attention', 'feed-forward'];

/** Norms around feed-forward networks and cross-attention; every other norm of a block is attention's. */
const CROSS_NORM = /(encoder_attn|cross_?att\w*)_?(layer_?)?norm|ln_cross_attn/i;
const FEED_FORWARD_NORM =
  /(^|\.)(post_attention_layernorm|ln_2|ffn_norm|full_layer_layer_norm|output_layer_norm|final_layer_norm|ln_mlp|(pre|post)_feedforward_layernorm|post_ffw_norm)$|^output\.LayerNorm$/;
const AFTER = /^(post_attention_layernorm|post_feedforward_layernorm|post_attention_norm|post_ffw_norm)$/;

/** Families whose attention and feed-forward read the same input and are added together. */
const PARALLEL = /^(gptj|phi|falcon|gpt_neox|codegen)$/;

/**
 * The sub-layers of one block: attention, cross-attention, feed-forward, their norms, and the additions of the residual
 * stream. Order and residual paths come from the graph (ONNX: where the weights are used, and whether attention is added
 * to a stream) or from the architecture that the config names; where neither tells, the parts are there without edges.
 */
export function blockInside(anatomy: Anatomy, block: Component): BlockDiagram {
  const parts = block.children.flatMap((child) => toParts(anatomy, child));
  const placement = placementOf(anatomy, block, parts);
  if (placement === null) return { nodes: parts.map(({ node }) => node), edges: [] };
  return PARALLEL.test(anatomy.facts.architecture ?? '')
    ? parallel(block.id, parts)
    : sequence(block.id, parts, placement);
}

interface Part {
  node: BlockNode;
  /** Name of the module of a norm; empty for others. */
  norm: string;
  /** Of its first tensor. */
  usedAt: number | null;
}

function toParts(anatomy: Anatomy, child: Component): Part[] {
  if (child.kind !== 'norm') return [toPart(anatomy, child, '')];
  const norms = child.children.length > 0 ? child.children : [child];
  return norms.map((norm) => toPart(anatomy, norm, moduleOf(anatomy, norm)));
}

function toPart(anatomy: Anatomy, component: Component, norm: string): Part {
  const { id, label, kind, parameters, children } = component;
  const tensors = tensorsIn(component);
  const used = tensors.flatMap((index) => anatomy.tensors[index]?.usedAt ?? []);
  const inside: BlockNode[] = children.map((module) => toPart(anatomy, module, '').node);
  const node: BlockNode = {
    ...{ id, label: kind === 'norm' ? l10n.t('Norm') : label, kind, parameters, tensors },
    ...(inside.length > 0 && { children: { nodes: inside, edges: [] } }),
  };
  return { node, norm, usedAt: used.length ? used.reduce((first, at) => Math.min(first, at)) : null };
}

function tensorsIn(component: Component): number[] {
  return [...component.tensors, ...component.children.flatMap(tensorsIn)];
}

/** Path of a norm inside of its layer, such as `output.LayerNorm`. */
function moduleOf(anatomy: Anatomy, norm: Component): string {
  const tensor = anatomy.tensors[norm.tensors[0] ?? -1];
  const path = tensor?.path ?? tensor?.name ?? '';
  return path.replace(/^.*?\.\d+\./, '').replace(/\.[^.]*$/, '');
}

type Placement = 'pre' | 'post' | 'both';

/** Where a block's norms are: in the graph, before or after the attention of their sub-layer; else as the config says. */
function placementOf(anatomy: Anatomy, block: Component, parts: readonly Part[]): Placement | null {
  const isGraph = anatomy.graphs.length > 0;
  if (!isGraph) return anatomy.facts.normPlacement;
  const streams = anatomy.graphs.flatMap(({ attention }) => attention);
  if (streams.length === 0 || !streams.every(({ residual }) => residual)) return null;
  const attention = parts.find(({ node }) => node.kind === 'attention')?.usedAt ?? null;
  const norms = parts.filter(({ norm }) => norm !== '').flatMap(({ usedAt }) => usedAt ?? []);
  if (attention === null || norms.length === 0 || block.layers === undefined) return null;
  const works = parts.filter(({ norm }) => norm === '');
  // Fewer norms than sub-layers: they may run side by side, which only a known architecture tells.
  if (norms.length < works.length && !PARALLEL.test(anatomy.facts.architecture ?? '')) return null;
  if (!norms.some((at) => at < attention)) return 'post';
  return norms.length > 3 ? 'both' : 'pre';
}

function subLayerOf(norm: string, placement: Placement): SubLayer {
  if (CROSS_NORM.test(norm)) return 'cross-attention';
  if (placement === 'both' && /^post_attention_(layer)?norm$/.test(norm)) return 'attention';
  const t5 = /^layer\.(\d)\.layer_norm$/.exec(norm);
  if (t5) return SUB_LAYERS[Number(t5[1])] ?? 'feed-forward';
  return FEED_FORWARD_NORM.test(norm) ? 'feed-forward' : 'attention';
}

/** Sub-layers one after the other, each around a residual addition. */
function sequence(id: string, parts: readonly Part[], placement: Placement): BlockDiagram {
  const builder = new Builder(id);
  const works = SUB_LAYERS.flatMap((kind) => {
    const part = parts.find(({ node }) => subLayerKind(node) === kind);
    return part ? [{ kind, part }] : [];
  });
  for (const { kind, part } of works) {
    const norms = parts.filter(({ norm }) => norm !== '' && ownerOf(norm, placement, works) === kind);
    const isAfter = ({ norm }: Part) => placement === 'post' || (placement === 'both' && AFTER.test(norm));
    builder.subLayer(
      norms.filter((norm) => !isAfter(norm)),
      part,
      norms.filter(isAfter),
      placement === 'post',
    );
  }
  return builder.diagram;
}

/** T5's encoder has no cross-attention: its second sub-layer is the feed-forward network. */
function ownerOf(norm: string, placement: Placement, works: readonly { kind: SubLayer }[]): SubLayer {
  const owner = subLayerOf(norm, placement);
  return works.some(({ kind }) => kind === owner) ? owner : 'feed-forward';
}

function subLayerKind(node: BlockNode): BlockNode['kind'] {
  return node.kind === 'experts' ? 'feed-forward' : node.kind;
}

/** Attention and feed-forward side by side, both added to the stream. */
function parallel(id: string, parts: readonly Part[]): BlockDiagram {
  const norms = parts.filter(({ norm }) => norm !== '').map(({ node }) => node);
  const works = parts.filter(({ norm }) => norm === '').map(({ node }) => node);
  const start = port(`${id}/in`, 'input');
  const add = port(`${id}/add`, 'add');
  const edges: BlockEdge[] = [{ from: start.id, to: add.id, kind: 'residual' }];
  for (const norm of norms) edges.push({ from: start.id, to: norm.id, kind: 'data' });
  for (const [i, work] of works.entries()) {
    const norm = norms[Math.min(i, norms.length - 1)] ?? start;
    edges.push({ from: norm.id, to: work.id, kind: 'data' }, { from: work.id, to: add.id, kind: 'data' });
  }
  return { nodes: [start, ...norms, ...works, add], edges };
}

class Builder {
  readonly diagram: BlockDiagram;
  private last: string;
  private additions = 0;

  constructor(private readonly id: string) {
    const start = port(`${id}/in`, 'input');
    this.diagram = { nodes: [start], edges: [] };
    this.last = start.id;
  }

  /** Norms, the work, norms behind it, and the stream around; `normsSum`: the norms are behind the addition. */
  subLayer(before: readonly Part[], work: Part, after: readonly Part[], normsSum: boolean): void {
    const stream = this.last;
    for (const { node } of [...before, work, ...(normsSum ? [] : after)]) this.append(node);
    this.append(port(`${this.id}/add-${this.additions++}`, 'add'));
    this.diagram.edges.push({ from: stream, to: this.last, kind: 'residual' });
    if (normsSum) for (const { node } of after) this.append(node);
  }

  private append(node: BlockNode): void {
    this.diagram.nodes.push(node);
    this.diagram.edges.push({ from: this.last, to: node.id, kind: 'data' });
    this.last = node.id;
  }
}

function port(id: string, kind: 'input' | 'add'): BlockNode {
  return { id, label: kind === 'add' ? '+' : '', kind, parameters: 0, tensors: [] };
}
