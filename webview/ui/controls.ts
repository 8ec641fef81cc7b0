import { h } from './dom';

/** A short fact in a pill. */
export function badge(): HTMLElement {
  return h('span', { class: 'badge' });
}

export interface Choice {
  element: HTMLElement;
  /** Replaces the options and picks one; values are the positions in `labels`. */
  set(labels: string[], chosen: number): void;
}

/** A labelled drop-down list. */
export function select(label: string, changed: (index: number) => void): Choice {
  const list = h('select', { on: { change: () => changed(list.selectedIndex) } });
  let shown: string[] = [];
  return {
    element: h('label', { class: 'field' }, h('span', { class: 'field-label' }, label), list),
    set(labels, chosen) {
      if (labels.length !== shown.length || labels.some((text, i) => text !== shown[i])) {
        list.replaceChildren(...labels.map((text) => h('option', {}, text)));
        shown = labels;
      }
      if (list.selectedIndex !== chosen) list.selectedIndex = chosen;
      if (list.disabled !== labels.length < 2) list.disabled = labels.length < 2;
    },
  };
}

/** Two or more views of which one is shown, as radio buttons in one frame. */
export function segmented(name: string, labels: string[], changed: (index: number) => void): Choice {
  const inputs = labels.map((_, index) =>
    h('input', { attributes: { type: 'radio', name }, on: { change: () => changed(index) } }),
  );
  const parts = labels.map((label, index) => h('label', {}, inputs[index] as Node, h('span', {}, label)));
  return {
    element: h(
      'div',
      { class: 'segmented', attributes: { role: 'radiogroup', 'aria-label': name } },
      ...parts,
    ),
    set: (_, chosen) => inputs.forEach((input, index) => (input.checked = index === chosen)),
  };
}
