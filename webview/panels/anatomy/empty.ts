import * as l10n from '@vscode/l10n';
import { h } from '../../ui/dom';
import { button } from '../../ui/toolkit';
import type { Actions, Part } from './view';

/** Where no model is shown and none is being read. */
export function createEmpty(actions: Actions): Part {
  const element = h(
    'section',
    { class: 'empty' },
    h('h1', {}, l10n.t('Model anatomy')),
    h('p', {}, l10n.t('What a model is made of, from the headers of its files: nothing is loaded.')),
    button(l10n.t('Open Model'), 'primary', () => actions.send('openModel', null)),
  );
  return {
    element,
    update({ snapshot: { model, busy } }) {
      element.hidden = model !== null || busy !== null;
    },
  };
}
