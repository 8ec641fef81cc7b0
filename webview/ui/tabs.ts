import { h } from './dom';

export interface Tabs {
  element: HTMLElement;
  choose(index: number): void;
  /** Hides tabs that have nothing to show. */
  setHidden(index: number, hidden: boolean): void;
}

let lists = 0;

/** A row of tabs over their pages, driven by arrow keys as the ARIA pattern has it. */
export function createTabs(
  name: string,
  labels: string[],
  pages: HTMLElement[],
  changed: (index: number) => void,
): Tabs {
  const id = `tabs-${lists++}`;
  const tabs = labels.map((label, index) =>
    h(
      'button',
      {
        class: 'tab',
        attributes: { role: 'tab', id: `${id}-${index}`, 'aria-controls': `${id}-page-${index}` },
        on: { click: () => changed(index) },
      },
      label,
    ),
  );
  pages.forEach((page, index) => {
    page.setAttribute('role', 'tabpanel');
    page.id = `${id}-page-${index}`;
    page.setAttribute('aria-labelledby', `${id}-${index}`);
  });
  const list = h('div', { class: 'tabs', attributes: { role: 'tablist', 'aria-label': name } }, ...tabs);
  list.addEventListener('keydown', (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    const shown = tabs.filter((tab) => !tab.hidden);
    const at = shown.indexOf(event.target as HTMLButtonElement);
    const next = shown[(at + by + shown.length) % shown.length];
    next?.focus();
    next?.click();
    event.preventDefault();
  });
  return {
    element: list,
    choose(chosen) {
      tabs.forEach((tab, index) => {
        tab.setAttribute('aria-selected', String(index === chosen));
        tab.tabIndex = index === chosen ? 0 : -1;
      });
      pages.forEach((page, index) => (page.hidden = index !== chosen));
    },
    setHidden(index, hidden) {
      const tab = tabs[index];
      if (tab) tab.hidden = hidden;
    },
  };
}
