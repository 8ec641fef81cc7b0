import { axisTokens, rowEntropy } from '../../../src/shared/attention';
import type { AttentionResult, HeadMatrix } from '../../../src/shared/attention';
import { isolate, plain, tokenLabel } from '../../charts/labels';
import { formatBits, formatWeight, matrixRow, visibleKeys } from '../../charts/rows';
import { changeDetector, h } from '../../ui/dom';
import { button, progressRing } from '../../ui/toolkit';
import { ChartView } from './chartView';
import type { Cell } from './chartView';
import { createLegend } from './legend';
import { paletteOf } from './palette';
import { createTable } from './table';
import { cursorRow, keySide, KIND_NAMES } from './view';
import type { Actions, Part, View } from './view';

/** The chosen head: as a chart to point at, zoom and step through with the keys, or as a table. */
export function createMatrix(actions: Actions): Part {
  const heading = h('h2');
  const ring = h('span', { class: 'loading' }, progressRing());
  const legend = createLegend();
  const table = createTable(actions);
  const canvas = h('div', {
    class: 'chart',
    attributes: { tabindex: '0', role: 'application', 'aria-roledescription': 'attention matrix' },
  });
  let view: View | null = null;
  let cell: Cell | null = null;
  const chart = new ChartView(
    canvas,
    () =>
      view?.head && view.snapshot.result && cell
        ? describeCell(view.snapshot.result, view.head, cell, '\n')
        : '',
    (pointed) => {
      cell = pointed;
      point(actions, view, pointed);
    },
    ({ query }) => actions.pin(view?.state.query === query ? null : query),
  );
  const zoom = h(
    'div',
    { class: 'zoom' },
    button('Zoom in', 'icon', () => chart.zoom(1.5), '+'),
    button('Zoom out', 'icon', () => chart.zoom(1 / 1.5), '−'),
    button('Show the whole matrix', 'icon', () => chart.zoom('all'), '⤢'),
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
  const draw = () => {
    const { result } = view?.snapshot ?? {};
    if (!view?.head || !result || width === 0 || view.state.view === 'table') return;
    const { head, theme, state } = view;
    const maxHeight = Math.max(320, Math.min(720, innerHeight - 120));
    if (redraw(head, theme, state.scale, width, maxHeight, devicePixelRatio)) {
      canvas.setAttribute('aria-label', summary(result, head));
      chart.draw({ head, result, theme, palette: paletteOf(view), width, maxHeight });
    }
    const marks = {
      pinned: state.query,
      cursor: cursorRow(view),
      query: view.pointer?.query ?? null,
      key: view.pointer?.key ?? null,
    };
    if (remark(head, ...Object.values(marks))) chart.mark(marks);
  };
  new ResizeObserver(([entry]) => {
    width = Math.floor(entry?.contentRect.width ?? 0);
    draw();
  }).observe(body);
  addEventListener('resize', draw);
  listenToKeys(
    canvas,
    actions,
    chart,
    () => view,
    () => cell,
    (to) => (cell = to),
  );
  return {
    element,
    update(next: View) {
      view = next;
      const { result } = next.snapshot;
      element.hidden = !result;
      ring.hidden = !next.loading;
      element.setAttribute('aria-busy', String(next.loading));
      if (next.head && result) element.dataset.run = result.runId;
      else delete element.dataset.run;
      if (!result) return;
      const { kind, layer, head } = next.state;
      heading.textContent = `${kind ? KIND_NAMES[kind] : 'No attention'}, layer ${layer}, head ${head}`;
      body.hidden = zoom.hidden = next.state.view === 'table';
      legend.update(next);
      table.update(next);
      draw();
    },
  };
}

/** Query, key, weight and row entropy of one cell. */
function describeCell(
  result: AttentionResult,
  head: HeadMatrix,
  { query, key }: Cell,
  separator: string,
): string {
  const tokens = axisTokens(result, head.kind);
  const row = matrixRow(head, query);
  const name = (index: number, token = tokens.keys[index]) =>
    `${index} ${isolate(plain(token ? tokenLabel(token) : ''))}`;
  const most = Math.log2(visibleKeys(head.kind, query, head.keys));
  return [
    `Query ${name(query, tokens.queries[query])}`,
    `Key ${name(key)}`,
    `Weight ${formatWeight(row[key] ?? 0)}`,
    `Row entropy ${formatBits(rowEntropy(row))} of ${formatBits(most)} bits`,
  ].join(separator);
}

/** The cell's key is what the editor marks: it is what the query reads. */
function point(actions: Actions, view: View | null, cell: Cell | null): void {
  const { result } = view?.snapshot ?? {};
  if (!cell || !result || !view?.head) return actions.point(null, null);
  actions.point(cell, { side: keySide(result, view.head.kind), token: cell.key });
}

function summary(result: AttentionResult, head: HeadMatrix): string {
  const strongest = head.weights.reduce(
    (best, weight, i) => (weight > (head.weights[best] as number) ? i : best),
    0,
  );
  const cell = { query: Math.floor(strongest / head.keys), key: strongest % head.keys };
  return (
    `${KIND_NAMES[head.kind]}, layer ${head.layer}, head ${head.head}: ${head.queries} queries by ${head.keys} keys. ` +
    `Strongest link: ${describeCell(result, head, cell, ', ')}. Arrow keys move through the cells; the table view has all numbers.`
  );
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
  chart: ChartView,
  view: () => View | null,
  cellNow: () => Cell | null,
  setCell: (cell: Cell | null) => void,
): void {
  const show = (cell: Cell) => {
    const { result } = view()?.snapshot ?? {};
    const head = view()?.head;
    if (!result || !head) return;
    setCell(cell);
    point(actions, view(), cell);
    chart.showCell(cell);
    actions.say(describeCell(result, head, cell, ', '));
  };
  const commands: Record<string, (() => void) | undefined> = {
    '+': () => chart.zoom(1.5),
    '=': () => chart.zoom(1.5),
    '-': () => chart.zoom(1 / 1.5),
    '0': () => chart.zoom('all'),
    Enter: () => actions.pin(cellNow()?.query ?? view()?.state.query ?? null),
    Escape: () => actions.pin(null),
  };
  canvas.addEventListener('keydown', (event) => {
    const head = view()?.head;
    if (!head || event.ctrlKey || event.metaKey || event.altKey) return;
    const move = MOVES[event.key];
    const command = commands[event.key];
    if (!move && !command) return;
    event.preventDefault();
    if (move)
      show(moved(cellNow() ?? { query: view()?.state.query ?? 0, key: 0 }, move, head, cellNow() === null));
    else command?.();
  });
  canvas.addEventListener('blur', () => {
    setCell(null);
    chart.hideTip();
    actions.point(null, null);
  });
}

/** The first key only enters the matrix. */
function moved(from: Cell, [query, key]: [number, number], head: HeadMatrix, entering: boolean): Cell {
  if (entering) return from;
  const clamp = (value: number, count: number) => Math.max(0, Math.min(count - 1, value));
  return { query: clamp(from.query + query, head.queries), key: clamp(from.key + key, head.keys) };
}
