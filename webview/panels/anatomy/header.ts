import * as l10n from '@vscode/l10n';
import type { AnatomyFormat } from '../../../src/shared/anatomy';
import { badge } from '../../ui/controls';
import { changeDetector, h, setText } from '../../ui/dom';
import { button } from '../../ui/toolkit';
import { bytes, count, short } from '../../charts/numbers';
import type { Actions, Part } from './view';

export const FORMAT_NAMES: Record<AnatomyFormat, string> = {
  onnx: 'ONNX',
  safetensors: 'safetensors',
  gguf: 'GGUF',
  config: 'config.json',
};

/** The model's name, what it is in a line, and what can be done with all of it. */
export function createHeader(actions: Actions): Part {
  const name = h('h1');
  const format = badge();
  const facts = h('p', { class: 'facts' });
  const copy = (label: string, kind: 'json' | 'markdown' | 'csv') =>
    button(label, 'secondary', () => actions.send('copy', { format: kind, component: null }));
  const buttons = h(
    'div',
    { class: 'header-buttons' },
    copy(l10n.t('Copy JSON'), 'json'),
    copy(l10n.t('Copy Markdown'), 'markdown'),
    copy(l10n.t('Copy CSV'), 'csv'),
    button(l10n.t('Compare With…'), 'secondary', () => {
      actions.send('addComparison', null);
      actions.go('compare');
    }),
  );
  const changed = changeDetector();
  const element = h('header', { class: 'header' }, name, buttons, facts);
  return {
    element,
    update({ snapshot: { model } }) {
      element.hidden = !model;
      if (!model || !changed(model)) return;
      const { anatomy } = model;
      setText(name, anatomy.name);
      setText(format, FORMAT_NAMES[anatomy.format]);
      const title = l10n.t`${count(anatomy.parameters)} parameters`;
      facts.replaceChildren(
        format,
        h('span', { title }, l10n.t`${short(anatomy.parameters)} parameters`),
        h('span', { title: l10n.t`${count(anatomy.bytes)} bytes` }, bytes(anatomy.bytes)),
        h('span', {}, l10n.t`${count(anatomy.tensors.length)} tensors`),
      );
    },
  };
}
