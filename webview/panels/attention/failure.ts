import * as l10n from '@vscode/l10n';
import type { ErrorMessage } from '../../../src/shared/errors';
import { changeDetector, h } from '../../ui/dom';
import { button } from '../../ui/toolkit';
import { errorNotice } from './notices';
import type { Actions } from './view';

/** Why a view cannot be drawn, in its place, with a way to ask again. */
export function createFailure(actions: Actions) {
  const element = h('div', { class: 'failure' });
  const changed = changeDetector();
  return {
    element,
    show(failure: ErrorMessage | null | undefined) {
      element.hidden = !failure;
      if (!changed(failure)) return;
      const again = () => button(l10n.t('Try Again'), 'secondary', () => actions.reload());
      element.replaceChildren(...(failure ? [errorNotice(failure, again())] : []));
    },
  };
}
