import * as l10n from '@vscode/l10n';
import type { AxisItem } from '../../../src/shared/aggregate';
import { Crosshair } from '../../charts/crosshair';
import type { Marks } from '../../charts/crosshair';
import { graphic, init } from '../../charts/echarts';
import type { ECharts } from '../../charts/echarts';
import { itemLabel, shorten } from '../../charts/labels';
import { labelSteps, LABEL_FONT_PX, layoutMatrix } from '../../charts/matrixLayout';
import type { MatrixLayout } from '../../charts/matrixLayout';
import { hasValues, matrixOption, MATRIX_LEVEL } from '../../charts/matrixOption';
import type { MatrixChart, MatrixViewport } from '../../charts/matrixOption';
import { headWeights } from '../../charts/painter';
import { viewportPainter } from '../../charts/viewportImage';
import type { Theme } from '../../theme';
import type { Palette } from './palette';
import { isMasked } from './shown';
import type { Shown } from './shown';

export interface Cell {
  query: number;
  key: number;
}

/** What one picture of the matrix is made from. */
export interface Picture {
  shown: Shown;
  theme: Theme;
  palette: Palette;
  /** Pixels to fit into. */
  width: number;
  maxHeight: number;
}

interface AxisRange {
  start: number;
  end: number;
}

/** Labels of both axes and the width of the widest, in pixels. */
interface AxisNames {
  queries: { labels: string[]; dim: boolean[] };
  keys: { labels: string[]; dim: boolean[] };
  queryLabel: number;
  keyLabel: number;
}

const NOBODY = { labels: [], dim: [] };

/** The ECharts instance of the matrix: draws pictures, zooms, and turns pixels into cells and back. */
export class ChartView {
  private readonly chart: ECharts;
  private readonly crosshair: Crosshair;
  /** What the matrix is painted on, and the part of it that was painted last. */
  private readonly canvas = document.createElement('canvas');
  private viewport: MatrixViewport | null = null;
  /** Invisible, on the matrix's layer: marked as changed, it has that layer drawn again. */
  private readonly layer = new graphic.Rect({ invisible: true, silent: true, zlevel: MATRIX_LEVEL });
  private drawn: MatrixChart | null = null;
  private layout: MatrixLayout | null = null;
  private picture: Picture | null = null;
  private marks: Marks = { pinned: null, cursor: null, query: null, key: null };
  private steps = { query: 1, key: 1 };
  private names: AxisNames = { queries: NOBODY, keys: NOBODY, queryLabel: 0, keyLabel: 0 };

  /** `describe` gives the tooltip's text; `pointed` and `clicked` get the cell, null outside the matrix. */
  constructor(
    private readonly element: HTMLElement,
    private readonly describe: () => string,
    pointed: (cell: Cell | null) => void,
    clicked: (cell: Cell) => void,
  ) {
    this.chart = init(element, null, { renderer: 'canvas', width: 10, height: 10 });
    this.crosshair = new Crosshair(this.chart);
    const events = this.chart.getZr();
    events.on('mousemove', ({ offsetX, offsetY }) => pointed(this.cellAt(offsetX, offsetY)));
    events.on('globalout', () => pointed(null));
    events.on('click', ({ offsetX, offsetY }) => {
      const cell = this.cellAt(offsetX, offsetY);
      if (cell) clicked(cell);
    });
    this.chart.on('datazoom', () => this.zoomed());
  }

  draw(picture: Picture): void {
    const before = this.picture;
    const { shown, theme, width, maxHeight } = picture;
    const head = shown.matrix;
    const kept = before !== null && sameAxes(before.shown, shown);
    if (!kept || before.theme !== theme) this.names = axisNames(shown, theme);
    const { queryLabel, keyLabel } = this.names;
    const extent = { queries: head.queries, keys: head.keys, queryLabel, keyLabel };
    const layout = layoutMatrix(extent, width, maxHeight);
    const onlyWeights = kept && before.theme === theme && sameLayout(this.layout, layout);
    this.picture = picture;
    this.layout = layout;
    if (!onlyWeights) this.resize(layout, kept);
    if (onlyWeights && this.drawn) this.repaint(this.drawn, picture);
    else this.chart.setOption(this.option(picture), { notMerge: !kept });
    // Not before the first size is set: a layer that is there by then keeps the size of before.
    if (!before) this.chart.getZr().add(this.layer);
    this.crosshair.draw(this.marks, layout, theme);
  }

