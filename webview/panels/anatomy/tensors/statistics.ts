import * as l10n from '@vscode/l10n';
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
    [l10n.t('Values'), count(stats.count)],
    [l10n.t('Minimum'), value(stats.min)],
    [l10n.t('Maximum'), value(stats.max)],
    [l10n.t('Mean'), value(stats.mean)],
    [l10n.t('Standard deviation'), value(stats.std)],
    [l10n.t('Zeros'), percent(stats.sparsity)],
    [l10n.t('Not finite'), count(stats.notFinite)],
  ];
  const fact = ([name, text]: [string, string]) =>
    h('div', { class: 'fact' }, h('dt', {}, name), h('dd', {}, text));
  return h('dl', { class: 'card-facts' }, ...rows.map(fact));
}

/** The histogram, with its numbers in a table beside it. */
export function histogram(stats: TensorStats, theme: Theme): HTMLElement {
  const { min, max, histogram: bins } = stats;
  if (min === null || max === null)
    return h('p', { class: 'hint' }, l10n.t('The tensor has no finite value.'));
  const step = (max - min) / bins.length;
  const range = (i: number) => l10n.t`${value(min + i * step)} to ${value(min + (i + 1) * step)}`;
  const chart = new Chart(l10n.t('Histogram'), CHART_PX);
  const describe = (i: number) => l10n.t`${range(i)}\n${count(bins[i] ?? 0)} values`;
  const option = barsOption(
    { ...{ from: min, to: max, values: bins }, x: l10n.t('value'), y: l10n.t('values'), describe },
    theme,
    seriesColour(),
  );
  const rows = bins.map((n, i) => [range(i), count(n)] as const);
  const most = bins.indexOf(Math.max(...bins));
  return figure(l10n.t('Histogram'), chart, table([l10n.t('Values from'), l10n.t('Count')], rows), () =>
    chart.show(
      option,
      l10n.t`Histogram of ${bins.length} bins from ${value(min)} to ${value(max)}; most values lie in ${range(most)}.`,
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
  const picker = select(l10n.t('Norms of'), show);
  show(0);
  return h('section', { class: 'figure' }, picker.element, holder);
}

/** How the rows, columns or heads of a tensor are named, one and several. */
const UNITS = {
  row: {
    one: l10n.t('row'),
    number: (i: number) => l10n.t`row ${i}`,
    range: (from: number, to: number) => l10n.t`rows ${from}–${to}, largest`,
    largest: l10n.t('Largest rows'),
    spoken: (count: number, first: number, norm: string) =>
      l10n.t`Norms of ${count} rows; the largest is row ${first} with ${norm}.`,
  },
  column: {
    one: l10n.t('column'),
    number: (i: number) => l10n.t`column ${i}`,
    range: (from: number, to: number) => l10n.t`columns ${from}–${to}, largest`,
    largest: l10n.t('Largest columns'),
    spoken: (count: number, first: number, norm: string) =>
      l10n.t`Norms of ${count} columns; the largest is column ${first} with ${norm}.`,
  },
  head: {
    one: l10n.t('head'),
    number: (i: number) => l10n.t`head ${i}`,
    range: (from: number, to: number) => l10n.t`heads ${from}–${to}, largest`,
    largest: l10n.t('Largest heads'),
    spoken: (count: number, first: number, norm: string) =>
      l10n.t`Norms of ${count} heads; the largest is head ${first} with ${norm}.`,
  },
};

function oneNorm({ unit, norms }: NormChoice, theme: Theme): HTMLElement {
  const { values, run } = thinned(norms, MAX_BARS);
  const unitNames = UNITS[unit];
  const name = (bar: number) => {
    const last = Math.min(norms.length, (bar + 1) * run) - 1;
    return run === 1 ? unitNames.number(bar) : unitNames.range(bar * run, last);
  };
  const chart = new Chart(l10n.t('Norms'), CHART_PX);
  const describe = (i: number) => l10n.t`${name(i)}\nnorm ${value(values[i] ?? 0)}`;
  const bars = { from: 0, to: values.length * run, values, x: unitNames.one, y: l10n.t('norm'), describe };
  const order = norms.map((_, i) => i).sort((a, b) => (norms[b] as number) - (norms[a] as number));
  const rows = order.slice(0, MAX_ROWS).map((i) => [unitNames.number(i), value(norms[i] ?? 0)] as const);
  const largest = order[0] ?? 0;
  return figure('', chart, table([unitNames.largest, l10n.t('Norm')], rows), () =>
    chart.show(
      barsOption(bars, theme, seriesColour()),
      unitNames.spoken(norms.length, largest, value(norms[largest] ?? 0)),
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
