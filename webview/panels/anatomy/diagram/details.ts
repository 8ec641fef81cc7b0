import * as l10n from '@vscode/l10n';
import type { AttentionKind } from '../../../../src/shared/attention';
import type { BlockNode } from '../../../../src/shared/anatomy';
import type { GraphNode, ModelAnatomy } from '../../../../src/shared/anatomyProtocol';
import { select } from '../../../ui/controls';
import { changeDetector, h } from '../../../ui/dom';
import { button } from '../../../ui/toolkit';
import { bytes, count, layerRange, percent, shapeText, short } from '../../../charts/numbers';
import { jobNotice } from '../jobView';
import { Job } from '../job';
import { indexOf, KIND_NAMES, layersOf, pathOf, tensorsOf } from '../view';
import type { Actions, View } from '../view';
import type { JobState } from '../job';
import type { OperatorGraph } from '../../../../src/shared/anatomyProtocol';

/** Tensors that are listed beside the diagram; the table has the others. */
const MAX_LISTED = 40;

/** What beside the view says of the chosen box. */
export interface Chosen {
  /** State of the operators of the box, if they are unfolded. */
  operators: JobState<OperatorGraph> | null;
  /** Chosen operator. */
  operator: { graph: number; index: number } | null;
}

/** The chosen box in words: size, layers, tensors, and the ways on from it. */
export function createDetails(actions: Actions): {
  element: HTMLElement;
  update(view: View, chosen: Chosen): void;
} {
  const element = h('aside', { class: 'details', attributes: { 'aria-label': l10n.t('Chosen box') } });
  const changed = changeDetector();
  let redraw: (() => void) | null = null;
  const node = new Job<GraphNode | null>(() => redraw?.());
  let asked: string | null = null;
  return {
    element,
    update(view, chosen) {
      const { model } = view.snapshot;
      const name = chosen.operator && `${model?.key} ${chosen.operator.graph} ${chosen.operator.index}`;
      if (name !== asked) {
        asked = name;
        if (chosen.operator) askNode(node, actions, chosen.operator);
        else node.reset();
      }
      const draw = () => element.replaceChildren(...content(view, chosen, node, actions));
      redraw = draw;
      if (changed(model, view.state.selected, view.layer, chosen.operators, name)) draw();
    },
  };
}

function askNode(job: Job<GraphNode | null>, actions: Actions, at: { graph: number; index: number }): void {
  const { graph, index } = at;
  job.run(
    async (signal) => (await actions.ask('nodes', { graph, from: index, to: index + 1 }, signal))[0] ?? null,
  );
}

function content(
  view: View,
  { operators, operator }: Chosen,
  job: Job<GraphNode | null>,
  actions: Actions,
): Node[] {
  const { model } = view.snapshot;
  const node =
    model && view.state.selected !== null ? indexOf(model).boxes.get(view.state.selected)?.node : null;
  if (!model || !node)
    return [
      h(
        'p',
        { class: 'hint' },
        l10n.t('Choose a box to see what is in it. Enter unfolds it, Escape folds it.'),
      ),
    ];
  if (operator) return operatorContent(job, node, () => askNode(job, actions, operator));
  const isPart = node.tensors.length > 0;
  const component = indexOf(model).components.get(node.id);
  return [
    h('h2', {}, node.label || (node.kind === 'add' ? l10n.t('Addition') : l10n.t('Input of the block'))),
    ...(isPart ? [factList(model, node, component?.bytes)] : [h('p', { class: 'hint' }, roleText(node))]),
    ...(isPart ? layerPicker(model, node, view.layer, actions) : []),
    ...(isPart ? buttons(model, node, view.layer, actions) : []),
    ...operatorNotice(operators),
    ...(isPart ? tensorList(model, node, view.layer, actions) : []),
  ];
}

function roleText({ kind }: BlockNode): string {
  if (kind === 'add')
    return l10n.t('What a sub-layer computed is added to the residual stream that went around it.');
  if (kind === 'output') return l10n.t('What the model computes.');
  return l10n.t('What goes in.');
}

function factList(model: ModelAnatomy, node: BlockNode, size: number | undefined): HTMLElement {
  const share = model.anatomy.parameters > 0 ? node.parameters / model.anatomy.parameters : 0;
  const rows: [string, string][] = [
    [l10n.t('Kind'), node.kind in KIND_NAMES ? kindName(node) : node.kind],
    [l10n.t('Parameters'), `${count(node.parameters)} (${percent(share)})`],
    ...(size === undefined ? [] : [[l10n.t('Size'), bytes(size)] as [string, string]]),
    ...(node.count !== undefined && node.layers
      ? [
          [l10n.t('Layers'), `${layerRange(node.layers)} (${node.count})`] as [string, string],
          [l10n.t('Each'), count(Math.round(node.parameters / node.count))] as [string, string],
        ]
      : []),
  ];
  return h(
    'dl',
    { class: 'fact-list' },
    ...rows.flatMap(([name, text]) => [h('dt', {}, name), h('dd', {}, text)]),
  );
}

function kindName({ kind }: BlockNode): string {
  if (kind === 'block') return l10n.t('Block');
  return kind in KIND_NAMES ? KIND_NAMES[kind as keyof typeof KIND_NAMES] : kind;
}

