import * as l10n from '@vscode/l10n';
import type { AxisItem, ShapedMatrix } from '../../../src/shared/aggregate';
import type { DifferenceMatrix } from '../../../src/shared/compare';
import { farthest } from '../../charts/largest';
import { formatWeight } from '../../charts/rows';
import { h } from '../../ui/dom';
import { count } from './header';
import { tokenName } from './rowList';
import { simpleTable } from './simpleTable';

const ROWS = 200;

/** A difference with its sign, to four digits. */
export const signed = (value: number): string => `${value < 0 ? '−' : '+'}${formatWeight(Math.abs(value))}`;

/** The cells of a difference map as numbers, those that differ most first; `here` and `there` are the two weights. */
export function differenceTable(
  { queries, keys, differences }: DifferenceMatrix,
  here: Float32Array,
  there: ShapedMatrix | null,
): HTMLElement {
  const cells = farthest(differences, ROWS);
  const rows = cells.map((cell) => {
    const [query, key] = [Math.floor(cell / keys.length), cell % keys.length];
    return h(
      'tr',
      {},
      nameCell(queries[query]),
      nameCell(keys[key]),
      numberCell(formatWeight(here[cell] ?? 0)),
      numberCell(there ? formatWeight(there.weights[cell] ?? 0) : ''),
      numberCell(signed(differences[cell] ?? 0)),
    );
  });
  const caption = l10n.t`The ${count(cells.length)} cells of ${count(differences.length)} that differ most, the largest difference first.`;
  const titles = [l10n.t('Query'), l10n.t('Key'), l10n.t('This'), l10n.t('Other'), l10n.t('Other − this')];
  return simpleTable(caption, titles, rows);
}

function nameCell(item: AxisItem | undefined): HTMLElement {
  return h('td', {}, h('span', { class: 'cell-name' }, ...tokenName(item?.tokens[0] ?? 0, item)));
}

const numberCell = (text: string): HTMLElement => h('td', { class: 'number' }, text);