  /** Other weights under the same axes: one picture is painted, and nothing is laid out again. */
  private repaint(chart: MatrixChart, picture: Picture): void {
    const { viewport } = this;
    Object.assign(chart, this.inked(picture));
    if (!viewport || hasValues(viewport)) return this.chart.setOption({ series: { id: 'matrix' } });
    chart.image(viewport);
    this.layer.dirty();
  }

  /** What of a chart depends on the weights and their colors. */
  private inked({
    shown,
    palette,
  }: Picture): Pick<MatrixChart, 'weights' | 'masked' | 'maximum' | 'scale' | 'image'> {
    const weights = headWeights(shown.matrix);
    const masked = isMasked(shown);
    const paint = viewportPainter(weights, palette.scale, palette.maximum, masked);
    const image = (viewport: MatrixViewport) => {
      this.viewport = viewport;
      paint(viewport, this.canvas);
      return this.canvas;
    };
    return { weights, masked, ...palette, image };
  }

  mark(marks: Marks): void {
    this.marks = marks;
    if (this.layout && this.picture) this.crosshair.draw(marks, this.layout, this.picture.theme);
  }

  /** Zooms both axes by a factor around their middle, or back to the whole matrix. */
  zoom(factor: number | 'all'): void {
    const counts = this.picture?.shown.matrix;
    if (!counts) return;
    const ranges = this.ranges();
    this.zoomAxis('zoom-x', ranges.key, factor, counts.keys);
    this.zoomAxis('zoom-y', ranges.query, factor, counts.queries);
  }

  /** Brings a cell into sight and shows its tooltip. */
  showCell(cell: Cell): void {
    const ranges = this.ranges();
    this.scrollTo('zoom-x', ranges.key, cell.key);
    this.scrollTo('zoom-y', ranges.query, cell.query);
    const [x, y] = this.chart.convertToPixel({ gridIndex: 0 }, [cell.key, cell.query]) as [number, number];
    this.chart.dispatchAction({ type: 'showTip', seriesIndex: 0, dataIndex: 0, position: [x + 14, y + 14] });
  }

  hideTip(): void {
    this.chart.dispatchAction({ type: 'hideTip' });
  }

  private resize({ canvasWidth, canvasHeight }: MatrixLayout, kept: boolean): void {
    this.element.style.height = `${canvasHeight}px`;
    this.chart.resize({ width: canvasWidth, height: canvasHeight });
    this.steps = this.stepsFor(kept ? this.ranges() : null);
  }

  private option(picture: Picture) {
    const chart: MatrixChart = {
      ...this.inked(picture),
      ...this.axes(),
      layout: this.layout as MatrixLayout,
      describe: this.describe,
    };
    this.drawn = chart;
    return matrixOption(chart, picture.theme);
  }

  private axes(): Pick<MatrixChart, 'queries' | 'keys'> {
    const { queries, keys } = this.names;
    return {
      queries: { name: l10n.t('Query: the token that reads'), ...queries, step: this.steps.query },
      keys: { name: l10n.t('Key: the token that is read'), ...keys, step: this.steps.key },
    };
  }

  private zoomed(): void {
    const { picture, layout, drawn } = this;
    if (!picture || !layout || !drawn) return;
    const steps = this.stepsFor(this.ranges());
    if (steps.query !== this.steps.query || steps.key !== this.steps.key) {
      this.steps = steps;
      const { xAxis, yAxis } = matrixOption(Object.assign(drawn, this.axes()), picture.theme);
      this.chart.setOption({ xAxis, yAxis });
    }
    this.crosshair.draw(this.marks, layout, picture.theme);
  }

