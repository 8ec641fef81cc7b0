import * as l10n from '@vscode/l10n';
import type { TensorInfo, TensorSlice, TensorStats } from '../../../../src/shared/anatomy';
import type { ModelAnatomy, SliceWindow } from '../../../../src/shared/anatomyProtocol';
import { changeDetector, h } from '../../../ui/dom';
import { button } from '../../../ui/toolkit';
import { bytes, count, percent, shapeText } from '../../../charts/numbers';
import { Job } from '../job';
import { jobNotice } from '../jobView';
import { indexOf, pathOf } from '../view';
import type { Actions, Part, View } from '../view';
import { normChoices } from './norms';
import { sliceFigure, windowForm } from './slice';
import { histogram, normsFigure, statsList } from './statistics';

/** Cells a side of a slice's picture. */
const SIDE = 384;
/** A matrix of more values is first shown by its upper rows. */
const FIRST_VALUES = 16_000_000;

/** One tensor: what the header says, and its values once asked for. */
export function createTensorView(actions: Actions): Part {
  const view = new TensorView(actions);
  return { element: view.element, update: (next) => view.update(next) };
}

class TensorView {
  readonly element = h('aside', {
    class: 'tensor-view',
    attributes: { 'aria-label': l10n.t('Chosen tensor') },
  });
  private readonly stats = new Job<TensorStats>(() => this.draw());
  private readonly slice = new Job<TensorSlice>(() => this.draw());
  private window: Required<SliceWindow> | null = null;
  private readonly isOther = changeDetector();
  private readonly isOtherTheme = changeDetector();
  private view: View | null = null;

  constructor(private readonly actions: Actions) {}

  update(view: View): void {
    this.view = view;
    const { model } = view.snapshot;
    if (this.isOther(model?.key, view.state.tensor)) {
      this.window = null;
      this.stats.reset();
      this.slice.reset();
      this.draw();
    }
    if (this.isOtherTheme(view.theme)) this.draw();
  }

  private draw(): void {
    const { view } = this;
    const model = view?.snapshot.model;
    const index = view?.state.tensor ?? null;
    const tensor = index === null ? undefined : model?.anatomy.tensors[index];
    this.element.hidden = !tensor;
    if (!view || !model || !tensor || index === null) return;
    this.element.replaceChildren(
      heading(tensor, this.actions, index),
      facts(model, tensor),
      ...this.reading(model, index, tensor),
      ...this.results(view, model, tensor, index),
    );
  }

  private reading(model: ModelAnatomy, index: number, tensor: TensorInfo): Node[] {
    const reason = unreadable(model, tensor);
    if (reason !== null) return [h('p', { class: 'hint' }, reason)];
    const notice = jobNotice(this.stats, l10n.t('Reading the values…'), () => this.read(index));
    if (notice) return [notice];
    if (this.stats.state.kind === 'done') return [];
    return [
      h(
        'div',
        { class: 'buttons' },
        button(l10n.t('Read Values'), 'primary', () => this.read(index)),
      ),
    ];
  }

  private results(view: View, model: ModelAnatomy, tensor: TensorInfo, index: number): Node[] {
    const { state } = this.stats;
    if (state.kind !== 'done') return [];
    const norms = normChoices(state.value, model.anatomy.facts, isAttention(model, index));
    return [
      h('section', { class: 'figure' }, h('h3', {}, l10n.t('Statistics')), statsList(state.value)),
      histogram(state.value, view.theme),
      ...(norms.length > 0 ? [normsFigure(norms, view.theme)] : []),
      ...this.picture(view, tensor, index),
    ];
  }

