import * as l10n from '@vscode/l10n';
import { changeDetector, h, setText } from '../../ui/dom';
import { button, progressRing } from '../../ui/toolkit';
import type { Actions, Part, View } from './view';

/** What is going on, what went wrong, and whether the text has changed since. */
export function createNotices(actions: Actions): Part {
  const busy = busyNotice(actions);
  const rest = h('div', { class: 'notice-list' });
  const element = h('div', { class: 'notices' }, busy.element, rest);
  const changed = changeDetector();
  return {
    element,
    update(view: View) {
      busy.update(view);
      const { error = null, stale = false, busy: running = null } = view.snapshot ?? {};
      if (!changed(error, stale, running === null)) return;
      rest.hidden = !error && (!stale || running !== null);
      element.hidden = rest.hidden && running === null;
      rest.replaceChildren(
        ...(error
          ? [
              notice(
                'error',
                'alert',
                error.message,
                button(l10n.t('Run Again'), 'secondary', () => actions.run()),
              ),
            ]
          : []),
        ...(stale && !running
          ? [
              notice(
                'warning',
                'status',
                l10n.t('The text has changed since this was computed.'),
                button(l10n.t('Run Again'), 'secondary', () => actions.run()),
              ),
            ]
          : []),
      );
    },
  };
}

function notice(kind: string, role: string, text: string, control: HTMLElement): HTMLElement {
  const attributes = { role };
  return h(
    'div',
    { class: `notice ${kind}`, attributes },
    h('p', {}, text),
    h('div', { class: 'notice-buttons' }, control),
  );
}

/** Stays in place while its text moves, so that screen readers and the ring are not restarted. */
function busyNotice(actions: Actions): Part {
  const text = h('p');
  const bar = h('progress', { attributes: { max: '1' } });
  const cancel = button(l10n.t('Cancel'), 'secondary', () => actions.send('cancel', null));
  const element = h(
    'div',
    { class: 'notice busy', attributes: { role: 'status' } },
    progressRing(),
    text,
    bar,
    h('div', { class: 'notice-buttons' }, cancel),
  );
  return {
    element,
    update({ snapshot }) {
      const busy = snapshot?.busy ?? null;
      element.hidden = busy === null;
      if (!busy) return;
      setText(text, busy.message);
      bar.hidden = busy.fraction === null;
      if (busy.fraction !== null) bar.value = busy.fraction;
    },
  };
}
