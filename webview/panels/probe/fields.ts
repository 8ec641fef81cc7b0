import * as l10n from '@vscode/l10n';
import type {
  ChoiceField,
  Field,
  FileField,
  ModelField,
  NumberField,
  ProbeSnapshot,
  Settings,
  TextField,
} from '../../../src/shared/probe';
import { changeDetector, h } from '../../ui/dom';
import { button, checkbox } from '../../ui/toolkit';
import type { Actions } from './view';

/** One setting's control. */
export interface FieldPart {
  element: HTMLElement;
  update(settings: Settings, snapshot: ProbeSnapshot): void;
}

/** Positions of a slider. */
const STEPS = 200;

export function createField(name: string, { probe }: ProbeSnapshot, actions: Actions): FieldPart {
  const field = probe.fields[name] as Field;
  switch (field.kind) {
    case 'number':
      return numberField(name, field, actions);
    case 'choice':
      return choiceField(name, field, actions);
    case 'text':
      return textField(name, field, actions);
    case 'boolean':
      return booleanField(name, field, actions);
    case 'model':
      return modelField(name, field, actions);
    case 'file':
      return fileField(name, field, actions);
  }
}

function labelled(field: Field, ...controls: Node[]): HTMLElement {
  return h(
    'label',
    { class: 'field', ...(field.help && { title: field.help }) },
    h('span', { class: 'field-label' }, field.label),
    ...controls,
  );
}

function numberField(name: string, field: NumberField, actions: Actions): FieldPart {
  const attributes = { min: String(field.min), max: String(field.max), step: field.integer ? '1' : 'any' };
  const box = h('input', {
    attributes: { type: 'number', ...attributes },
    on: { change: () => take(Number(box.value)) },
  });
  const slider = h('input', {
    attributes: { type: 'range', min: '0', max: String(STEPS), step: '1', 'aria-label': field.label },
    on: { input: () => take(atStep(field, Number(slider.value))) },
  });
  const take = (value: number) => {
    const rounded = field.integer ? Math.round(value) : value;
    if (Number.isFinite(value)) actions.change(name, Math.min(field.max, Math.max(field.min, rounded)));
  };
  slider.hidden = field.slider === undefined;
  const unit = field.unit ? [h('span', { class: 'hint' }, field.unit)] : [];
  return {
    element: h('div', { class: 'field-group' }, labelled(field, box, ...unit), slider),
    update(settings) {
      const value = Number(settings[name]);
      if (document.activeElement !== box || Number(box.value) !== value) box.value = String(value);
      if (document.activeElement !== slider) slider.value = String(stepOf(field, value));
    },
  };
}

/** A slider's position as a value: equal steps, or equal ratios. */
function atStep({ min, max, slider }: NumberField, step: number): number {
  const part = step / STEPS;
  if (slider !== 'log') return min + part * (max - min);
  const value = min * (max / min) ** part;
  return Number(value.toPrecision(2));
}

function stepOf({ min, max, slider }: NumberField, value: number): number {
  const part = slider === 'log' ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
  return Math.round(STEPS * part);
}

function choiceField(name: string, field: ChoiceField, actions: Actions): FieldPart {
  const list = h(
    'select',
    { on: { change: () => actions.change(name, list.value) } },
    ...field.options.map(({ value, label }) => h('option', { attributes: { value } }, label)),
  );
  return {
    element: labelled(field, list),
    update: (settings) => void (list.value = String(settings[name])),
  };
}

function textField(name: string, field: TextField, actions: Actions): FieldPart {
  const attributes = { 'aria-label': field.label, placeholder: field.placeholder ?? '', spellcheck: 'false' };
  const on = { change: () => actions.change(name, box.value) };
  const box: HTMLInputElement | HTMLTextAreaElement =
    (field.lines ?? 1) > 1
      ? h('textarea', { attributes: { ...attributes, rows: String(field.lines) }, on })
      : h('input', { attributes: { ...attributes, type: 'text' }, on });
  const element = labelled(field, box);
  element.classList.add('wide-field');
  return {
    element,
    update(settings) {
      if (document.activeElement !== box) box.value = String(settings[name]);
    },
  };
}

function booleanField(name: string, field: Field, actions: Actions): FieldPart {
  const box = checkbox(field.label, (checked) => actions.change(name, checked));
  if (field.help) box.title = field.help;
  return { element: box, update: (settings) => void (box.checked = settings[name] === true) };
}

/** The models that are here and fit; with `known`, any name can be typed. */
function modelField(name: string, field: ModelField, actions: Actions): FieldPart {
  const choose = button(l10n.t('Choose…'), 'secondary', () => actions.send('chooseModel', { field: name }));
  const listId = `models-${name}`;
  const list = field.known ? h('datalist', { attributes: { id: listId } }) : h('select');
  const box = h('input', {
    attributes: {
      ...{ type: 'text', list: listId, spellcheck: 'false' },
      placeholder: field.default === '' ? l10n.t('The model in use') : '',
    },
    on: { change: () => actions.change(name, box.value.trim()) },
  });
  if (list instanceof HTMLSelectElement) {
    list.addEventListener('change', () => actions.change(name, list.value));
  }
  const changed = changeDetector();
  return {
    element: h(
      'div',
      { class: 'field-group' },
      labelled(field, ...(field.known ? [box, list] : [list])),
      choose,
    ),
    update(settings, { models }) {
      const value = String(settings[name]);
      if (changed(models, value)) list.replaceChildren(...modelOptions(field, models, value));
      if (list instanceof HTMLSelectElement) list.value = value;
      else if (document.activeElement !== box) box.value = value;
    },
  };
}

function modelOptions(field: ModelField, models: ProbeSnapshot['models'], value: string): HTMLElement[] {
  const fitting = models.filter(
    ({ family }) => !field.families || family === null || field.families.includes(family),
  );
  const ids = [...new Set([...(field.default === '' ? [''] : []), ...fitting.map(({ id }) => id), value])];
  return ids.map((id) =>
    h('option', { attributes: { value: id } }, id === '' ? l10n.t('The model in use') : id),
  );
}

function fileField(name: string, field: FileField, actions: Actions): FieldPart {
  const file = h('output', { class: 'file-name' });
  const choose = button(field.folder ? l10n.t('Choose Folder…') : l10n.t('Choose File…'), 'secondary', () =>
    actions.send('chooseFile', { field: name }),
  );
  return {
    element: h(
      'div',
      { class: 'field-group' },
      h('span', { class: 'field-label' }, field.label),
      choose,
      file,
    ),
    update(settings) {
      const path = String(settings[name]);
      file.textContent =
        path === ''
          ? l10n.t('none')
          : path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
    },
  };
}