  private picture(view: View, { shape }: TensorInfo, index: number): Node[] {
    const matrix = matrixOf(shape);
    if (!matrix) return [];
    const { state } = this.slice;
    const show = (window: Required<SliceWindow>) => this.readSlice(index, window);
    const notice = jobNotice(
      this.slice,
      l10n.t('Reading the picture…'),
      () => this.window && show(this.window),
    );
    if (notice) return [notice];
    if (state.kind === 'idle' || !this.window) {
      return [
        h(
          'div',
          { class: 'buttons' },
          button(l10n.t('Show Values as Picture'), 'secondary', () => show(firstWindow(matrix))),
        ),
      ];
    }
    if (state.kind !== 'done') return [];
    return [sliceFigure(state.value, this.window, view.theme), windowForm(matrix, this.window, show)];
  }

  private read(index: number): void {
    this.stats.run((signal, progress) => this.actions.ask('statistics', { tensor: index }, signal, progress));
  }

  private readSlice(index: number, window: Required<SliceWindow>): void {
    this.window = window;
    const params = { tensor: index, side: SIDE, window };
    this.slice.run((signal, progress) => this.actions.ask('slice', params, signal, progress));
  }
}

function heading(tensor: TensorInfo, actions: Actions, index: number): HTMLElement {
  return h(
    'div',
    { class: 'tensor-head' },
    h('h2', {}, pathOf(tensor)),
    button(l10n.t('Copy Name'), 'secondary', () => actions.send('copyText', { text: tensor.name })),
    button(l10n.t('Reveal in Sidebar'), 'secondary', () => actions.send('reveal', { tensor: index })),
    button(l10n.t('Close'), 'icon', () => actions.setState({ tensor: null }), '✕'),
  );
}

function facts(model: ModelAnatomy, tensor: TensorInfo): HTMLElement {
  const { parameters: total, files } = model.anatomy;
  const file = files[tensor.file]?.name;
  const rows: [string, string][] = [
    ...(tensor.path === undefined ? [] : [[l10n.t('In the file'), tensor.name] as [string, string]]),
    [l10n.t('Shape'), shapeText(tensor.shape)],
    [l10n.t('Type'), tensor.dtype],
    [
      l10n.t('Parameters'),
      `${count(tensor.parameters)} (${percent(total > 0 ? tensor.parameters / total : 0)})`,
    ],
    [l10n.t('Size'), bytes(tensor.bytes)],
    [l10n.t('Role'), tensor.role],
    ...(tensor.tiedTo === undefined ? [] : [[l10n.t('Tied to'), tensor.tiedTo] as [string, string]]),
    ...(tensor.note === undefined ? [] : [[l10n.t('Note'), tensor.note] as [string, string]]),
    ...(file === undefined || files.length < 2 ? [] : [[l10n.t('File'), file] as [string, string]]),
  ];
  return h(
    'dl',
    { class: 'fact-list' },
    ...rows.flatMap(([name, text]) => [h('dt', {}, name), h('dd', {}, text)]),
  );
}

/** Why a tensor's values cannot be read; null if they can. */
function unreadable(model: ModelAnatomy, { state, tiedTo }: TensorInfo): string | null {
  if (!model.hasWeights) return l10n.t('Known from the config alone: there are no values to read.');
  if (state === 'missing') return l10n.t('The file with its values is missing.');
  if (state === 'cut') return l10n.t('The file ends before its values do.');
  return tiedTo === undefined ? null : l10n.t`Its values are those of ${tiedTo}.`;
}

function isAttention(model: ModelAnatomy, index: number): boolean {
  return [...indexOf(model).components.values()].some(
    ({ kind, tensors }) => (kind === 'attention' || kind === 'cross-attention') && tensors.includes(index),
  );
}

function matrixOf(shape: readonly number[]): { rows: number; columns: number } | null {
  const [rows = 0, ...rest] = shape;
  const columns = rest.reduce((product, size) => product * size, 1);
  return shape.length < 2 || rows < 1 || columns < 1 ? null : { rows, columns };
}

function firstWindow({ rows, columns }: { rows: number; columns: number }): Required<SliceWindow> {
  const first = Math.min(rows, Math.max(1, Math.floor(FIRST_VALUES / columns)));
  return { rows: [0, first], columns: [0, columns] };
}
