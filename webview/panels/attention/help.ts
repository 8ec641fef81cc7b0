import { h } from '../../ui/dom';

const KEYS: [keys: string[], meaning: string][] = [
  [['[', ']'], 'previous and next head'],
  [['{', '}'], 'previous and next layer'],
  [['←', '→', '↑', '↓'], 'in “All heads”: head and layer; in the matrix: key and query; in the text: token'],
  [['Enter'], 'pin the row of the focused token or cell; in the text, also go to it in the editor'],
  [['Esc'], 'unpin the row'],
  [['+', '−', '0'], 'in the matrix: zoom in, out, whole matrix'],
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
