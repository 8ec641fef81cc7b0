import * as l10n from '@vscode/l10n';
import type { TensorSlice } from '../../../../src/shared/anatomy';
import type { SliceWindow } from '../../../../src/shared/anatomyProtocol';
import { cssColour } from '../../../charts/colour';
import { largestMagnitude, paintSigned, signedColour } from '../../../charts/signed';
import { pictureOption } from '../../../charts/tensorOptions';
import { pixelCanvas } from '../../../charts/viewportImage';
import { h, setText } from '../../../ui/dom';
import { button } from '../../../ui/toolkit';
import type { Theme } from '../../../theme';
import { count, value } from '../../../charts/numbers';
import { Chart } from './chart';
import { figure } from './statistics';

const CHART_PX = 340;
/** Numbers of a slice that its table shows. */
const TABLE_SIDE = 16;

/** A rectangle of a tensor as a picture, and its first numbers as a table. */
export function sliceFigure(slice: TensorSlice, window: Required<SliceWindow>, theme: Theme): HTMLElement {
  const { rows, columns, values } = slice;
  const limit = largestMagnitude(values);
  const image = pixelCanvas(paintSigned({ rows, columns, values }, limit, theme));
  const chart = new Chart(l10n.t('Values'), CHART_PX);
  const pointed = h('p', { class: 'hint', attributes: { 'aria-live': 'off' } }, ' ');
  const describe = (row: number, column: number) => describeCell(slice, window, row, column);
  chart.element.addEventListener('pointermove', (event) => {
    const { left, top } = chart.element.getBoundingClientRect();
    const at = chart.at(event.clientX - left, event.clientY - top);
    setText(pointed, at ? describe(at[1], at[0]) : ' ');
  });
  const option = pictureOption({ rows: window.rows, columns: window.columns, image, describe }, theme);
  const label = l10n.t`Values of rows ${window.rows[0]} to ${window.rows[1] - 1} and columns ${window.columns[0]} to ${window.columns[1] - 1}, from ${value(-limit)} to ${value(limit)}.`;
  const drawn = figure(l10n.t('Values'), chart, numbers(slice, window), () => chart.show(option, label));
  drawn.append(pointed, legend(limit, theme, slice));
  return drawn;
}

function describeCell(
  slice: TensorSlice,
  { rows, columns }: Required<SliceWindow>,
  row: number,
  column: number,
): string {
  const cell = (at: number, from: number, size: number, cells: number) =>
    Math.min(cells - 1, Math.max(0, Math.floor(((at - from) * cells) / size)));
  const r = cell(row, rows[0], slice.height, slice.rows);
  const c = cell(column, columns[0], slice.width, slice.columns);
  const mean = slice.rows < slice.height || slice.columns < slice.width ? l10n.t('mean around ') : '';
  return l10n.t`${mean}row ${Math.floor(row)}, column ${Math.floor(column)}: ${value(slice.values[r * slice.columns + c] ?? NaN)}`;
}

function numbers(slice: TensorSlice, window: Required<SliceWindow>): HTMLElement {
  const rows = Math.min(TABLE_SIDE, slice.rows);
  const columns = Math.min(TABLE_SIDE, slice.columns);
  const at = (i: number, from: number, size: number, cells: number) => from + Math.floor((i * size) / cells);
  const head = Array.from({ length: columns }, (_, c) =>
    h(
      'th',
      { class: 'number', attributes: { scope: 'col' } },
      String(at(c, window.columns[0], slice.width, slice.columns)),
    ),
  );
  const body = Array.from({ length: rows }, (_, r) =>
    h(
      'tr',
      {},
      h('th', { attributes: { scope: 'row' } }, String(at(r, window.rows[0], slice.height, slice.rows))),
      ...Array.from({ length: columns }, (_, c) =>
        h('td', { class: 'number' }, value(slice.values[r * slice.columns + c] ?? NaN)),
      ),
    ),
  );
  const top = h('tr', {}, h('th', { class: 'corner', attributes: { scope: 'col' } }, l10n.t('row')), ...head);
  return h(
    'div',
    {
      class: 'table-scroll figure-table',
      attributes: { tabindex: '0', role: 'region', 'aria-label': l10n.t('First values') },
    },
    h('table', {}, h('thead', {}, top), h('tbody', {}, ...body)),
  );
}

function legend(limit: number, theme: Theme, { rows, columns, height, width }: TensorSlice): HTMLElement {
  const colour = signedColour(limit, theme);
  const bar = h('div', { class: 'legend-bar', attributes: { 'aria-hidden': 'true' } });
  const stops = Array.from({ length: 21 }, (_, i) =>
    cssColour(colour(((i - 10) / 10) * Math.abs((i - 10) / 10) * limit)),
  );
  bar.style.backgroundImage = `linear-gradient(to right, ${stops.join(', ')})`;
  const mean =
    rows < height || columns < width
      ? l10n.t` Each of ${count(rows)} × ${count(columns)} cells is the mean of what it covers.`
      : '';
  return h(
    'div',
    { class: 'signed-legend' },
    h('span', {}, value(-limit)),
    bar,
    h('span', {}, value(limit)),
    h('span', { class: 'hint' }, l10n.t`Color = sign × √(|value| ÷ largest).${mean}`),
  );
}

/** Fields for the rectangle to show. */
export function windowForm(
  shape: { rows: number; columns: number },
  window: Required<SliceWindow>,
  show: (window: Required<SliceWindow>) => void,
): HTMLElement {
  const field = (label: string, at: number) => {
    const input = h('input', { attributes: { type: 'number', min: '0', 'aria-label': label } });
    input.value = String(at);
    return input;
  };
  const rows = [
    field(l10n.t('First row'), window.rows[0]),
    field(l10n.t('Row after the last'), window.rows[1]),
  ] as const;
  const columns = [
    field(l10n.t('First column'), window.columns[0]),
    field(l10n.t('Column after the last'), window.columns[1]),
  ] as const;
  const read = (): Required<SliceWindow> => ({
    rows: range(rows[0].value, rows[1].value, shape.rows),
    columns: range(columns[0].value, columns[1].value, shape.columns),
  });
  const whole: Required<SliceWindow> = { rows: [0, shape.rows], columns: [0, shape.columns] };
  const form = h(
    'form',
    { class: 'window-form', on: { submit: (event) => (event.preventDefault(), show(read())) } },
    h('label', {}, l10n.t('Rows')),
    ...rows,
    h('label', {}, l10n.t('Columns')),
    ...columns,
    button(l10n.t('Show'), 'secondary', () => show(read())),
    button(l10n.t('Whole'), 'secondary', () => show(whole)),
  );
  return form;
}

/** Two fields as a range of at least one inside of the axis. */
function range(from: string, to: string, size: number): [number, number] {
  const clamp = (text: string, low: number, high: number) =>
    Math.min(Math.max(Math.floor(Number(text)) || 0, low), high);
  const start = clamp(from, 0, size - 1);
  return [start, clamp(to, start + 1, size)];
}
