import * as l10n from '@vscode/l10n';
import type { Links } from '../../charts/links';
import { formatWeight } from '../../charts/rows';
import { h } from '../../ui/dom';
import { count } from './header';
import { tokenName } from './rowList';
import { tokenOf } from './shown';
import type { Axis, Shown } from './shown';
import { simpleTable } from './simpleTable';

const ROWS = 200;

/** The strongest links as numbers. */
export function linkTable(links: Links, { queries, keys }: Shown, heads: number[]): HTMLElement {
  const shown = Math.min(ROWS, links.count);
  const caption = l10n.t`The ${count(shown)} strongest of ${count(links.total)} links, strongest first.`;
  const rows = Array.from({ length: shown }, (_, i) => {
    const at = links.count - 1 - i;
    return h(
      'tr',
      {},
      cell(queries, links.query[at] as number),
      cell(keys, links.key[at] as number),
      h('td', { class: 'number' }, String(heads[links.head[at] as number])),
      h('td', { class: 'number' }, formatWeight(links.weight[at] as number)),
    );
  });
  const titles = [l10n.t('Query'), l10n.t('Key'), l10n.t('Head'), l10n.t('Weight')];
  return simpleTable(caption, titles, rows);
}

function cell(axis: Axis, row: number): HTMLElement {
  const name = h('span', { class: 'cell-name' }, ...tokenName(tokenOf(axis, row) ?? row, axis.items[row]));
  return h('td', {}, name);
}
