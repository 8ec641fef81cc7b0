import * as l10n from '@vscode/l10n';
import { h } from '../../ui/dom';
import { button } from '../../ui/toolkit';
import type { Actions } from './view';

/** The whole result as a file or on the clipboard. */
export function exportButtons(actions: Actions): HTMLElement {
  const save = (format: 'csv' | 'json' | 'markdown') => () => actions.send('export', { format, to: 'file' });
  return h(
    'div',
    { class: 'exports' },
    h('span', { class: 'field-label' }, l10n.t('Whole result')),
    button(l10n.t('Copy Markdown'), 'secondary', () =>
      actions.send('export', { format: 'markdown', to: 'clipboard' }),
    ),
    button(l10n.t('Save Markdown…'), 'secondary', save('markdown')),
    button(l10n.t('Save CSV…'), 'secondary', save('csv')),
    button(l10n.t('Save JSON…'), 'secondary', save('json')),
  );
}

/** One table as CSV. */
export function tableButtons(table: string, actions: Actions): HTMLElement {
  const send = (to: 'file' | 'clipboard') => () => actions.send('export', { format: 'csv', table, to });
  return h(
    'div',
    { class: 'part-buttons' },
    button(l10n.t('Copy CSV'), 'secondary', send('clipboard')),
    button(l10n.t('Save CSV…'), 'secondary', send('file')),
  );
}
