import * as l10n from '@vscode/l10n';
import type { Chart, ReportPart } from '../../../src/shared/report';
import type { ECharts } from '../../charts/figures/echarts';
import { init } from '../../charts/figures/echarts';
import {
  describePoint,
  figureHeight,
  figureOption,
  legendNames,
  pointCounts,
} from '../../charts/figures/option';
import { figureSvg } from '../../charts/figures/svg';
import { seriesColour, shapeOf } from '../../charts/figures/common';
import { segmented } from '../../ui/controls';
import { h } from '../../ui/dom';
import { button } from '../../ui/toolkit';
import { tableButtons } from './exports';
import type { Block } from './results';
import { createTableBody } from './table';
import type { Actions, View } from './view';

/** A figure as a chart, with the same numbers as a table beside it. */
export function createChart(initial: Chart, actions: Actions): Block {
  const title = h('h2');
  const note = h('p', { class: 'hint' });
  const legend = h('div', { class: 'series', attributes: { role: 'group', 'aria-label': l10n.t('Series') } });
  const attributes = { tabindex: '0', role: 'img', 'aria-roledescription': l10n.t('chart') };
  const canvas = h('div', { class: 'figure', attributes });
  const table = createTableBody(actions);
  const csv = tableButtons(initial.id, actions);
  const choice = segmented(l10n.t`View of ${initial.title}`, [l10n.t('Chart'), l10n.t('Table')], (index) =>
    switchTo(index),
  );
  const pictures = h(
    'div',
    { class: 'part-buttons' },
    button(l10n.t('Save PNG…'), 'secondary', () => savePng()),
    button(l10n.t('Save SVG…'), 'secondary', () => saveSvg()),
  );
  const state = { figure: initial, hidden: new Set<string>(), shown: 0, at: { series: 0, index: -1 } };
  let view: View | null = null;
  let chart: ECharts | null = null;
  let legendKey = '';

  const draw = () => {
    if (!view || state.shown === 1 || canvas.clientWidth === 0) return;
    canvas.style.height = `${figureHeight(state.figure)}px`;
    chart ??= start();
    chart.resize();
    const style = { theme: view.theme, hidden: state.hidden, width: canvas.clientWidth };
    const option = figureOption(state.figure, style);
    chart.setOption({ ...option, ...tooltip() }, { notMerge: true });
    const points = pointCounts(state.figure).reduce((sum, count) => sum + count, 0);
    canvas.setAttribute(
      'aria-label',
      l10n.t`${state.figure.title}: ${points} values. Arrow keys go through them.`,
    );
  };
  const start = (): ECharts => {
    const made = init(canvas, null, { renderer: 'canvas' });
    made.on('click', ({ seriesIndex = 0, dataIndex }: { seriesIndex?: number; dataIndex: number }) => {
      state.at = { series: seriesIndex, index: dataIndex };
    });
    return made;
  };
  const tooltip = () => ({
    tooltip: {
      ...(figureOption(state.figure, { theme: (view as View).theme }) as { tooltip: object }).tooltip,
      formatter: (at: { seriesIndex?: number; seriesId?: string; dataIndex: number }) =>
        describePoint(state.figure, seriesOf(state.figure, at), at.dataIndex),
    },
  });
  const switchTo = (index: number) => {
    state.shown = index;
    choice.set([], index);
    canvas.hidden = index === 1;
    legend.hidden = index === 1 || legendNames(state.figure).length === 0;
    pictures.hidden = index === 1;
    csv.hidden = index === 0;
    table.show(index === 1);
    draw();
  };
  const move = (event: KeyboardEvent) => {
    const step = MOVES[event.key];
    if (!step || !view) return;
    event.preventDefault();
    state.at = movePoint(state.figure, state.hidden, state.at, step);
    const { series, index } = state.at;
    chart?.dispatchAction({ type: 'showTip', ...placeOf(state.figure, series), dataIndex: index });
    actions.say(describePoint(state.figure, series, index).replaceAll('\n', ', '));
  };
  const savePng = () => {
    if (!chart || !view) return;
    const url = chart.getDataURL({ type: 'png', pixelRatio: 2, backgroundColor: view.theme.background });
    const data = url.slice(url.indexOf(',') + 1);
    actions.send('picture', { format: 'png', figure: state.figure.id, data });
  };
  const saveSvg = () => {
    if (!view) return;
    const data = figureSvg(state.figure, { theme: view.theme, hidden: state.hidden }, 960);
    actions.send('picture', { format: 'svg', figure: state.figure.id, data });
  };
  const drawLegend = () => {
    const names = legendNames(state.figure);
    const key = JSON.stringify([names, view?.theme.series]);
    legend.hidden = names.length === 0 || state.shown === 1;
    if (key === legendKey) return;
    legendKey = key;
    legend.replaceChildren(...names.map((name, i) => legendEntry(name, i)));
  };
  const legendEntry = (name: string, index: number) => {
    const entry = h('button', { class: 'series-name', attributes: { 'aria-pressed': 'true' } });
    const mark = h('span', {
      class: `swatch shape-${shapeOf(index)}`,
      attributes: { 'aria-hidden': 'true' },
    });
    mark.style.backgroundColor = seriesColour((view as View).theme, index);
    entry.append(mark, name);
    entry.addEventListener('click', () => {
      if (!state.hidden.delete(name)) state.hidden.add(name);
      entry.setAttribute('aria-pressed', String(!state.hidden.has(name)));
      draw();
    });
    entry.setAttribute('aria-pressed', String(!state.hidden.has(name)));
    return entry;
  };
  canvas.addEventListener('keydown', move);
  canvas.addEventListener('blur', () => chart?.dispatchAction({ type: 'hideTip' }));
  new ResizeObserver(() => draw()).observe(canvas);
  const head = h('div', { class: 'part-head' }, title, choice.element, pictures, csv);
  switchTo(0);
  return {
    element: h('section', { class: 'part' }, head, legend, canvas, table.element, note),
    update(part: ReportPart, next: View) {
      if (part.kind === 'table' || part.kind === 'tokens' || part.kind === 'diagram') return;
      view = next;
      state.figure = part;
      title.textContent = part.title;
      note.textContent = [...(part.note ? [part.note] : []), ...hintOf(part)].join(' ');
      drawLegend();
      table.update(part, next);
      draw();
    },
  };
}

