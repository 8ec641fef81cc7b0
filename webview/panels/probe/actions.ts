import * as l10n from '@vscode/l10n';
import type { BoxAction, ReportAction } from '../../../src/shared/report';
import { changeDetector, h } from '../../ui/dom';
import { button } from '../../ui/toolkit';
import type { Actions, Part } from './view';

/** What the report offers to do next, as buttons. */
export function createNext(actions: Actions): Part {
  const element = h('div', {
    class: 'next',
    attributes: { role: 'group', 'aria-label': l10n.t('What to do next') },
  });
  const changed = changeDetector();
  return {
    element,
    update({ snapshot }) {
      const offered = snapshot?.result?.report.actions ?? [];
      element.hidden = offered.length === 0;
      if (changed(snapshot?.result)) element.replaceChildren(...actionButtons(offered, actions));
    },
  };
}

/** The first is what most will want. */
export function actionButtons(offered: readonly BoxAction[], actions: Actions): HTMLElement[] {
  return offered.map((action, i) =>
    button(action.label, i === 0 ? 'primary' : 'secondary', () => follow(action, actions)),
  );
}

/** The element of a report's part has this id. */
export const partElementId = (part: string): string => `part-${part}`;

/** Asks the host for what an action leads to, or goes to a part of the report that is shown. */
export function follow(action: BoxAction, actions: Actions): void {
  if (action.kind !== 'part') return actions.send('act', action);
  const part = document.getElementById(partElementId(action.part));
  if (!part) return;
  part.tabIndex = -1;
  part.scrollIntoView({ block: 'start' });
  part.focus({ preventScroll: true });
}

/** An action in a table's cell. */
export function actionLink(text: string, action: ReportAction, actions: Actions): HTMLElement {
  const title = action.label === text ? '' : action.label;
  return h('button', { class: 'link', title, on: { click: () => actions.send('act', action) } }, text);
}
