import * as l10n from '@vscode/l10n';
import type { AttentionResult } from '../../../src/shared/attention';
import type { ViewEvents } from '../../../src/shared/protocol';
import { changeDetector, h } from '../../ui/dom';
import { button } from '../../ui/toolkit';
import type { Actions, Part, View } from './view';

/** The text of a result as one piece, and its target where the user gave one. */
export function rerunRequest({ segments, target }: AttentionResult): ViewEvents['rerun'] {
  return {
    text: segments.map(({ text }) => text).join('\n'),
    ...(target?.source === 'given' && { target: target.text }),
  };
}

/** A box to change the text and run again without leaving the panel. */
export function createEdit(actions: Actions): Part {
  const text = h('textarea', { attributes: { rows: '3', spellcheck: 'false', dir: 'auto' } });
  const target = h('textarea', {
    attributes: {
      rows: '2',
      spellcheck: 'false',
      dir: 'auto',
      placeholder: l10n.t('Empty: the model writes it'),
    },
  });
  const segments = h('p', { class: 'hint' }, l10n.t('The selections are joined, one a line.'));
  const targetField = field(l10n.t('Target (decoder input)'), target);
  const runButton = button(l10n.t('Run'), 'primary', () => run());
  const element = h(
    'details',
    { class: 'edit' },
    h('summary', {}, l10n.t('Edit text and run')),
    h(
      'div',
      { class: 'edit-body' },
      field(l10n.t('Text'), text),
      segments,
      targetField,
      h('div', { class: 'edit-run' }, runButton, h('span', { class: 'hint' }, l10n.t('Ctrl+Enter'))),
    ),
  );
  let encoderDecoder = false;
  const run = () => {
    if (runButton.disabled || !text.value.trim()) return;
    actions.send('rerun', {
      text: text.value,
      ...(encoderDecoder && target.value.trim() && { target: target.value }),
    });
  };
  element.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    run();
  });
  const changed = changeDetector();
  return {
    element,
    update({ snapshot: { result, busy } }: View) {
      runButton.disabled = busy !== null;
      if (!result || !changed(result.runId)) return;
      const request = rerunRequest(result);
      encoderDecoder = result.model.family === 'encoder-decoder';
      text.value = request.text;
      target.value = request.target ?? '';
      targetField.hidden = !encoderDecoder;
      segments.hidden = result.segments.length < 2;
    },
  };
}

function field(label: string, control: HTMLElement): HTMLElement {
  return h('label', { class: 'field wide' }, h('span', { class: 'field-label' }, label), control);
}
