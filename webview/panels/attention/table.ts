import * as l10n from '@vscode/l10n';
import { rowEntropy } from '../../../src/shared/attention';
import type { HeadMatrix } from '../../../src/shared/attention';
import { inSentence } from '../../../src/shared/language';
import { formatBits, formatWeight, matrixRow } from '../../charts/rows';
import { changeDetector, h } from '../../ui/dom';
import { button } from '../../ui/toolkit';
import { count } from './header';
import { tokenName } from './rowList';
import { rowOfToken, tokenOf } from './shown';
import type { Axis, Shown } from './shown';
import { KIND_NAMES } from './view';
import type { Actions, Part, View } from './view';

/** Rows and columns of one page: a 512 x 512 matrix as one table would be 262,144 cells. */
const PAGE = 32;

/** The matrix as numbers, a page at a time. */
export function createTable(actions: Actions): Part {
  const pages = h('div', { class: 'table-pages' });
  const scroller = h('div', {
    class: 'table-scroll',
    attributes: { tabindex: '0', role: 'region', 'aria-label': l10n.t('Attention weights') },
  });
  const element = h('div', { class: 'table-view' }, pages, scroller);
  let view: View | null = null;
  let start = { query: 0, key: 0 };
  const moved = changeDetector();
  const rebuild = changeDetector();
  const pinned = changeDetector();
  const draw = () => {
    const shown = view?.shown;
    if (!view || !shown || element.hidden) return;
    const head = shown.matrix;
    if (moved(view.snapshot.result, head.kind, head.queries, head.keys)) start = { query: 0, key: 0 };
    if (rebuild(shown, start.query, start.key)) {
      scroller.replaceChildren(buildTable(shown, start.query, start.key));
      pages.replaceChildren(
        pager('queries', start.query, head.queries, (query) => move({ query })),
        pager('keys', start.key, head.keys, (key) => move({ key })),
      );
      pages.hidden = head.queries <= PAGE && head.keys <= PAGE;
    }
    const row = rowOfToken(shown.queries, view.state.query);
    if (pinned(row, scroller.firstChild)) markPinned(scroller, row);
  };
  const move = (to: Partial<typeof start>) => {
    start = { ...start, ...to };
    draw();
  };
  scroller.addEventListener('click', (event) => {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[data-query]')?.dataset.query;
    const token = row === undefined ? undefined : view?.shown?.queries.items[Number(row)]?.tokens[0];
    if (token !== undefined) actions.pin(view?.state.query === token ? null : token);
  });
  return {
    element,
    update(next: View) {
      view = next;
      element.hidden = next.state.view !== 'table' || !next.shown;
      draw();
    },
  };
}

function buildTable({ matrix: head, queries, keys }: Shown, query: number, key: number): HTMLElement {
  const columns = indices(key, head.keys);
  const caption = h(
    'caption',
    {},
    h(
      'span',
      {},
      l10n.t`Attention weights of layer ${head.layer}, head ${head.head} (${inSentence(KIND_NAMES[head.kind])}). Rows are queries, columns are keys; each row sums to 1 over all keys. Entropy is of the whole row.`,
    ),
  );
  const top = h(
    'tr',
    {},
    h('th', { class: 'corner', attributes: { scope: 'col' } }, l10n.t('Query')),
    h(
      'th',
      { class: 'number', attributes: { scope: 'col' }, title: l10n.t('Entropy of the row in bits') },
      l10n.t('Bits'),
    ),
    ...columns.map((column) => headCell(column, keys, 'col')),
  );
  const attributes = { 'aria-rowcount': String(head.queries + 1), 'aria-colcount': String(head.keys + 2) };
  const rows = indices(query, head.queries).map((row) => bodyRow(head, row, columns, queries));
  return h('table', { attributes }, caption, h('thead', {}, top), h('tbody', {}, ...rows));
}

function bodyRow(head: HeadMatrix, row: number, columns: number[], queries: Axis): HTMLElement {
  const weights = matrixRow(head, row);
  return h(
    'tr',
    { attributes: { 'aria-rowindex': String(row + 2), 'data-query': String(row) } },
    headCell(row, queries, 'row'),
    h('td', { class: 'number entropy' }, formatBits(rowEntropy(weights))),
    ...columns.map((column) => h('td', { class: 'number' }, formatWeight(weights[column] as number))),
  );
}

function headCell(index: number, axis: Axis, scope: 'row' | 'col'): HTMLElement {
  const attributes = { scope, ...(scope === 'col' && { 'aria-colindex': String(index + 3) }) };
  return h(
    'th',
    { class: axis.items[index]?.special ? 'special' : '', attributes },
    h('span', { class: 'cell-name' }, ...tokenName(tokenOf(axis, index) ?? index, axis.items[index])),
  );
}

const PAGERS = {
  queries: {
    name: l10n.t('Queries'),
    previous: l10n.t('Previous queries'),
    next: l10n.t('Next queries'),
  },
  keys: { name: l10n.t('Keys'), previous: l10n.t('Previous keys'), next: l10n.t('Next keys') },
};

function pager(
  of: keyof typeof PAGERS,
  start: number,
  total: number,
  go: (start: number) => void,
): HTMLElement {
  const names = PAGERS[of];
  const previous = button(names.previous, 'icon', () => go(Math.max(0, start - PAGE)), '‹');
  const next = button(names.next, 'icon', () => go(start + PAGE), '›');
  previous.disabled = start === 0;
  next.disabled = start + PAGE >= total;
  const range = l10n.t`${names.name} ${count(start)}–${count(Math.min(total, start + PAGE) - 1)} of ${count(total)}`;
  return h('div', { class: 'pager' }, previous, h('span', {}, range), next);
}

function markPinned(scroller: HTMLElement, query: number | null): void {
  scroller.querySelector('.pinned')?.classList.remove('pinned');
  if (query !== null) scroller.querySelector(`[data-query="${query}"]`)?.classList.add('pinned');
}

function indices(start: number, total: number): number[] {
  return Array.from({ length: Math.max(0, Math.min(PAGE, total - start)) }, (_, i) => start + i);
}
