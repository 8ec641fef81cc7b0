import * as l10n from '@vscode/l10n';
import { cssColour, scaleColour } from '../../charts/colour';

import { changeDetector, h } from '../../ui/dom';
import { paletteOf } from './palette';
import { isMasked } from './shown';
import type { Part, View } from './view';

/** Fractions of the maximum at which the legend carries a number; the colour stands at their square roots. */
const TICKS = [0, 1 / 16, 1 / 4, 9 / 16, 1];
const BANDS = 64;

/** What the colours mean, with the formula. */
export function createLegend(): Part {
  const bar = h('div', { class: 'legend-bar', attributes: { 'aria-hidden': 'true' } });
  const ticks = h('div', { class: 'legend-ticks', attributes: { 'aria-hidden': 'true' } });
  const formula = h('span', { class: 'hint' });
  const element = h('div', { class: 'legend' }, h('div', { class: 'legend-scale' }, bar, ticks), formula);
  const changed = changeDetector();
  return {
    element,
    update(view: View) {
      const { shown } = view;
      element.hidden = !shown || view.state.view === 'table';
      if (!shown) return;
      const { scale, maximum } = paletteOf(view);
      if (!changed(scale, maximum, view.state.scale, isMasked(shown))) return;
      const colours = Array.from({ length: BANDS }, (_, i) =>
        cssColour(scaleColour(scale, Math.round((255 * i) / (BANDS - 1)))),
      );
      bar.style.backgroundImage = `linear-gradient(to right, ${colours.join(', ')})`;
      ticks.replaceChildren(...TICKS.map((fraction) => tick(fraction, maximum)));
      const top = view.state.scale === 'absolute' ? '' : l10n.t(' ÷ head maximum');
      const blank = isMasked(shown) ? l10n.t(' Blank: later tokens, which the query cannot see.') : '';
      formula.textContent = l10n.t`Color = √(weight${top}).${blank}`;
    },
  };
}

function tick(fraction: number, maximum: number): HTMLElement {
  const element = h('span', {}, tickText(fraction * maximum));
  element.style.left = `${100 * Math.sqrt(fraction)}%`;
  return element;
}

function tickText(weight: number): string {
  return weight === 0 || weight === 1 ? String(weight) : weight.toPrecision(2);
}
