import * as l10n from '@vscode/l10n';
import { rowEntropy } from '../../../src/shared/attention';
import type { HeadMatrix } from '../../../src/shared/attention';
import { isolate, itemLabel, plain } from '../../charts/labels';
import { formatBits, formatWeight, matrixRow } from '../../charts/rows';
import { changeDetector, h, setText } from '../../ui/dom';
import { button, progressRing } from '../../ui/toolkit';
import type { Cell, ChartView } from './chartView';
import { createLegend } from './legend';
import { paletteOf, strongestCell } from './palette';
import { createTable } from './table';
import { shownName } from './tools';
import { rowOfToken, tokenOf, visibleCount } from './shown';
import type { Axis, Shown } from './shown';
import { cursorRow, keySide, KIND_NAMES, tabOf } from './view';
import type { Actions, Part, View } from './view';

/** The chosen head: as a chart to point at, zoom and step through with the keys, or as a table. */
export function createMatrix(actions: Actions): Part {
  const heading = h('h2');
  const ring = h('span', { class: 'loading' }, progressRing());
  const legend = createLegend();
  const table = createTable(actions);
  const canvas = h('div', {
    class: 'chart',
    attributes: { tabindex: '0', role: 'application', 'aria-roledescription': l10n.t('attention matrix') },
  });
  let view: View | null = null;
  let cell: Cell | null = null;
  let chart: ChartView | null = null;
  const zoom = h(
    'div',
    { class: 'zoom' },
    button(l10n.t('Zoom in'), 'icon', () => chart?.zoom(1.5), '+'),
    button(l10n.t('Zoom out'), 'icon', () => chart?.zoom(1 / 1.5), '−'),
    button(l10n.t('Show the whole matrix'), 'icon', () => chart?.zoom('all'), '⤢'),
  );
  const body = h('div', { class: 'matrix-body' }, canvas);
  const element = h(
    'section',
    { class: 'matrix' },
    h('div', { class: 'matrix-head' }, heading, ring, zoom),
    body,
    legend.element,
    table.element,
  );
  let width = 0;
  const redraw = changeDetector();
  const remark = changeDetector();
  let starting = false;
  /** Making the first chart takes long: it waits until the heads beside it are on the screen. */
  const begin = () => {
    if (starting) return;
    starting = true;
    afterPaint(() => void makeChart());
  };
  const makeChart = async () => {
    const charts = await import('./chartView');
    chart = new charts.ChartView(
      canvas,
      () => (view?.shown && cell ? describeCell(view.shown, cell, '\n') : ''),
      (pointed) => {
        cell = pointed;
        point(actions, view, pointed);
      },
      (clicked) => clickCell(actions, view, clicked),
    );
    if (view) part.update(view);
  };
  const draw = () => {
    if (!view?.shown || width === 0 || element.hidden || view.state.view === 'table') return;
    if (!chart) return begin();
    const { shown, theme, state } = view;
    const maxHeight = Math.max(320, Math.min(720, innerHeight - 120));
    if (redraw(shown, theme, state.scale, width, maxHeight, devicePixelRatio)) {
      canvas.setAttribute('aria-label', summary(shown));
      chart.draw({ shown, theme, palette: paletteOf(view), width, maxHeight });
    }
    const marks = {
      pinned: rowOfToken(shown.queries, state.query),
      cursor: rowOfToken(shown.queries, cursorRow(view)),
      query: rowOfToken(shown.queries, view.pointer?.query),
      key: rowOfToken(shown.keys, view.pointer?.key),
    };
    if (remark(shown, ...Object.values(marks))) chart.mark(marks);
  };
  new ResizeObserver(([entry]) => {
    width = Math.floor(entry?.contentRect.width ?? 0);
    draw();
  }).observe(body);
  addEventListener('resize', draw);
  listenToKeys(
    canvas,
    actions,
    () => chart,
    () => view,
    () => cell,
    (to) => (cell = to),
  );
  const part: Part = {
    element,
    update(next: View) {
      view = next;
      const { result } = next.snapshot;
      element.hidden = !result || tabOf(next.state) !== 'matrix';
      const busy = next.loading || next.waiting;
      ring.hidden = !busy;
      element.setAttribute('aria-busy', String(busy));
      if (next.head && result) element.dataset.run = result.runId;
      else delete element.dataset.run;
      if (element.hidden) return;
      const { kind } = next.state;
      setText(heading, shownName(kind ? KIND_NAMES[kind] : l10n.t('No attention'), next.state));
      body.hidden = zoom.hidden = next.state.view === 'table';
      legend.update(next);
      table.update(next);
      draw();
      if (starting && !chart) element.setAttribute('aria-busy', 'true');
    },
  };
  return part;
}

