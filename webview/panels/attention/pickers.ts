import * as l10n from '@vscode/l10n';
import { checkbox } from '../../ui/toolkit';
import { segmented, select } from '../../ui/controls';
import { h } from '../../ui/dom';
import { KIND_NAMES, kindsOf, layersOf, tabOf } from './view';
import type { Actions, Part, View } from './view';

/** Kind, layer and head; matrix or table; the colour scale. The keys `[ ] { }` step through heads and layers. */
export function createPickers(actions: Actions): Part {
  let view: View | null = null;
  const layers = () => (view?.snapshot.result ? layersOf(view.snapshot.result, view.state.kind) : []);
  const kinds = () => (view?.snapshot.result ? kindsOf(view.snapshot.result) : []);
  const kind = select(l10n.t('Attention'), (index) => actions.choose({ kind: kinds()[index] }));
  const layer = select(l10n.t('Layer'), (index) => actions.choose({ layer: layers()[index]?.layer ?? 0 }));
  const head = select(l10n.t('Head'), (index) => actions.choose({ head: index }));
  const mode = segmented(l10n.t('Show as'), [l10n.t('Chart'), l10n.t('Table')], (index) =>
    actions.setView(index ? 'table' : 'matrix'),
  );
  const scale = checkbox(l10n.t('Same colors for all heads (0 to 1)'), (checked) =>
    actions.setScale(checked ? 'absolute' : 'head'),
  );
  scale.title = l10n.t('Off: the strongest color is the largest weight of each head. On: it is weight 1.');
  const element = h(
    'div',
    { class: 'pickers', attributes: { role: 'toolbar', 'aria-label': l10n.t('Which attention') } },
    h('div', { class: 'picker-group' }, kind.element, layer.element, head.element),
    h('div', { class: 'picker-group' }, mode.element, scale),
  );
  document.addEventListener('keydown', (event) => {
    const step = STEPS[event.key];
    if (!step || !view || isTyping(event.target) || isShortcut(event)) return;
    event.preventDefault();
    actions.choose({ layer: view.state.layer + (step.layer ?? 0), head: view.state.head + (step.head ?? 0) });
    const { layer, head } = view.state;
    queueMicrotask(
      () => view && (view.state.layer !== layer || view.state.head !== head) && actions.say(spoken(view)),
    );
  });
  return {
    element,
    update(next: View) {
      view = next;
      const { result } = next.snapshot;
      element.hidden = !result;
      if (!result) return;
      mode.element.hidden = scale.hidden = !CHARTED.has(tabOf(next.state));
      const ofKind = layers();
      kind.element.hidden = kinds().length < 2;
      const position = ofKind.findIndex((entry) => entry.layer === next.state.layer);
      kind.set(
        kinds().map((name) => KIND_NAMES[name]),
        next.state.kind ? kinds().indexOf(next.state.kind) : -1,
      );
      layer.set(
        ofKind.map((entry) => String(entry.layer)),
        position,
      );
      head.set(numbers(ofKind[position]?.heads ?? 0), next.state.head);
      mode.set([], next.state.view === 'table' ? 1 : 0);
      scale.checked = next.state.scale === 'absolute';
    },
  };
}

/** Views that are either a chart or a table; the others have both at once. */
const CHARTED = new Set(['matrix', 'lines', 'text']);

const STEPS: Record<string, { layer?: number; head?: number } | undefined> = {
  '[': { head: -1 },
  ']': { head: 1 },
  '{': { layer: -1 },
  '}': { layer: 1 },
};

export function spoken({ state }: View): string {
  return l10n.t`Layer ${state.layer}, head ${state.head}`;
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index));
}

/** Keys that belong to VS Code. Brackets are behind AltGr, which looks like Ctrl+Alt, on many keyboards. */
function isShortcut(event: KeyboardEvent): boolean {
  return !event.getModifierState('AltGraph') && (event.ctrlKey || event.altKey || event.metaKey);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('textarea, input:not([type=radio]), select');
}
