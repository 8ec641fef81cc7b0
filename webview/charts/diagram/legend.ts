import { h } from '../../ui/dom';

const KINDS = [
  ['embeddings', 'embeddings'],
  ['attention', 'attention'],
  ['cross-attention', 'cross-attention'],
  ['feed-forward', 'feed-forward'],
  ['norm', 'norm'],
  ['head', 'head'],
  ['other', 'other'],
] as const;

/** What colours, sizes and lines mean, and how to drive the diagram from the keyboard: `keys` says what Enter does. */
export function createLegend(keys: string): HTMLElement {
  const swatches = KINDS.map(([kind, name]) =>
    h('span', { class: 'legend-item' }, h('span', { class: `swatch kind-${kind}` }), name),
  );
  const lines = [
    ['residual', 'residual stream'],
    ['memory', 'encoder’s output'],
    ['tied', 'same weights'],
  ].map(([kind, name]) =>
    h('span', { class: 'legend-item' }, h('span', { class: `stroke ${kind}` }), name ?? ''),
  );
  return h(
    'div',
    { class: 'legend' },
    h('div', { class: 'legend-items' }, ...swatches, ...lines),
    h(
      'p',
      { class: 'hint' },
      `The bar in a box is its part of the model’s parameters. Arrows: next box. ${keys} Esc: fold. + − 0: zoom. ` +
        'Ctrl+wheel: zoom, drag: move.',
    ),
  );
}