const MOVES: Record<string, { series: number; index: number }> = {
  ArrowRight: { series: 0, index: 1 },
  ArrowLeft: { series: 0, index: -1 },
  ArrowUp: { series: -1, index: 0 },
  ArrowDown: { series: 1, index: 0 },
};

/** The next point of the series, or the same place in the next series that is shown and has points. */
function movePoint(
  figure: Chart,
  hidden: ReadonlySet<string>,
  at: { series: number; index: number },
  step: { series: number; index: number },
): { series: number; index: number } {
  const counts = pointCounts(figure);
  const names = legendNames(figure);
  let series = at.series;
  if (step.series !== 0) {
    for (let next = series + step.series; next >= 0 && next < counts.length; next += step.series) {
      if (hidden.has(names[next] ?? '') || counts[next] === 0) continue;
      series = next;
      break;
    }
  }
  const count = counts[series] ?? 0;
  return { series, index: Math.max(0, Math.min(count - 1, at.index + step.index)) };
}

/** Lines have bands between them: their ids name the figure's own series. */
function seriesOf(
  figure: Chart,
  { seriesIndex = 0, seriesId = '' }: { seriesIndex?: number; seriesId?: string },
): number {
  return figure.kind === 'line' ? Number(seriesId.split(' ')[1]) : seriesIndex;
}

function placeOf(figure: Chart, series: number): { seriesId: string } | { seriesIndex: number } {
  return figure.kind === 'line' ? { seriesId: `line ${series}` } : { seriesIndex: series };
}

/** What the pointer can do in a chart of this kind. */
function hintOf({ kind }: Chart): string[] {
  return kind === 'scatter' ? [l10n.t('Ctrl and wheel zoom, dragging moves.')] : [];
}
