import * as l10n from '@vscode/l10n';
import type { BlockNode, Component, ComponentKind, TensorInfo } from '../../../src/shared/anatomy';
import type {
  AnatomyPanelState,
  AnatomySnapshot,
  AnatomyTab,
  AnatomyViewEvents,
  AnatomyViewRequests,
  ModelAnatomy,
} from '../../../src/shared/anatomyProtocol';
import type { Theme } from '../../theme';

/** Everything that the panel's parts draw themselves from. Replaced, never changed. */
export interface View {
  snapshot: AnatomySnapshot;
  state: AnatomyPanelState;
  /** Layer of a folded block that is looked at. */
  layer: number;
  theme: Theme;
}

type Keyless<T> = T extends unknown ? Omit<T, 'key'> : never;

/** What the user can do; the parts call these and nothing else. */
export interface Actions {
  setState(change: Partial<AnatomyPanelState>): void;
  setLayer(layer: number): void;
  /** Shows a tab and, for tensors, puts the filter and the choice there. */
  go(tab: AnatomyTab, change?: Partial<AnatomyPanelState>): void;
  say(text: string): void;
  send<K extends keyof AnatomyViewEvents>(name: K, body: AnatomyViewEvents[K]): void;
  /** Asks the host about the snapshot's model. */
  ask<K extends keyof AnatomyViewRequests>(
    name: K,
    params: Keyless<AnatomyViewRequests[K][0]>,
    signal: AbortSignal,
    onProgress?: (done: number) => void,
  ): Promise<AnatomyViewRequests[K][1]>;
}

/** A part of the panel: its element, and how it follows the view. */
export interface Part {
  element: HTMLElement;
  update(view: View): void;
}

export const KIND_NAMES: Record<ComponentKind, string> = {
  encoder: l10n.t('Encoder'),
  decoder: l10n.t('Decoder'),
  embeddings: l10n.t('Embeddings'),
  block: l10n.t('Blocks (own parameters)'),
  attention: l10n.t('Self-attention'),
  'cross-attention': l10n.t('Cross-attention'),
  'feed-forward': l10n.t('Feed-forward'),
  experts: l10n.t('Experts'),
  norm: l10n.t('Norms'),
  head: l10n.t('Head'),
  pooler: l10n.t('Pooler'),
  other: l10n.t('Other'),
  constants: l10n.t('Constants'),
};

/** Where everything is, looked up by what names it. */
export interface ModelIndex {
  components: ReadonlyMap<string, Component>;
  /** Box and the ids of the boxes around it, outermost first. */
  boxes: ReadonlyMap<string, { node: BlockNode; parents: string[] }>;
}

const indices = new WeakMap<ModelAnatomy, ModelIndex>();

export function indexOf(model: ModelAnatomy): ModelIndex {
  const known = indices.get(model);
  if (known) return known;
  const components = new Map<string, Component>();
  const boxes = new Map<string, { node: BlockNode; parents: string[] }>();
  const visit = (component: Component) => {
    components.set(component.id, component);
    component.children.forEach(visit);
  };
  const enter = (nodes: readonly BlockNode[], parents: string[]) => {
    for (const node of nodes) {
      boxes.set(node.id, { node, parents });
      enter(node.children?.nodes ?? [], [...parents, node.id]);
    }
  };
  model.anatomy.components.forEach(visit);
  enter(model.diagram.nodes, []);
  const index = { components, boxes };
  indices.set(model, index);
  return index;
}

/** The layers that a box stands for: its own, or those of the block around it; empty outside of blocks. */
export function layersOf(model: ModelAnatomy, id: string): number[] {
  const { boxes } = indexOf(model);
  const found = boxes.get(id);
  if (!found) return [];
  const around = [...found.parents, id].map((one) => boxes.get(one)?.node.layers);
  return around.findLast((layers) => layers !== undefined) ?? [];
}

/** Tensors of a box in one of its layers, as positions. */
export function tensorsOf(model: ModelAnatomy, node: BlockNode, layer: number | null): number[] {
  const { tensors } = model.anatomy;
  return node.tensors.filter((index) => layer === null || tensors[index]?.layer === layer);
}

export const pathOf = (tensor: TensorInfo): string => tensor.path ?? tensor.name;
