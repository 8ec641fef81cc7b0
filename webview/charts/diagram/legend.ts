import * as l10n from '@vscode/l10n';
import { h } from '../../ui/dom';

const KINDS = [
  ['embeddings', l10n.t('embeddings')],
  ['attention', l10n.t('attention')],
  ['cross-attention', l10n.t('cross-attention')],
  ['feed-forward', l10n.t('feed-forward')],
  ['norm', l10n.t('norm')],
  ['head', l10n.t('head')],
  ['other', l10n.t('other')],
] as const;

/** What colours, sizes and lines mean, and how to drive the diagram from the keyboard: `keys` says what Enter does. */
export function createLegend(keys: string): HTMLElement {
  const swatches = KINDS.map(([kind, name]) =>
    h('span', { class: 'legend-item' }, h('span', { class: `swatch kind-${kind}` }), name),
  );
  const lines = [
    ['residual', l10n.t('residual stream')],
    ['memory', l10n.t('encoder’s output')],
    ['tied', l10n.t('same weights')],
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
      l10n.t`The bar in a box is its part of the model’s parameters. Arrows: next box. ${keys} Esc: fold. + − 0: zoom. Ctrl+wheel: zoom, drag: move.`,
    ),
  );
}
