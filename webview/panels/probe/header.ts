import * as l10n from '@vscode/l10n';
import type { ProbeInfo } from '../../../src/shared/probe';
import { changeDetector, h, setText } from '../../ui/dom';
import type { Actions, Part } from './view';

/** The probe's title, what it shows, what to look for, what it does not prove, and where the formulas come from. */
export function createHeader(_actions: Actions): Part {
  const title = h('h1');
  const summary = h('p', { class: 'facts' });
  const reading = h('dl', { class: 'reading' });
  const links = h('p', { class: 'links' });
  const about = h(
    'details',
    { class: 'about', attributes: { open: '' } },
    h('summary', {}, l10n.t('How to read this')),
    reading,
    links,
  );
  const changed = changeDetector();
  return {
    element: h('header', { class: 'probe-header' }, title, summary, about),
    update({ snapshot }) {
      const probe = snapshot?.probe;
      about.hidden = !probe;
      if (!probe || !changed(probe.id, probe.title)) return;
      setText(title, probe.title);
      setText(summary, probe.summary);
      reading.replaceChildren(...readingOf(probe));
      links.replaceChildren(...probe.links.map(({ label, href }) => link(label, href)));
    },
  };
}

function readingOf({ shows, look, limits }: ProbeInfo): HTMLElement[] {
  const rows: [string, string][] = [
    [l10n.t('What is shown'), shows],
    [l10n.t('What to look for'), look],
    [l10n.t('What it does not prove'), limits],
  ];
  return rows.flatMap(([name, text]) => [h('dt', {}, name), h('dd', {}, text)]);
}

/** VS Code opens links of webviews in the browser. */
export function link(text: string, href: string): HTMLElement {
  return /^https:\/\//.test(href) ? h('a', { attributes: { href } }, text) : h('span', {}, text);
}
