import * as l10n from '@vscode/l10n';
import { h, setText } from '../../../ui/dom';
import { button } from '../../../ui/toolkit';

export interface ToolbarActions {
  search(query: string): void;
  step(by: 1 | -1): void;
  zoom(factor: number): void;
  fit(): void;
  foldAll(): void;
  save(format: 'svg' | 'png'): void;
}

/** Search, zoom and export above the diagram. */
export function createToolbar(actions: ToolbarActions): {
  element: HTMLElement;
  setHits(at: number, total: number): void;
} {
  const input = h('input', {
    attributes: {
      type: 'search',
      placeholder: l10n.t('Find a box or tensor'),
      'aria-label': l10n.t('Find a box or tensor'),
    },
    on: {
      input: () => actions.search(input.value),
      keydown: (event) => {
        if (event.key === 'Enter') actions.step(event.shiftKey ? -1 : 1);
      },
    },
  });
  const hits = h('span', { class: 'hint hits', attributes: { 'aria-live': 'polite' } });
  const element = h(
    'div',
    { class: 'toolbar' },
    h(
      'div',
      { class: 'search' },
      input,
      button(l10n.t('Previous match'), 'icon', () => actions.step(-1), '↑'),
      button(l10n.t('Next match'), 'icon', () => actions.step(1), '↓'),
      hits,
    ),
    h(
      'div',
      { class: 'tools' },
      button(l10n.t('Zoom out'), 'icon', () => actions.zoom(1 / 1.25), '−'),
      button(l10n.t('Zoom in'), 'icon', () => actions.zoom(1.25), '+'),
      button(l10n.t('Fit'), 'secondary', () => actions.fit()),
      button(l10n.t('Fold All'), 'secondary', () => actions.foldAll()),
      button(l10n.t('Save SVG'), 'secondary', () => actions.save('svg')),
      button(l10n.t('Save PNG'), 'secondary', () => actions.save('png')),
    ),
  );
  return {
    element,
    setHits(at, total) {
      setText(
        hits,
        input.value.trim() === '' ? '' : total === 0 ? l10n.t('No match') : l10n.t`${at + 1} of ${total}`,
      );
    },
  };
}
