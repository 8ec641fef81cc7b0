import * as l10n from '@vscode/l10n';
import { h } from '../../ui/dom';
import { button } from '../../ui/toolkit';
import type { Actions, Part } from './view';

/** Before the first analysis. */
export function createEmpty(actions: Actions): Part {
  const element = h(
    'section',
    { class: 'empty' },
    h('h1', {}, l10n.t('Attention')),
    h(
      'p',
      {},
      l10n.t('Select text in an editor to see which tokens attend to which, in every layer and head.'),
    ),
    button(l10n.t('Analyze Selection'), 'primary', () => actions.send('analyzeSelection', null)),
  );
  return {
    element,
    update({ snapshot: { result, busy } }) {
      element.hidden = result !== null || busy !== null;
    },
  };
}
