import * as l10n from '@vscode/l10n';
import { holds } from '../../../src/shared/fields';
import type { TextOrigin } from '../../../src/shared/probe';
import { changeDetector, h, setText } from '../../ui/dom';
import { button } from '../../ui/toolkit';
import type { Actions, Part } from './view';

const ORIGINS: Record<TextOrigin, string> = {
  selection: l10n.t('Text from the editor'),
  sample: l10n.t('The probe’s own sample'),
  typed: l10n.t('Text typed here'),
};

/** The text that the probe reads: from the editor, typed here, or its own sample. */
export function createInput(actions: Actions): Part {
  let shown = '';
  const origin = h('span', { class: 'field-label' });
  const text = h('textarea', {
    attributes: { rows: '2', 'aria-label': l10n.t('Text'), spellcheck: 'false' },
    on: { keydown: (event) => isRunKey(event) && run() },
  });
  const run = () => actions.run(text.value === shown ? undefined : text.value);
  const start = button(l10n.t('Run'), 'primary', run);
  const buttons = h(
    'div',
    { class: 'edit-run' },
    start,
    button(l10n.t('Use Selection'), 'secondary', () => actions.send('read', 'selection')),
    button(l10n.t('Use Sample'), 'secondary', () => actions.send('read', 'sample')),
  );
  const unread = h('p', { class: 'hint' }, l10n.t('With these settings the text is not read.'));
  const element = h('section', { class: 'input' }, origin, text, unread, buttons);
  const changed = changeDetector();
  return {
    element,
    update({ snapshot, settings }) {
      element.hidden = snapshot?.probe.input !== 'text';
      unread.hidden = !snapshot?.probe.reads || holds(snapshot.probe.reads, settings);
      if (
        !snapshot ||
        element.hidden ||
        !changed(snapshot.text?.segments.join('\n\n'), snapshot.text?.origin)
      )
        return;
      shown = snapshot.text?.segments.join('\n\n') ?? '';
      setText(origin, ORIGINS[snapshot.text?.origin ?? 'typed']);
      text.value = shown;
    },
  };
}

function isRunKey(event: KeyboardEvent): boolean {
  return event.key === 'Enter' && (event.ctrlKey || event.metaKey);
}