function layerPicker(model: ModelAnatomy, { id }: BlockNode, layer: number, actions: Actions): Node[] {
  const layers = layersOf(model, id);
  if (layers.length === 0) return [];
  const choice = select(l10n.t('Layer'), (index) => actions.setLayer(layers[index] as number));
  choice.set(layers.map(String), Math.max(0, layers.indexOf(layer)));
  return [choice.element];
}

function buttons(model: ModelAnatomy, node: BlockNode, layer: number, actions: Actions): Node[] {
  const kind = attentionKind(node);
  const layers = layersOf(model, node.id);
  const place = { kind, layer: layers.includes(layer) ? layer : (layers[0] ?? 0) };
  const hasAttention = model.hasAttention && layers.length > 0 && isShown(model, place);
  return [
    h(
      'div',
      { class: 'buttons' },
      ...(hasAttention
        ? [
            button(l10n.t`Show Attention of Layer ${place.layer}`, 'primary', () =>
              actions.send('showAttention', place),
            ),
          ]
        : []),
      button(l10n.t('Show Tensors'), 'secondary', () =>
        actions.go('tensors', { filter: `in:${node.id}`, tensor: null }),
      ),
      ...(indexOf(model).components.has(node.id)
        ? [
            button(l10n.t('Reveal in Sidebar'), 'secondary', () =>
              actions.send('reveal', { component: node.id }),
            ),
          ]
        : []),
    ),
  ];
}

/** Which attention of its layer a box leads to; null where the model has one stack. */
function attentionKind({ id, kind }: BlockNode): AttentionKind | null {
  if (kind === 'cross-attention') return 'cross';
  if (id.startsWith('encoder/')) return 'encoder';
  return id.startsWith('decoder/') ? 'decoder' : null;
}

function isShown(
  model: ModelAnatomy,
  { kind, layer }: { kind: AttentionKind | null; layer: number },
): boolean {
  const places = model.anatomy.graphs.flatMap(({ attention }) => attention);
  return places.some(
    (place) => place.layer === layer && (kind === null || place.kind === null || place.kind === kind),
  );
}

function operatorNotice(operators: JobState<OperatorGraph> | null): Node[] {
  if (operators?.kind === 'running') {
    return [h('p', { class: 'hint', attributes: { 'aria-busy': 'true' } }, l10n.t('Reading the operators…'))];
  }
  if (operators?.kind === 'failed') {
    return [
      h('div', { class: 'notice error', attributes: { role: 'alert' } }, h('p', {}, operators.error.message)),
    ];
  }
  if (operators?.kind !== 'done') return [];
  const { diagram, total } = operators.value;
  if (diagram.nodes.length === 0) {
    return [
      h(
        'p',
        { class: 'hint' },
        l10n.t('Nothing in the file says which operators are this module’s. The Graph tab lists them all.'),
      ),
    ];
  }
  const which =
    total > diagram.nodes.length
      ? l10n.t`The first ${count(diagram.nodes.length)} of ${count(total)}`
      : count(total);
  const text = l10n.t`${which} operators; constants are not drawn.`;
  return [h('p', { class: 'hint' }, text)];
}

function tensorList(model: ModelAnatomy, node: BlockNode, layer: number, actions: Actions): Node[] {
  const layers = layersOf(model, node.id);
  const wanted = layers.length === 0 ? null : layers.includes(layer) ? layer : (layers[0] as number);
  const own = tensorsOf(model, node, wanted);
  const items = own.slice(0, MAX_LISTED).map((index) => tensorItem(model, index, actions));
  const rest = own.length - items.length;
  const title = wanted === null ? l10n.t('Tensors') : l10n.t`Tensors of layer ${wanted}`;
  return [
    h('h3', {}, title),
    h('ul', { class: 'tensor-list' }, ...items),
    ...(rest > 0 ? [h('p', { class: 'hint' }, l10n.t`and ${count(rest)} more`)] : []),
  ];
}

function tensorItem(model: ModelAnatomy, index: number, actions: Actions): HTMLElement {
  const tensor = model.anatomy.tensors[index];
  if (!tensor) return h('li');
  const name = pathOf(tensor);
  const link = h(
    'button',
    { class: 'link', title: name, on: { click: () => actions.go('tensors', { tensor: index, filter: '' }) } },
    name,
  );
  return h(
    'li',
    {},
    link,
    h('span', { class: 'hint' }, `${shapeText(tensor.shape)} ${tensor.dtype} · ${short(tensor.parameters)}`),
  );
}

function operatorContent(job: Job<GraphNode | null>, { label }: BlockNode, again: () => void): Node[] {
  const { state } = job;
  const notice = jobNotice(job, l10n.t('Reading the operator…'), again);
  if (notice) return [notice];
  if (state.kind !== 'done' || !state.value) return [];
  const { operator, name, domain, index, inputs, outputs } = state.value;
  const list = (title: string, names: string[]) => [
    h('h3', {}, title),
    h('ul', { class: 'tensor-list' }, ...names.map((one) => h('li', { title: one }, one || '–'))),
  ];
  return [
    h('h2', {}, operator),
    h(
      'dl',
      { class: 'fact-list' },
      ...[
        [l10n.t('In'), label],
        [l10n.t('Node'), `${index}`],
        [l10n.t('Name'), name || '–'],
        [l10n.t('Domain'), domain || 'ai.onnx'],
      ].flatMap(([key, text]) => [h('dt', {}, key ?? ''), h('dd', {}, text ?? '')]),
    ),
    ...list(l10n.t('Inputs'), inputs),
    ...list(l10n.t('Outputs'), outputs),
  ];
}
