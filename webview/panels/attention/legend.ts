import { cssColour, scaleColour } from '../../charts/colour';

import { changeDetector, h } from '../../ui/dom';
import { paletteOf } from './palette';
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
      element.hidden = !view.head || view.state.view === 'table';
      if (!view.head) return;
      const { scale, maximum } = paletteOf(view);
      if (!changed(scale, maximum, view.state.scale, view.head.kind)) return;
      const colours = Array.from({ length: BANDS }, (_, i) =>
        cssColour(scaleColour(scale, Math.round((255 * i) / (BANDS - 1)))),
      );
      bar.style.backgroundImage = `linear-gradient(to right, ${colours.join(', ')})`;
      ticks.replaceChildren(...TICKS.map((fraction) => tick(fraction, maximum)));
      const top = view.state.scale === 'absolute' ? '' : ' ÷ head maximum';
      const blank = view.head.kind === 'decoder' ? ' Blank: later tokens, which the query cannot see.' : '';
      formula.textContent = `Color = √(weight${top}).${blank}`;
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
