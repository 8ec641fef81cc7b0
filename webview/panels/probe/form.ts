import * as l10n from '@vscode/l10n';
import { isUsed } from '../../../src/shared/fields';
import type { ProbeSnapshot } from '../../../src/shared/probe';
import { changeDetector, h } from '../../ui/dom';
import { button } from '../../ui/toolkit';
import { createField } from './fields';
import type { FieldPart } from './fields';
import type { Actions, Part } from './view';

/** The probe's settings, drawn from their description. */
export function createForm(actions: Actions): Part {
  const element = h('section', { class: 'form', attributes: { 'aria-label': l10n.t('Settings') } });
  let fields: FieldPart[] = [];
  const isNew = changeDetector();
  return {
    element,
    update({ snapshot, settings }) {
      const names = Object.keys(snapshot?.probe.fields ?? {});
      element.hidden = names.length === 0;
      if (!snapshot || element.hidden) return;
      if (isNew(snapshot.probe.id)) {
        fields = names.map((name) => createField(name, snapshot, actions));
        element.replaceChildren(...fields.map((field) => field.element), ...runButton(snapshot, actions));
      }
      for (const [i, field] of fields.entries()) {
        field.element.hidden = !isUsed(snapshot.probe.fields, settings, names[i] ?? '');
        field.update(settings, snapshot);
      }
    },
  };
}

/** Live probes run by themselves; probes of a text have the button beside it. */
function runButton({ probe }: ProbeSnapshot, actions: Actions): HTMLElement[] {
  return probe.live || probe.input === 'text' ? [] : [button(l10n.t('Run'), 'primary', () => actions.run())];
}
