import { h } from '../../ui/dom';

export function simpleTable(caption: string, titles: string[], rows: HTMLElement[]): HTMLElement {
  const top = h(
    'tr',
    {},
    ...titles.map((title, index) =>
      h('th', { class: headClass(rows, index), attributes: { scope: 'col' } }, title),
    ),
  );
  return h(
    'table',
    {},
    h('caption', {}, h('span', {}, caption)),
    h('thead', {}, top),
    h('tbody', {}, ...rows),
  );
}

/** Heads stand over their cells: to the left over words, to the right over numbers. */
function headClass([row]: readonly HTMLElement[], index: number): string {
  if (index === 0) return 'corner';
  return row?.children[index]?.classList.contains('number') === false ? 'words' : '';
}
