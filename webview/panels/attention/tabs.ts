import * as l10n from '@vscode/l10n';
import type { PanelTab } from '../../../src/shared/protocol';
import { PANEL_TABS } from '../../../src/shared/protocol';
import { changeDetector, h } from '../../ui/dom';
import { hasTab, NEEDS_HOST, tabOf } from './view';
import type { Actions, Part, View } from './view';

export const TAB_NAMES: Record<PanelTab, string> = {
  matrix: l10n.t('Matrix'),
  lines: l10n.t('Lines'),
  text: l10n.t('Text'),
  arithmetic: l10n.t('Query and Key'),
  heads: l10n.t('Heads'),
  cross: l10n.t('Encoder-Decoder'),
  generation: l10n.t('Generation'),
  compare: l10n.t('Compare'),
};

/** Views that a result has. */
export function tabsFor(view: View): PanelTab[] {
  const { result } = view.snapshot;
  const isOffline = document.body.classList.contains('offline');
  return PANEL_TABS.filter((tab) => result && hasTab(result, tab) && !(isOffline && NEEDS_HOST.has(tab)));
}

/** The one switch between views. */
export function createTabs(actions: Actions): Part {
  const list = h('div', { class: 'tabs', attributes: { role: 'tablist', 'aria-label': l10n.t('Views') } });
  const rebuild = changeDetector();
  let shown: PanelTab[] = [];
  const choose = (tab: PanelTab) => {
    actions.setTab(tab);
    list.querySelector<HTMLElement>(`[data-tab="${tab}"]`)?.focus();
  };
  list.addEventListener('click', (event) => {
    const tab = (event.target as HTMLElement).closest<HTMLElement>('[data-tab]')?.dataset.tab;
    if (tab) choose(tab as PanelTab);
  });
  list.addEventListener('keydown', (event) => {
    const now = shown.indexOf((event.target as HTMLElement).dataset.tab as PanelTab);
    const to = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (now < 0 || to === undefined) return;
    event.preventDefault();
    choose(shown[(to + shown.length) % shown.length] as PanelTab);
  });
  return {
    element: list,
    update(view: View) {
      list.hidden = !view.snapshot.result;
      shown = tabsFor(view);
      const chosen = tabOf(view.state);
      if (!rebuild(shown.join(), chosen)) return;
      list.replaceChildren(...shown.map((tab) => tabButton(tab, tab === chosen)));
    },
  };
}

function tabButton(tab: PanelTab, chosen: boolean): HTMLElement {
  const attributes = {
    role: 'tab',
    type: 'button',
    'data-tab': tab,
    'aria-selected': String(chosen),
    tabindex: chosen ? '0' : '-1',
  };
  return h('button', { class: 'tab', attributes }, TAB_NAMES[tab]);
}
