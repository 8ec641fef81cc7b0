import * as l10n from '@vscode/l10n';
import type { AxisItem } from '../../../src/shared/aggregate';
import type { AttentionResult, HeadMatrix } from '../../../src/shared/attention';
import { itemLabel } from '../../charts/labels';
import { formatBits, formatWeight, summarizeRow } from '../../charts/rows';
import type { RowSummary } from '../../charts/rows';
import { changeDetector, h } from '../../ui/dom';
import { button } from '../../ui/toolkit';
import { count } from './header';
import { rowOfToken, tokenOf, visibleCount } from './shown';
import type { Shown } from './shown';
import { activeQuery, BESIDE, keySide, tabOf } from './view';
import type { Actions, Part, View } from './view';

const TOP_KEYS = 8;

/** The strongest keys of one query, with how spread out the row is and where the rest of it goes. */
export function createRowList(actions: Actions): Part {
  const heading = h('h2');
  const note = h('p', { class: 'hint' });
  const unpin = button(l10n.t('Unpin'), 'secondary', () => actions.pin(null));
  const list = h('ol', { class: 'keys' });
  const rest = h('div', { class: 'rest' });
  const entropy = h('p', { class: 'entropy' });
  const head = h('div', { class: 'row-head' }, heading, unpin);
  const element = h('section', { class: 'row-list' }, head, note, list, rest, entropy);
  const changed = changeDetector();
  return {
    element,
    update(view: View) {
      const { result } = view.snapshot;
      const query = activeQuery(view);
      const { shown } = view;
      const row = shown && rowOfToken(shown.queries, query);
      element.hidden = !result || !shown || row === null || !BESIDE.has(tabOf(view.state));
      if (!result || !shown || query === null || row === null || element.hidden) return;
      unpin.hidden = view.state.query === null;
      if (!changed(shown, query, view.state.query)) return;
      const { matrix, queries } = shown;
      const summary = summarizeRow(matrix, row, TOP_KEYS, visibleCount(shown, row));
      heading.replaceChildren(l10n.t('Query '), ...tokenName(query, queries.items[row]));
      note.textContent = noteOf(matrix, query, queries.rowOf.length, view.state.query !== null);
      list.replaceChildren(...summary.top.map((entry) => keyRow(entry, shown, actions, query, result)));
      rest.replaceChildren(...restRow(summary));
      entropy.textContent = l10n.t`Entropy ${formatBits(summary.entropy)} bits, of at most ${formatBits(summary.maxEntropy)}`;
      entropy.title = l10n.t(
        'Of the row’s weights: −Σ w log₂ w. The most is log₂ of the number of keys that the query can see.',
      );
    },
  };
}

/** Number and text of a token; the text isolated, whichever way it runs. */
export function tokenName(index: number, item: AxisItem | undefined): Node[] {
  const label = item ? itemLabel(item) : '';
  return [h('span', { class: 'index' }, String(index)), h('bdi', { class: 'token', title: label }, label)];
}

/** Which way to read the row, by kind of attention. */
function noteOf({ kind }: HeadMatrix, query: number, queries: number, pinned: boolean): string {
  const how = pinned ? '' : l10n.t(' Click a token to pin its row.');
  if (kind === 'encoder') return l10n.t`Reads from the keys below.${how}`;
  const predicts =
    query + 1 < queries
      ? l10n.t`Row ${query} predicts token ${query + 1}.`
      : l10n.t`Row ${query} predicts the token after the last.`;
  return kind === 'cross'
    ? l10n.t`Reads from the input. ${predicts}${how}`
    : l10n.t`Reads from itself and earlier tokens. ${predicts}${how}`;
}

function keyRow(
  { key, weight }: { key: number; weight: number },
  { matrix, keys }: Shown,
  actions: Actions,
  query: number,
  result: AttentionResult,
): HTMLElement {
  const token = tokenOf(keys, key) ?? 0;
  const point = () => actions.point({ query, key: token }, { side: keySide(result, matrix.kind), token });
  const leave = () => actions.point(null, null);
  const bar = h('span', { class: 'bar' });
  bar.style.width = `${(100 * weight).toFixed(2)}%`;
  return h(
    'li',
    {
      attributes: { tabindex: '0' },
      on: { pointerenter: point, pointerleave: leave, focus: point, blur: leave },
    },
    ...tokenName(token, keys.items[key]),
    h('span', { class: 'track', attributes: { 'aria-hidden': 'true' } }, bar),
    h('span', { class: 'weight' }, formatWeight(weight)),
  );
}

function restRow({ restCount, restSum }: RowSummary): Node[] {
  if (restCount === 0) return [];
  const bar = h('span', { class: 'bar' });
  bar.style.width = `${(100 * restSum).toFixed(2)}%`;
  return [
    h(
      'span',
      { class: 'rest-name' },
      restCount === 1 ? l10n.t('remaining 1 key') : l10n.t`remaining ${count(restCount)} keys`,
    ),
    h('span', { class: 'track', attributes: { 'aria-hidden': 'true' } }, bar),
    h('span', { class: 'weight' }, formatWeight(restSum)),
  ];
}
