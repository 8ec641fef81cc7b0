import * as l10n from '@vscode/l10n';
import type { ModelAnatomy } from '../../../../src/shared/anatomyProtocol';
import { changeDetector, h, setText } from '../../../ui/dom';
import { VirtualTable } from '../../../ui/virtualTable';
import { bytes, count, percent, shapeText } from '../../../charts/numbers';
import { pathOf } from '../view';
import type { Actions, Part, View } from '../view';
import { tensorRows } from './rows';
import type { Sort, SortKey, TensorRow } from './rows';
import { createTensorView } from './tensorView';

/** Columns in the table's order, and by what each sorts. */
const SORTS: SortKey[] = ['name', 'shape', 'dtype', 'parameters', 'bytes', 'parameters', 'layer', 'role'];
/** What sorts from large to small at first. */
const LARGE_FIRST = new Set<SortKey>(['shape', 'parameters', 'bytes']);

/** Every tensor of the model in a table, and the chosen one in detail. */
export function createTensors(actions: Actions): Part {
  const tensors = new Tensors(actions);
  return { element: tensors.element, update: (view) => tensors.update(view) };
}

class Tensors {
  readonly element: HTMLElement;
  private readonly table: VirtualTable<TensorRow>;
  private readonly filter: HTMLInputElement;
  private readonly total = h('span', { class: 'hint', attributes: { 'aria-live': 'polite' } });
  private readonly tensorView: Part;
  private readonly changed = changeDetector();
  private readonly marked = changeDetector();
  private rows: TensorRow[] = [];
  private sort: { column: number; sort: Sort } | null = null;
  private view: View | null = null;

  constructor(private readonly actions: Actions) {
    this.table = new VirtualTable({
      label: l10n.t('Tensors'),
      columns: columnsFor(() => this.view?.snapshot.model?.anatomy.parameters ?? 0),
      chosen: (row) => this.actions.setState({ tensor: this.rows[row]?.index ?? null }),
      sorted: (column) => this.sortBy(column),
    });
    this.filter = h('input', {
      attributes: {
        type: 'search',
        placeholder: l10n.t('Filter: words of name, type, shape or role'),
        'aria-label': l10n.t('Filter tensors'),
      },
      on: { input: () => this.actions.setState({ filter: this.filter.value }) },
    });
    this.tensorView = createTensorView(actions);
    const list = h('div', { class: 'tensor-table' }, this.table.element);
    const body = h('div', { class: 'tensor-body' }, list, this.tensorView.element);
    const tools = h('div', { class: 'toolbar' }, h('div', { class: 'search' }, this.filter, this.total));
    this.element = h('section', { class: 'tensors' }, tools, body);
  }

  update(view: View): void {
    this.view = view;
    const { model } = view.snapshot;
    if (!model || view.state.tab !== 'tensors') return;
    if (this.filter.value !== view.state.filter) this.filter.value = view.state.filter;
    if (this.changed(model, view.state.filter, this.sort)) this.fill(model, view.state.filter);
    if (this.marked(view.state.tensor, this.rows)) {
      this.table.mark(this.rows.findIndex(({ index }) => index === view.state.tensor));
    }
    this.element.classList.toggle('has-tensor', view.state.tensor !== null);
    this.tensorView.update(view);
  }

  private fill(model: ModelAnatomy, filter: string): void {
    this.rows = tensorRows(model, filter, this.sort?.sort ?? null);
    this.table.setRows(this.rows.length, (index) => this.rows[index] ?? null);
    const all = model.anatomy.tensors.length;
    const parameters = this.rows.reduce((sum, { tensor }) => sum + tensor.parameters, 0);
    const which =
      this.rows.length === all
        ? l10n.t`${count(all)} tensors`
        : l10n.t`${count(this.rows.length)} of ${count(all)} tensors`;
    setText(this.total, l10n.t`${which}, ${count(parameters)} parameters`);
  }

  private sortBy(column: number): void {
    const key = SORTS[column] ?? 'name';
    const again = this.sort?.column === column;
    const ascending = again ? !this.sort?.sort.ascending : !LARGE_FIRST.has(key);
    this.sort = { column, sort: { key, ascending } };
    this.table.setSort(column, ascending);
    if (this.view) this.update(this.view);
  }
}

function columnsFor(total: () => number) {
  const share = ({ tensor }: TensorRow) => (total() > 0 ? percent(tensor.parameters / total()) : '–');
  return [
    { name: l10n.t('Name'), width: '30em', sorts: true, cell: ({ tensor }: TensorRow) => pathOf(tensor) },
    {
      name: l10n.t('Shape'),
      width: '9em',
      sorts: true,
      cell: ({ tensor }: TensorRow) => shapeText(tensor.shape),
    },
    { name: l10n.t('Type'), width: '5em', sorts: true, cell: ({ tensor }: TensorRow) => tensor.dtype },
    {
      ...{ name: l10n.t('Parameters'), width: '8em', sorts: true, number: true },
      cell: ({ tensor }: TensorRow) => count(tensor.parameters),
    },
    {
      name: l10n.t('Size'),
      width: '6em',
      sorts: true,
      number: true,
      cell: ({ tensor }: TensorRow) => bytes(tensor.bytes),
    },
    { name: l10n.t('Share'), width: '6em', sorts: true, number: true, cell: share },
    {
      name: l10n.t('Layer'),
      width: '4.5em',
      sorts: true,
      number: true,
      cell: ({ tensor }: TensorRow) => `${tensor.layer ?? ''}`,
    },
    { name: l10n.t('Role'), width: '8em', sorts: true, cell: roleOf },
  ];
}

function roleOf({ tensor }: TensorRow): string {
  return tensor.state === 'whole'
    ? tensor.role
    : `${tensor.role}, ${tensor.state === 'cut' ? l10n.t('cut off') : l10n.t('missing')}`;
}
