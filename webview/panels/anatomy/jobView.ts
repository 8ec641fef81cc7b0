import * as l10n from '@vscode/l10n';
import { h } from '../../ui/dom';
import { button } from '../../ui/toolkit';
import type { Job } from './job';

/** What a job that is not done looks like: progress with a way to stop, or its error with a way to try again. */
export function jobNotice<T>(job: Job<T>, what: string, again: () => void): HTMLElement | null {
  const { state } = job;
  if (state.kind === 'running') {
    const attributes = {
      'aria-label': what,
      ...(state.done !== null && { value: String(state.done), max: '1' }),
    };
    return h(
      'div',
      { class: 'job', attributes: { 'aria-busy': 'true' } },
      h('span', {}, what),
      h('progress', { attributes }),
      button(l10n.t('Cancel'), 'secondary', () => job.reset()),
    );
  }
  if (state.kind !== 'failed') return null;
  return h(
    'div',
    { class: 'notice error', attributes: { role: 'alert' } },
    h('p', {}, state.error.message),
    h('div', { class: 'notice-buttons' }, button(l10n.t('Try Again'), 'secondary', again)),
  );
}
