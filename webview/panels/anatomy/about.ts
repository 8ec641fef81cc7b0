import * as l10n from '@vscode/l10n';
import type { AnatomyFile } from '../../../src/shared/anatomy';
import { changeDetector, h } from '../../ui/dom';
import { VirtualTable } from '../../ui/virtualTable';
import { bytes, count } from '../../charts/numbers';
import type { Part } from './view';

/** What the files say of themselves. */
export function createAbout(): Part {
  const metadata = new VirtualTable<{ key: string; value: string }>({
    label: l10n.t('Metadata'),
    columns: [
      { name: l10n.t('Key'), width: '22em', cell: ({ key }) => key },
      { name: l10n.t('Value'), width: 'auto', cell: ({ value }) => value },
    ],
  });
  const files = h('tbody');
  const nothing = h('p', { class: 'hint' }, l10n.t('The files have no metadata.'));
  const fileTable = h(
    'section',
    {},
    h('h2', {}, l10n.t('Files')),
    h(
      'div',
      { class: 'table-scroll' },
      h(
        'table',
        { class: 'plain' },
        headRow(l10n.t('File'), { number: l10n.t('Size') }, l10n.t('State')),
        files,
      ),
    ),
  );
  const element = h(
    'div',
    { class: 'stack' },
    fileTable,
    h('h2', {}, l10n.t('Metadata')),
    metadata.element,
    nothing,
  );
  const changed = changeDetector();
  return {
    element,
    update({ snapshot: { model } }) {
      if (!model || !changed(model)) return;
      const { anatomy } = model;
      fileTable.hidden = anatomy.files.length === 0;
      files.replaceChildren(...anatomy.files.map(fileRow));
      metadata.setRows(anatomy.metadata.length, (index) => anatomy.metadata[index] ?? null);
      metadata.element.hidden = anatomy.metadata.length === 0;
      nothing.hidden = anatomy.metadata.length > 0;
    },
  };
}

/** Names of columns; those of numbers stand at the end of their column, as the numbers do. */
export function headRow(...columns: (string | { number: string })[]): HTMLElement {
  const cells = columns.map((column) =>
    typeof column === 'string'
      ? h('th', { attributes: { scope: 'col' } }, column)
      : h('th', { class: 'number', attributes: { scope: 'col' } }, column.number),
  );
  return h('thead', {}, h('tr', {}, ...cells));
}

function fileRow({ name, size, expected }: AnatomyFile): HTMLElement {
  const state =
    size === null
      ? l10n.t('missing')
      : expected === undefined
        ? l10n.t('whole')
        : l10n.t`cut off: ${bytes(expected - size)} of ${bytes(expected)} are missing`;
  return h(
    'tr',
    { class: state === 'whole' ? '' : 'bad' },
    h('th', { attributes: { scope: 'row' } }, name),
    h(
      'td',
      { class: 'number', title: size === null ? '' : l10n.t`${count(size)} bytes` },
      size === null ? '–' : bytes(size),
    ),
    h('td', {}, state),
  );
}
