import type { TensorStats } from '../../../../src/shared/anatomy';
import { barsOption } from '../../../charts/tensorOptions';
import { select } from '../../../ui/controls';
import { h } from '../../../ui/dom';
import type { Theme } from '../../../theme';
import { headRow } from '../about';
import { count, percent, value } from '../../../charts/numbers';
import { Chart } from './chart';
import { thinned } from './norms';
import type { NormChoice } from './norms';

const CHART_PX = 170;
/** Bars of the norms; more rows share a bar. */
const MAX_BARS = 256;
/** Rows of a table of norms, largest first. */
const MAX_ROWS = 100;

export function statsList(stats: TensorStats): HTMLElement {
  const rows: [string, string][] = [
    ['Values', count(stats.count)],
    ['Minimum', value(stats.min)],
    ['Maximum', value(stats.max)],
    ['Mean', value(stats.mean)],
    ['Standard deviation', value(stats.std)],
    ['Zeros', percent(stats.sparsity)],
    ['Not finite', count(stats.notFinite)],
  ];
  const fact = ([name, text]: [string, string]) =>
    h('div', { class: 'fact' }, h('dt', {}, name), h('dd', {}, text));
  return h('dl', { class: 'card-facts' }, ...rows.map(fact));
}

/** The histogram, with its numbers in a table beside it. */
export function histogram(stats: TensorStats, theme: Theme): HTMLElement {
  const { min, max, histogram: bins } = stats;
  if (min === null || max === null) return h('p', { class: 'hint' }, 'The tensor has no finite value.');
  const step = (max - min) / bins.length;
  const range = (i: number) => `${value(min + i * step)} to ${value(min + (i + 1) * step)}`;
  const chart = new Chart('Histogram', CHART_PX);
  const describe = (i: number) => `${range(i)}\n${count(bins[i] ?? 0)} values`;
  const option = barsOption(
    { ...{ from: min, to: max, values: bins }, x: 'value', y: 'values', describe },
    theme,
    seriesColour(),
  );
  const rows = bins.map((n, i) => [range(i), count(n)] as const);
  const most = bins.indexOf(Math.max(...bins));
  return figure('Histogram', chart, table(['Values from', 'Count'], rows), () =>
    chart.show(
      option,
      `Histogram of ${bins.length} bins from ${value(min)} to ${value(max)}; most values lie in ${range(most)}.`,
    ),
  );
}

/** Norms of rows, columns or heads, with a choice of which. */
export function normsFigure(choices: readonly NormChoice[], theme: Theme): HTMLElement {
  const holder = h('div');
  const show = (index: number) => {
    const choice = choices[index];
    if (choice) holder.replaceChildren(oneNorm(choice, theme));
    picker.set(
      choices.map(({ label }) => label),
      index,
    );
  };
  const picker = select('Norms of', show);
  show(0);
  return h('section', { class: 'figure' }, picker.element, holder);
}

function oneNorm({ unit, norms }: NormChoice, theme: Theme): HTMLElement {
  const { values, run } = thinned(norms, MAX_BARS);
  const name = (bar: number) => {
    const last = Math.min(norms.length, (bar + 1) * run) - 1;
    return run === 1 ? `${unit} ${bar}` : `${unit}s ${bar * run}–${last}, largest`;
  };
  const chart = new Chart('Norms', CHART_PX);
  const describe = (i: number) => `${name(i)}\nnorm ${value(values[i] ?? 0)}`;
  const bars = { from: 0, to: values.length * run, values, x: unit, y: 'norm', describe };
  const order = norms.map((_, i) => i).sort((a, b) => (norms[b] as number) - (norms[a] as number));
  const rows = order.slice(0, MAX_ROWS).map((i) => [`${unit} ${i}`, value(norms[i] ?? 0)] as const);
  const largest = order[0] ?? 0;
  return figure('', chart, table([`Largest ${unit}s`, 'Norm'], rows), () =>
    chart.show(
      barsOption(bars, theme, seriesColour()),
      `Norms of ${norms.length} ${unit}s; the largest is ${unit} ${largest} with ${value(norms[largest] ?? 0)}.`,
    ),
  );
}

/** A chart and its table side by side; charts are drawn once they have a width. */
export function figure(title: string, chart: Chart, numbers: HTMLElement, draw: () => void): HTMLElement {
  queueMicrotask(draw);
  const body = h('div', { class: 'figure-body' }, chart.element, numbers);
  return h('section', { class: 'figure' }, ...(title === '' ? [] : [h('h3', {}, title)]), body);
}

export function table(heads: string[], rows: readonly (readonly string[])[]): HTMLElement {
  const body = rows.map(([name = '', ...cells]) =>
    h(
      'tr',
      {},
      h('th', { attributes: { scope: 'row' } }, name),
      ...cells.map((cell) => h('td', { class: 'number' }, cell)),
    ),
  );
  return h(
    'div',
    {
      class: 'table-scroll figure-table',
      attributes: { tabindex: '0', role: 'region', 'aria-label': heads.join(', ') },
    },
    h(
      'table',
      { class: 'plain' },
      headRow(...heads.map((name, i) => (i === 0 ? name : { number: name }))),
      h('tbody', {}, ...body),
    ),
  );
}

function seriesColour(): string {
  const style = getComputedStyle(document.documentElement);
  return (
    style.getPropertyValue('--vscode-charts-blue').trim() ||
    style.getPropertyValue('--vscode-focusBorder').trim()
  );
}
