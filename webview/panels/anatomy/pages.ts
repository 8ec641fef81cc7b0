import * as l10n from '@vscode/l10n';
import type { AnatomyTab } from '../../../src/shared/anatomyProtocol';
import { h } from '../../ui/dom';
import { createTabs } from '../../ui/tabs';
import type { Actions, Part } from './view';

const TABS: [tab: AnatomyTab, label: string][] = [
  ['diagram', l10n.t('Diagram')],
  ['tensors', l10n.t('Tensors')],
  ['graph', l10n.t('Graph')],
  ['about', l10n.t('Metadata')],
  ['compare', l10n.t('Compare')],
];

/** One page a tab; only the page in sight is kept up to date. */
export function createPages(actions: Actions, parts: Record<AnatomyTab, Part>): Part {
  const pages = TABS.map(([tab]) => h('div', { class: 'page' }, parts[tab].element));
  const tabs = createTabs(
    l10n.t('Views of the model'),
    TABS.map(([, label]) => label),
    pages,
    (index) => actions.go(TABS[index]?.[0] ?? 'diagram'),
  );
  return {
    element: h('div', { class: 'pages' }, tabs.element, ...pages),
    update(view) {
      const { tab } = view.state;
      tabs.setHidden(2, (view.snapshot.model?.anatomy.graphs.length ?? 0) === 0);
      tabs.choose(TABS.findIndex(([name]) => name === tab));
      parts[tab].update(view);
    },
  };
}
