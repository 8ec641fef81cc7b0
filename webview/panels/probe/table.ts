import * as l10n from '@vscode/l10n';
import type { Cell, Column, ReportPart, Table } from '../../../src/shared/report';
import { figureTable, formatCell } from '../../../src/shared/report';
import { changeDetector, h } from '../../ui/dom';
import { button } from '../../ui/toolkit';
import { actionLink } from './actions';
import { tableButtons } from './exports';
import { link } from './header';
import type { Block } from './results';
import type { Actions, View } from './view';

/** Characters that stay on one line: dates and names such as encoder-decoder. */
const SHORT = 16;
/** Rows on the screen at once. */
const PAGE = 100;

/** A table of the report, with its title and exports. */
export function createTable(id: string, actions: Actions): Block {
  const title = h('h2');
  const note = h('p', { class: 'hint' });
  const body = createTableBody(actions);
  const head = h('div', { class: 'part-head' }, title, tableButtons(id, actions));
  return {
    element: h('section', { class: 'part' }, head, body.element, note),
    update(part, view) {
      title.textContent = part.title;
      note.textContent = part.note ?? '';
      body.update(part, view);
    },
  };
}

/** A table's body, which is built while it is shown only: the one behind a heatmap has thousands of cells. */
export interface TableBody extends Block {
  show(shown: boolean): void;
}

/** The table itself, or the one behind a figure: a click on a column's head sorts by it. */
export function createTableBody(actions: Actions): TableBody {
  const scroller = h('div', { class: 'table-scroll', attributes: { tabindex: '0', role: 'region' } });
  const pages = h('div', { class: 'pager' });
  const element = h('div', {}, scroller, pages);
  let current: ReportPart | null = null;
  let table: Table | null = null;
  let sorted: { column: number; ascending: boolean } | null = null;
  let first = 0;
  const draw = () => {
    if (!current || element.hidden) return;
    table ??= current.kind === 'table' ? current : figureTable(current);
    if (sorted && sorted.column >= table.columns.length) sorted = null;
    const rows = sorted ? sortRows(table.rows, sorted.column, sorted.ascending) : table.rows;
    first = Math.min(first, Math.max(0, rows.length - 1));
    scroller.setAttribute('aria-label', table.title);
    const shown = rows.slice(first, first + PAGE);
    scroller.replaceChildren(buildTable({ ...table, rows: shown }, sorted, sort, actions));
    pages.hidden = rows.length <= PAGE;
    pages.replaceChildren(...pager(first, rows.length, (to) => ((first = to), draw())));
  };
  const sort = (column: number) => {
    if (!table) return;
    const ascending =
      sorted?.column === column ? !sorted.ascending : table.columns[column]?.format === undefined;
    sorted = { column, ascending };
    first = 0;
    draw();
    scroller.querySelectorAll<HTMLElement>('thead button')[column]?.focus();
    actions.say(
      ascending
        ? l10n.t`Sorted by ${table.columns[column]?.label ?? ''}, ascending`
        : l10n.t`Sorted by ${table.columns[column]?.label ?? ''}, descending`,
    );
  };
  const changed = changeDetector();
  return {
    element,
    update(part: ReportPart, _view: View) {
      if (!changed(part)) return;
      current = part;
      table = null;
      draw();
    },
    show(shown: boolean) {
      element.hidden = !shown;
      draw();
    },
  };
}

function buildTable(
  { columns, rows }: Table,
  sorted: { column: number; ascending: boolean } | null,
  sort: (column: number) => void,
  actions: Actions,
): HTMLElement {
  const heads = columns.map((column, i) => {
    const direction = sorted?.column === i ? (sorted.ascending ? 'ascending' : 'descending') : 'none';
    const sign = direction === 'none' ? '' : sorted?.ascending ? ' ↑' : ' ↓';
    const name = h('button', { class: 'sort', on: { click: () => sort(i) } }, column.label + sign);
    const attributes = { scope: 'col', 'aria-sort': direction };
    return h(
      'th',
      { class: cellClass(column), attributes, ...(column.note && { title: column.note }) },
      name,
    );
  });
  const body = rows.map((row) =>
    h('tr', {}, ...row.map((cell, i) => tableCell(cell, columns[i], i, actions))),
  );
  return h('table', {}, h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...body));
}

function tableCell(cell: Cell, column: Column | undefined, index: number, actions: Actions): HTMLElement {
  const text = formatCell(cell, column);
  const content = contentOf(cell, text, actions);
  const isShort = text.length <= SHORT;
  const props = {
    class: `${cellClass(column)}${isShort ? ' short' : ''}`,
    ...(typeof cell === 'number' && { title: String(cell) }),
  };
  return index === 0 ? h('th', { ...props, attributes: { scope: 'row' } }, content) : h('td', props, content);
}

function contentOf(cell: Cell, text: string, actions: Actions): HTMLElement | string {
  if (typeof cell !== 'object' || cell === null) return text;
  return 'href' in cell ? link(text, cell.href) : actionLink(text, cell.action, actions);
}

const cellClass = (column: Column | undefined): string => (column?.format === undefined ? 'words' : 'number');

/** Numbers by size, words by the alphabet, missing values last. */
function sortRows(rows: Cell[][], column: number, ascending: boolean): Cell[][] {
  const sign = ascending ? 1 : -1;
  return [...rows].sort((a, b) => {
    const [left, right] = [sortKey(a[column]), sortKey(b[column])];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    if (typeof left === 'number' && typeof right === 'number') return sign * (left - right);
    return sign * String(left).localeCompare(String(right));
  });
}

function sortKey(cell: Cell | undefined): string | number | null {
  if (cell === undefined || cell === null) return null;
  return typeof cell === 'object' ? cell.text : cell;
}

function pager(first: number, total: number, go: (first: number) => void): HTMLElement[] {
  const previous = button(l10n.t('Previous rows'), 'icon', () => go(Math.max(0, first - PAGE)), '‹');
  const next = button(l10n.t('Next rows'), 'icon', () => go(first + PAGE), '›');
  previous.disabled = first === 0;
  next.disabled = first + PAGE >= total;
  const range = l10n.t`Rows ${first + 1}–${Math.min(total, first + PAGE)} of ${total}`;
  return [previous, h('span', {}, range), next];
}