const afterPaint = (then: () => void) => requestAnimationFrame(() => setTimeout(then));

/** Query, key, weight and row entropy of one cell. */
export function describeCell(shown: Shown, { query, key }: Cell, separator: string): string {
  const { matrix, queries, keys } = shown;
  const row = matrixRow(matrix, query);
  const name = (axis: Axis, index: number) => {
    const item = axis.items[index];
    return `${tokenOf(axis, index) ?? index} ${isolate(plain(item ? itemLabel(item) : ''))}`;
  };
  const most = Math.log2(Math.max(1, visibleCount(shown, query)));
  return [
    l10n.t`Query ${name(queries, query)}`,
    l10n.t`Key ${name(keys, key)}`,
    l10n.t`Weight ${formatWeight(row[key] ?? 0)}`,
    l10n.t`Row entropy ${formatBits(rowEntropy(row))} of ${formatBits(most)} bits`,
  ].join(separator);
}

/** The cell's key is what the editor marks: it is what the query reads. */
function point(actions: Actions, view: View | null, cell: Cell | null): void {
  const { result } = view?.snapshot ?? {};
  if (!cell || !result || !view?.shown) return actions.point(null, null);
  const { matrix, queries, keys } = view.shown;
  const key = tokenOf(keys, cell.key);
  const hover = key === null ? null : { side: keySide(result, matrix.kind), token: key };
  actions.point({ query: tokenOf(queries, cell.query), key }, hover);
}

/** A click pins the cell's row and chooses its key; on the pinned row's own cell it lets go. */
function clickCell(actions: Actions, view: View | null, cell: Cell): void {
  if (!view?.shown) return;
  const query = tokenOf(view.shown.queries, cell.query);
  actions.setState({ key: tokenOf(view.shown.keys, cell.key) });
  actions.pin(view.state.query === query ? null : query);
}

function summary(shown: Shown): string {
  const head = shown.matrix;
  const { index } = strongestCell(head);
  const cell = { query: Math.floor(index / head.keys), key: index % head.keys };
  return l10n.t`${KIND_NAMES[head.kind]}, layer ${head.layer}, head ${head.head}: ${head.queries} queries by ${head.keys} keys. Strongest link: ${describeCell(shown, cell, ', ')}. Arrow keys move through the cells; the table view has all numbers.`;
}

const MOVES: Record<string, [query: number, key: number] | undefined> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  Home: [0, -Infinity],
  End: [0, Infinity],
  PageUp: [-10, 0],
  PageDown: [10, 0],
};

function listenToKeys(
  canvas: HTMLElement,
  actions: Actions,
  chart: () => ChartView | null,
  view: () => View | null,
  cellNow: () => Cell | null,
  setCell: (cell: Cell | null) => void,
): void {
  const show = (cell: Cell) => {
    const shown = view()?.shown;
    if (!shown) return;
    setCell(cell);
    point(actions, view(), cell);
    chart()?.showCell(cell);
    actions.say(describeCell(shown, cell, ', '));
  };
  const commands: Record<string, (() => void) | undefined> = {
    '+': () => chart()?.zoom(1.5),
    '=': () => chart()?.zoom(1.5),
    '-': () => chart()?.zoom(1 / 1.5),
    '0': () => chart()?.zoom('all'),
    Enter: () => pinCell(actions, view(), cellNow()),
    Escape: () => actions.pin(null),
  };
  canvas.addEventListener('keydown', (event) => {
    const shown = view()?.shown;
    if (!shown || event.ctrlKey || event.metaKey || event.altKey) return;
    const move = MOVES[event.key];
    const command = commands[event.key];
    if (!move && !command) return;
    event.preventDefault();
    if (move) show(moved(cellNow() ?? enteringCell(view(), shown), move, shown.matrix, cellNow() === null));
    else command?.();
  });
  canvas.addEventListener('blur', () => {
    setCell(null);
    chart()?.hideTip();
    actions.point(null, null);
  });
}

function enteringCell(view: View | null, { queries }: Shown): Cell {
  return { query: rowOfToken(queries, view?.state.query) ?? 0, key: 0 };
}

function pinCell(actions: Actions, view: View | null, cell: Cell | null): void {
  if (!view?.shown || !cell) return;
  actions.setState({ key: tokenOf(view.shown.keys, cell.key) });
  actions.pin(tokenOf(view.shown.queries, cell.query));
}

/** The first key only enters the matrix. */
function moved(from: Cell, [query, key]: [number, number], head: HeadMatrix, entering: boolean): Cell {
  if (entering) return from;
  const clamp = (value: number, count: number) => Math.max(0, Math.min(count - 1, value));
  return { query: clamp(from.query + query, head.queries), key: clamp(from.key + key, head.keys) };
}
