import * as l10n from '@vscode/l10n';
import type { CellArithmetic } from '../../../src/shared/cell';
import { cssColour } from '../../charts/colour';
import { headColour } from '../../charts/headColours';
import type { Theme } from '../../theme';
import { h } from '../../ui/dom';

const ROW_PX = 64;
const LABEL_PX = 44;
const NAMES = ['q', 'k', 'q · k'];

/** q, k and their product, one bar a dimension; up and one colour above 0, down and another below. */
export function createDimensionBars() {
  const canvas = h('canvas', { attributes: { role: 'img' } });
  const readout = h('p', { class: 'readout' });
  const element = h('div', { class: 'dimension-bars' }, canvas, readout);
  let width = 600;
  let last: { cell: CellArithmetic; theme: Theme } | null = null;
  new ResizeObserver(([entry]) => {
    width = Math.min(980, Math.floor(entry?.contentRect.width ?? 0)) || width;
    if (last) draw(last.cell, last.theme);
  }).observe(element);
  canvas.addEventListener('pointermove', ({ offsetX }) => {
    if (!last) return;
    const { size, q, k, products } = last.cell;
    const i = Math.floor(((offsetX - LABEL_PX) / (width - LABEL_PX)) * size);
    const inside = i >= 0 && i < size;
    readout.textContent = inside
      ? l10n.t`Dimension ${i}: ${[q, k].map((list) => (list[i] as number).toFixed(5)).join(' × ')} = ${(products[i] as number).toFixed(5)}`
      : '';
  });
  canvas.addEventListener('pointerleave', () => (readout.textContent = ''));

  function draw(cell: CellArithmetic, theme: Theme): void {
    last = { cell, theme };
    const ratio = devicePixelRatio;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(ROW_PX * NAMES.length * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${ROW_PX * NAMES.length}px`;
    canvas.setAttribute(
      'aria-label',
      l10n.t`${cell.size} dimensions of q, k and their product; the table below has the numbers.`,
    );
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    context.scale(ratio, ratio);
    context.font = `12px ${theme.fontFamily}`;
    context.textBaseline = 'middle';
    [cell.q, cell.k, cell.products].forEach((values, row) => paintRow(context, values, row, theme));
  }

  function paintRow(
    context: CanvasRenderingContext2D,
    values: Float32Array,
    row: number,
    theme: Theme,
  ): void {
    const middle = (row + 0.5) * ROW_PX;
    const most = values.reduce((best, value) => Math.max(best, Math.abs(value)), 0) || 1;
    const bar = (width - LABEL_PX) / values.length;
    context.fillStyle = theme.foreground;
    context.fillText(NAMES[row] ?? '', 2, middle);
    context.fillStyle = theme.border;
    context.fillRect(LABEL_PX, middle - 0.5, width - LABEL_PX, 1);
    values.forEach((value, i) => {
      const height = (Math.abs(value) / most) * (ROW_PX / 2 - 4);
      context.fillStyle = cssColour(headColour(value >= 0 ? 0 : 1, theme));
      context.fillRect(
        LABEL_PX + i * bar,
        value >= 0 ? middle - height : middle,
        Math.max(1, bar - 1),
        height,
      );
    });
  }
  return { element, draw, width: () => width };
}
