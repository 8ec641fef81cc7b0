import * as l10n from '@vscode/l10n';
import { labelText } from '../../../src/shared/metrics';
import type { HeadMetrics } from '../../../src/shared/metrics';
import { h } from '../../ui/dom';

/** A measure as a column; `value` is null where it is not defined. */
export interface HeadColumn {
  name: string;
  title: string;
  formula: string;
  value(head: HeadMetrics): number | null;
}

interface Sort {
  column: string;
  down: boolean;
}
interface Place {
  layer: number;
  head: number;
}

/** Heads and their measures, sorted by a click on a column's title. */
export function headTable(
  heads: HeadMetrics[],
  columns: HeadColumn[],
  sort: Sort,
  chosen: Place,
  sortBy: (column: string) => void,
  choose: (place: Place) => void,
): HTMLElement {
  const title = (name: string, text: string, formula?: string) => {
    const attributes = { type: 'button' };
    const arrow = sort.column === name ? (sort.down ? ' ↓' : ' ↑') : '';
    const control = h(
      'button',
      { class: 'sort', title: formula, attributes, on: { click: () => sortBy(name) } },
      text + arrow,
    );
    const order = sort.column !== name ? 'none' : sort.down ? 'descending' : 'ascending';
    return h(
      'th',
      { class: name === 'layer' ? 'corner' : '', attributes: { scope: 'col', 'aria-sort': order } },
      control,
    );
  };
  const top = h(
    'tr',
    {},
    title('layer', l10n.t('Head')),
    h('th', { class: 'words', attributes: { scope: 'col' } }, l10n.t('Labels')),
    ...columns.map(({ name, title: text, formula }) => title(name, text, formula)),
  );
  const rows = sorted(heads, columns, sort).map((entry) => headRow(entry, columns, chosen, choose));
  return h('table', { class: 'heads-table' }, h('thead', {}, top), h('tbody', {}, ...rows));
}

function headRow(
  entry: HeadMetrics,
  columns: HeadColumn[],
  chosen: Place,
  choose: (place: Place) => void,
): HTMLElement {
  const { layer, head, labels } = entry;
  const isChosen = layer === chosen.layer && head === chosen.head;
  const open = h(
    'button',
    { class: 'link', attributes: { type: 'button' }, on: { click: () => choose({ layer, head }) } },
    l10n.t`Layer ${layer}, head ${head}`,
  );
  return h(
    'tr',
    {
      class: isChosen ? 'pinned' : '',
      attributes: { 'data-layer': String(layer), 'data-head': String(head) },
    },
    h('th', { attributes: { scope: 'row' } }, open),
    h('td', {}, labelText(labels)),
    ...columns.map((column) => h('td', { class: 'number' }, formatMetric(column.value(entry)))),
  );
}

function sorted(heads: HeadMetrics[], columns: HeadColumn[], { column, down }: Sort): HeadMetrics[] {
  const of = columns.find(({ name }) => name === column);
  const sign = down ? -1 : 1;
  const inOrder = [...heads].sort((a, b) => a.layer - b.layer || a.head - b.head);
  if (!of) return down ? inOrder.reverse() : inOrder;
  const value = (entry: HeadMetrics) => of.value(entry) ?? -Infinity * sign;
  return inOrder.sort((a, b) => sign * (value(a) - value(b)) || 0);
}

export const formatMetric = (value: number | null): string => (value === null ? '–' : value.toFixed(3));
