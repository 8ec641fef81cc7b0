import { h } from '../../ui/dom';

const KEYS: [keys: string[], meaning: string][] = [
  [['[', ']'], 'previous and next head'],
  [['{', '}'], 'previous and next layer'],
  [['←', '→', 'Home', 'End'], 'on the tabs: another view; on tokens: another token, first and last'],
  [['←', '→', '↑', '↓'], 'in “All heads”: head and layer; in a matrix: key and query'],
  [
    ['Enter'],
    'pin the row of the focused token or cell; in the tokens on top, also go to it in the editor; in “Text”, choose it',
  ],
  [['Esc'], 'unpin the row; in “Lines”, all links again'],
  [['+', '−', '0'], 'in the matrix and in “Lines”: larger, smaller, all of it'],
  [['↑', '↓', 'Page Up', 'Page Down'], 'in “Lines”: through the tokens; ← and → change the side'],
  [['←', '→'], 'in “Heads”, on a point: next head to the left or right, Enter chooses it'],
  [['←', '→'], 'in “Encoder-Decoder” and “Generation”: previous and next output token'],
  [['Ctrl', 'wheel'], 'zoom at the pointer; drag to move'],
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
      'Attention weights show where this head reads from, not why the model decides.',
    ),
    h('details', { class: 'help' }, h('summary', {}, 'Keyboard'), h('dl', {}, ...rows)),
  );
}
