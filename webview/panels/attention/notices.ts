import * as l10n from '@vscode/l10n';
import type { ErrorMessage } from '../../../src/shared/errors';
import type { TokenWindow } from '../../../src/shared/tokens';
import { changeDetector, h } from '../../ui/dom';
import { button, progressRing } from '../../ui/toolkit';
import { count } from './header';
import { rerunRequest } from './edit';
import type { Actions, Part, View } from './view';

/** The strip under the header: what is going on, what went wrong, and what to know about the result below. */
export function createNotices(actions: Actions): Part {
  const element = h('div', { class: 'notices' });
  const changed = changeDetector();
  return {
    element,
    update(view: View) {
      const { result, busy, error, stale } = view.snapshot;
      const work = workText(view);
      if (!changed(result, busy?.message, error, stale, view.failure, work)) return;
      element.replaceChildren(
        ...[
          busy && busyNotice(busy.message, () => actions.send('cancel', null)),
          work && busyNotice(work, () => actions.stopWork()),
          error && errorNotice(error, errorButton(error, view, actions)),
          view.failure &&
            errorNotice(
              view.failure,
              button(l10n.t('Try Again'), 'secondary', () => actions.reload()),
            ),
          result && stale && staleNotice(actions, busy !== null),
          result?.window && windowNotice(result.window, actions, busy !== null),
        ].filter((notice) => notice instanceof HTMLElement),
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
  const line = h('p', {}, text);
  return h(
    'div',
    { class: `notice ${kind}`, attributes: { role } },
    line,
    h('div', { class: 'notice-buttons' }, ...controls),
  );
}

/** What is worked on for long, and how far it is; null while nothing is. */
function workText({ work }: View): string | null {
  if (!work) return null;
  const { progress } = work;
  return progress
    ? l10n.t`Working it out: layer ${progress.done} of ${progress.of}…`
    : l10n.t('Working it out…');
}

function busyNotice(message: string, cancel: () => void): HTMLElement {
  const line = notice('busy', 'status', message, button(l10n.t('Cancel'), 'secondary', cancel));
  line.prepend(progressRing());
  return line;
}

/** An error and the way out of it. */
export function errorNotice(error: ErrorMessage, control: HTMLElement | null): HTMLElement {
  const kind = error.code === 'cancelled' ? 'info' : 'error';
  return notice(kind, kind === 'error' ? 'alert' : 'status', error.message, ...(control ? [control] : []));
}

/** The way out of an error: shorten an over-long text, take another model, or try the same again. */
function errorButton(error: ErrorMessage, view: View, actions: Actions): HTMLElement | null {
  if (error.detail?.reason === 'too-long') {
    const { limit } = error.detail;
    return button(l10n.t`Analyze First ${count(limit)} Tokens`, 'primary', () =>
      actions.send('window', { index: 0 }),
    );
  }
  if (error.code === 'model')
    return button(l10n.t('Choose Model'), 'primary', () => actions.send('chooseModel', null));
  const { result } = view.snapshot;
  if (result && (error.code === 'runtime' || error.code === 'cancelled')) {
    return button(l10n.t('Run Again'), 'primary', () => actions.send('rerun', rerunRequest(result)));
  }
  // Before the first result the same button stands below.
  return (
    result && button(l10n.t('Analyze Selection'), 'primary', () => actions.send('analyzeSelection', null))
  );
}

function staleNotice(actions: Actions, busy: boolean): HTMLElement {
  const again = button(l10n.t('Run Again'), 'secondary', () => actions.send('refresh', null));
  again.disabled = busy;
  return notice('warning', 'status', l10n.t('The text has changed since this was computed.'), again);
}

function windowNotice(
  { index, windows, first, count: size, total }: TokenWindow,
  actions: Actions,
  busy: boolean,
) {
  const text = l10n.t`Only tokens ${count(first + 1)}–${count(first + size)} of ${count(total)} were analyzed: the model takes no more at once. Window ${index + 1} of ${windows}.`;
  const step = (label: string, sign: string, to: number) => {
    const control = button(label, 'icon', () => actions.send('window', { index: to }), sign);
    control.disabled = busy || to < 0 || to >= windows;
    return control;
  };
  return notice(
    'info',
    'status',
    text,
    step(l10n.t('Previous window'), '‹', index - 1),
    step(l10n.t('Next window'), '›', index + 1),
  );
}