  private stepsFor(ranges: { query: AxisRange; key: AxisRange } | null) {
    const head = (this.picture as Picture).shown.matrix;
    const queries = ranges ? ranges.query.end - ranges.query.start + 1 : head.queries;
    const keys = ranges ? ranges.key.end - ranges.key.start + 1 : head.keys;
    return labelSteps(this.layout as MatrixLayout, queries, keys, this.names.keyLabel);
  }

  /** Visible first and last index of each axis. */
  private ranges(): { query: AxisRange; key: AxisRange } {
    const zooms = (this.chart.getOption() as { dataZoom?: { startValue: number; endValue: number }[] })
      .dataZoom;
    const range = (zoom: { startValue: number; endValue: number } | undefined, count: number) => ({
      start: zoom?.startValue ?? 0,
      end: zoom?.endValue ?? count - 1,
    });
    const head = (this.picture as Picture).shown.matrix;
    return { key: range(zooms?.[0], head.keys), query: range(zooms?.[1], head.queries) };
  }

  private zoomAxis(id: string, { start, end }: AxisRange, factor: number | 'all', count: number): void {
    const size =
      factor === 'all' ? count : Math.max(4, Math.min(count, Math.round((end - start + 1) / factor)));
    const from = Math.max(0, Math.min(count - size, Math.round((start + end + 1 - size) / 2)));
    this.dispatchZoom(id, from, from + size - 1);
  }

  private scrollTo(id: string, { start, end }: AxisRange, index: number): void {
    if (index < start) this.dispatchZoom(id, index, index + end - start);
    else if (index > end) this.dispatchZoom(id, index - (end - start), index);
  }

  private dispatchZoom(dataZoomId: string, startValue: number, endValue: number): void {
    this.chart.dispatchAction({ type: 'dataZoom', dataZoomId, startValue, endValue });
  }

  private cellAt(x: number, y: number): Cell | null {
    const head = this.picture?.shown.matrix;
    if (!head || !this.chart.containPixel({ gridIndex: 0 }, [x, y])) return null;
    const [key, query] = this.chart.convertFromPixel({ gridIndex: 0 }, [x, y]) as [number, number];
    return query >= 0 && query < head.queries && key >= 0 && key < head.keys ? { query, key } : null;
  }
}

function axisNames(shown: Shown, theme: Theme): AxisNames {
  const names = (of: AxisItem[]) => ({
    labels: of.map((item) => shorten(itemLabel(item))),
    dim: of.map(({ special }) => special),
  });
  const [queries, keys] = [names(shown.queries.items), names(shown.keys.items)];
  return { queries, keys, queryLabel: widest(queries.labels, theme), keyLabel: widest(keys.labels, theme) };
}

/** True when the rows and columns stand for the same tokens: zoom and labels stay then. */
function sameAxes(a: Shown, b: Shown): boolean {
  if (a.matrix.kind !== b.matrix.kind) return false;
  const same = (x: AxisItem[], y: AxisItem[]) =>
    x.length === y.length &&
    x.every(({ text, tokens }, i) => text === y[i]?.text && tokens[0] === y[i].tokens[0]);
  return same(a.queries.items, b.queries.items) && same(a.keys.items, b.keys.items);
}

function widest(labels: string[], theme: Theme): number {
  const context = document.createElement('canvas').getContext('2d') as CanvasRenderingContext2D;
  context.font = `${LABEL_FONT_PX}px ${theme.monospace}`;
  return labels.reduce((most, label) => Math.max(most, context.measureText(label).width), 10);
}

function sameLayout(a: MatrixLayout | null, b: MatrixLayout): boolean {
  return a !== null && (Object.keys(b) as (keyof MatrixLayout)[]).every((name) => a[name] === b[name]);
}
