import * as l10n from '@vscode/l10n';
import { h } from '../../ui/dom';

const KEYS: [keys: string[], meaning: string][] = [
  [['[', ']'], l10n.t('previous and next head')],
  [['{', '}'], l10n.t('previous and next layer')],
  [
    ['←', '→', l10n.t('Home'), l10n.t('End')],
    l10n.t('on the tabs: another view; on tokens: another token, first and last'),
  ],
  [['←', '→', '↑', '↓'], l10n.t('in “All heads”: head and layer; in a matrix: key and query')],
  [
    [l10n.t('Enter')],
    l10n.t(
      'pin the row of the focused token or cell; in the tokens on top, also go to it in the editor; in “Text”, choose it',
    ),
  ],
  [[l10n.t('Esc')], l10n.t('unpin the row; in “Lines”, all links again')],
  [['+', '−', '0'], l10n.t('in the matrix and in “Lines”: larger, smaller, all of it')],
  [
    ['↑', '↓', l10n.t('Page Up'), l10n.t('Page Down')],
    l10n.t('in “Lines”: through the tokens; ← and → change the side'),
  ],
  [['←', '→'], l10n.t('in “Heads”, on a point: next head to the left or right, Enter chooses it')],
  [['←', '→'], l10n.t('in “Encoder-Decoder” and “Generation”: previous and next output token')],
  [[l10n.t('Ctrl'), l10n.t('wheel')], l10n.t('zoom at the pointer; drag to move')],
];

/** How to read the panel and drive it from the keyboard. */
export function createHelp(): HTMLElement {
  const rows = KEYS.flatMap(([keys, meaning]) => [
    h('dt', {}, ...keys.map((key) => h('kbd', {}, key))),
    h('dd', {}, meaning),
  ]);
  return h(
    'footer',
    { class: 'foot' },
    h(
      'p',
      { class: 'honest' },
      l10n.t('Attention weights show where this head reads from, not why the model decides.'),
    ),
    h('details', { class: 'help' }, h('summary', {}, l10n.t('Keyboard')), h('dl', {}, ...rows)),
  );
}
