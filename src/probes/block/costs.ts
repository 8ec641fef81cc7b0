import * as l10n from '@vscode/l10n';
import type { Anatomy, Component, ComponentKind } from '../../shared/anatomy';

/** A kind of part of a model, over all layers. */
export interface Part {
  name: PartName;
  /** Tied weights once, where they are first. */
  parameters: number;
  /** Multiply-adds with weights for one token. */
  perToken: number;
  /** Multiply-adds for one pair of positions: scores and weighted sums of all layers and heads. */
  perPair: number;
  /** Multiply-adds with weights for a whole text. */
  once: number;
}

export const PART_NAMES = [
  l10n.t('embeddings'),
  l10n.t('attention'),
  l10n.t('cross-attention'),
  l10n.t('feed-forward'),
  l10n.t('norms'),
  l10n.t('head'),
  l10n.t('pooler'),
  l10n.t('other'),
] as const;
export type PartName = (typeof PART_NAMES)[number];

const NAMES: Partial<Record<ComponentKind, PartName>> = {
  ...{
    embeddings: l10n.t('embeddings'),
    attention: l10n.t('attention'),
    'cross-attention': l10n.t('cross-attention'),
  },
  ...{
    'feed-forward': l10n.t('feed-forward'),
    experts: l10n.t('feed-forward'),
    norm: l10n.t('norms'),
    head: l10n.t('head'),
    pooler: l10n.t('pooler'),
  },
};

/** Matrices among the embeddings that are multiplied; tables are looked up. */
const PROJECTION = /(embeddings_project|embedding_hidden_mapping_in|project_in|project_out)\.weight$/;

/**
 * Parameters and multiply-adds of a model by part, from the shapes of its tensors: a matrix takes as many multiply-adds a
 * token as it has entries, attention 2 * heads * head size for each pair of positions and layer (Kaplan et al. 2020,
 * arXiv:2001.08361, table 1, in multiply-adds). Masked pairs count: graphs compute them. Biases, norms and activations are
 * left out. Parts that a model does not have are not in the list.
 */
export function partsOf(anatomy: Anatomy): Part[] {
  const parts = new Map<PartName, Part>();
  const part = (name: PartName): Part => {
    const known = parts.get(name) ?? { name, parameters: 0, perToken: 0, perPair: 0, once: 0 };
    parts.set(name, known);
    return known;
  };
  for (const { component, repeats } of leaves(anatomy)) {
    const into = part(NAMES[component.kind] ?? l10n.t('other'));
    into.parameters += component.parameters;
    const products = repeats * multiplied(anatomy, component);
    if (into.name === 'pooler') into.once += products;
    else into.perToken += products;
  }
  const { facts } = anatomy;
  const perLayer = 2 * (facts.heads ?? 0) * (facts.headSize ?? 0);
  part(l10n.t('attention')).perPair = perLayer * ((facts.layers ?? 0) + (facts.decoderLayers ?? 0));
  if (facts.decoderLayers) part(l10n.t('cross-attention')).perPair = perLayer * facts.decoderLayers;
  if (facts.tied === true) part(l10n.t('head')).perToken += sharedOutput(anatomy);
  return PART_NAMES.flatMap((name) => parts.get(name) ?? []);
}

/** Multiply-adds of a part for a text of `length` tokens; an encoder-decoder reads and writes as many. */
export function multiplyAdds({ perToken, perPair, once }: Part, length: number): number {
  return perToken * length + perPair * length * length + once;
}

/** The parts whose kind says what they are, with how often each is used: ALBERT's one layer is used again and again. */
function leaves({ components, facts }: Anatomy): { component: Component; repeats: number }[] {
  const inside = (all: readonly Component[], repeats: number): { component: Component; repeats: number }[] =>
    all.flatMap((component) => {
      if (component.kind === 'constants') return [];
      if (component.kind === 'encoder' || component.kind === 'decoder')
        return inside(component.children, repeats);
      if (component.kind !== 'block') return [{ component, repeats }];
      return inside(component.children, repeats * (shared ? (facts.layers ?? 1) : 1));
    });
  const blocks = components.filter(({ kind }) => kind === 'block');
  const shared = blocks.length === 1 && blocks[0]?.count === 1 && (facts.layers ?? 1) > 1;
  return inside(components, 1);
}

function tensorsIn({ tensors, children }: Component): number[] {
  return [...tensors, ...children.flatMap(tensorsIn)];
}

/** Entries of the matrices in a component: each is multiplied once a token, experts as many as a token uses. */
function multiplied({ tensors, facts }: Anatomy, component: Component): number {
  const { experts } = facts;
  const used = component.kind === 'experts' && experts?.used ? experts.used / experts.count : 1;
  const sizes = tensorsIn(component).map((index) => {
    const tensor = tensors[index];
    const isMatrix = tensor && tensor.shape.length >= 2;
    if (!isMatrix || (component.kind === 'embeddings' && !PROJECTION.test(tensor.path ?? tensor.name)))
      return 0;
    return tensor.role === 'tied' ? product(tensor.shape) : tensor.parameters;
  });
  return used * sizes.reduce((sum, size) => sum + size, 0);
}

const product = (shape: readonly number[]): number => shape.reduce((all, size) => all * size, 1);

/** Entries of an output matrix that is the embeddings and has no tensor of its own in the head. */
function sharedOutput({ components, tensors }: Anatomy): number {
  const inside = (kind: ComponentKind) =>
    components
      .filter((one) => one.kind === kind)
      .flatMap(tensorsIn)
      .flatMap((index) => tensors[index] ?? []);
  if (inside('head').some(({ role, shape }) => role === 'tied' && shape.length === 2)) return 0;
  const table = inside('embeddings').find(({ role, shape }) => role === 'parameter' && shape.length === 2);
  const largest = inside('embeddings').reduce((most, { parameters }) => Math.max(most, parameters), 0);
  return table ? largest : 0;
}
