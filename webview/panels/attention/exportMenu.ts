import * as l10n from '@vscode/l10n';
import type { HostFormat } from '../../../src/shared/export';
import type { PanelTab } from '../../../src/shared/protocol';
import baseStyle from '../../ui/base.css' with { type: 'text' };
import { readTheme } from '../../theme';
import { h } from '../../ui/dom';
import { pngOf } from '../../ui/picture';
import style from './attention.css' with { type: 'text' };
import { tabOf } from './view';
import type { Actions, Part } from './view';

const FORMATS: [HostFormat | 'png' | 'drawing', string][] = [
  ['png', l10n.t('PNG picture of this view')],
  ['drawing', l10n.t('SVG of this view')],
  ['svg', l10n.t('SVG of the matrix')],
  ['csv', l10n.t('CSV of the matrix')],
  ['npz', l10n.t('NPZ of all weights')],
  ['json', l10n.t('JSON of everything')],
  ['html', l10n.t('HTML page that keeps the interaction')],
  ['session', l10n.t('Session file')],
];
const TITLE = l10n.t('Export…');

/** Everything that a result can be taken away as; the host asks where to. */
export function createExportMenu(actions: Actions, drawings: Partial<Record<PanelTab, Part>>): Part {
  let drawing: (() => string | null) | undefined;
  const save = (ending: 'png' | 'svg', bytes: Uint8Array | null | undefined) =>
    bytes && actions.export({ format: 'picture', ending, bytes });
  const entries = FORMATS.map(([, name]) => h('option', {}, name));
  const list = h(
    'select',
    { attributes: { 'aria-label': l10n.t('Export') } },
    h('option', {}, TITLE),
    ...entries,
  );
  list.addEventListener('change', () => {
    const chosen = FORMATS[list.selectedIndex - 1];
    list.selectedIndex = 0;
    if (chosen?.[0] === 'png')
      void picture().then(
        (bytes) => save('png', bytes),
        () => actions.say(l10n.t('This view could not be made a picture. Export it as HTML instead.')),
      );
    else if (chosen?.[0] === 'drawing') save('svg', encoded(drawing?.()));
    else if (chosen) actions.export({ format: chosen[0] });
  });
  const element = h('div', { class: 'export-menu' }, list);
  return {
    element,
    update({ snapshot, state }) {
      element.hidden = !snapshot.result;
      drawing = drawings[tabOf(state)]?.svg;
      const entry = entries[FORMATS.findIndex(([format]) => format === 'drawing')];
      if (entry) entry.hidden = entry.disabled = !drawing;
    },
  };
}

const encoded = (text: string | null | undefined): Uint8Array | null =>
  text ? new TextEncoder().encode(text) : null;

/** What is for the hand only, or of the moment. */
const CONTROLS = [
  ...[
    '.export-menu',
    '.notice',
    '.edit',
    '.tabs',
    '.pickers',
    '.tools',
    '.zoom',
    '.table-pages',
    '.visually-hidden',
  ],
  ...[
    '.overview-head .field',
    'vscode-button',
    'vscode-checkbox',
    'vscode-progress-ring',
    'input',
    'textarea',
  ],
].join();

/** The text and the view in sight, as they are on the screen. */
async function picture(): Promise<Uint8Array | null> {
  const panel = document.querySelector<HTMLElement>('main.panel');
  const { background } = readTheme();
  return panel && pngOf(panel, { leaveOut: CONTROLS, style: `${baseStyle}\n${style}`, background });
}
