import * as l10n from '@vscode/l10n';
import type { ErrorMessage } from '../../../src/shared/errors';
import { changeDetector, h } from '../../ui/dom';
import { button, progressRing } from '../../ui/toolkit';
import type { Actions, Part } from './view';

/** The strip under the header: what is going on, what went wrong, and what is wrong with the files. */
export function createNotices(actions: Actions): Part {
  const element = h('div', { class: 'notices' });
  const changed = changeDetector();
  return {
    element,
    update({ snapshot: { model, busy, error, stale } }) {
      const problems = model?.anatomy.problems ?? [];
      if (!changed(model, busy?.message, error, stale)) return;
      element.replaceChildren(
        ...(busy ? [busyNotice(busy.message, actions)] : []),
        ...(error ? [errorNotice(error, actions)] : []),
        ...(stale ? [staleNotice(actions)] : []),
        ...problems.map((problem) => notice('warning', 'status', problem)),
      );
      element.hidden = element.childElementCount === 0;
    },
  };
}

function notice(
  kind: string,
  role: 'status' | 'alert',
  text: string,
  ...controls: HTMLElement[]
): HTMLElement {
  return h(
    'div',
    { class: `notice ${kind}`, attributes: { role } },
    h('p', {}, text),
    ...(controls.length > 0 ? [h('div', { class: 'notice-buttons' }, ...controls)] : []),
  );
}

function busyNotice(message: string, actions: Actions): HTMLElement {
  const line = notice(
    'busy',
    'status',
    message,
    button(l10n.t('Cancel'), 'secondary', () => actions.send('cancel', null)),
  );
  line.prepend(progressRing());
  return line;
}

function errorNotice(error: ErrorMessage, actions: Actions): HTMLElement {
  const kind = error.code === 'cancelled' ? 'info' : 'error';
  const again = button(l10n.t('Try Again'), 'secondary', () => actions.send('refresh', null));
  return notice(kind, kind === 'error' ? 'alert' : 'status', error.message, again);
}

function staleNotice(actions: Actions): HTMLElement {
  const again = button(l10n.t('Read Again'), 'secondary', () => actions.send('refresh', null));
  return notice('warning', 'status', l10n.t('The file has changed since it was read.'), again);
}
