import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams, EChartsCoreOption } from './echarts';
import { inkOn, scaleColour, scaleIndex } from './colour';
import type { ColourScale } from './colour';
import { formatWeight } from './rows';
import { LABEL_FONT_PX, VALUE_CELL_PX } from './matrixLayout';
import type { MatrixLayout } from './matrixLayout';
import type { Weights } from './painter';
import type { Theme } from '../theme';

/** Labels along one axis, and which of them stand back. */
export interface AxisLabels {
  name: string;
  labels: string[];
  dim: boolean[];
  /** Every n-th label is shown. */
  step: number;
}

/** The part of the matrix inside the axes, in cells, and the rectangle that it fills, in CSS pixels. */
export interface MatrixViewport {
  row: number;
  rows: number;
  column: number;
  columns: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Layer of everything but marks and tooltip, on a canvas of its own: those follow the pointer, and labels are slow. */
export const MATRIX_LEVEL = -1;

/**
 * Everything drawn; `image` gives the picture of a viewport, `describe` the tooltip's text for the cell pointed at. The
 * weights, their maximum and colors may be replaced while the axes stay: they are read when a cell or picture is drawn.
 */
export interface MatrixChart {
  weights: Weights;
  maximum: number;
  masked: boolean;
  scale: ColourScale;
  queries: AxisLabels;
  keys: AxisLabels;
  layout: MatrixLayout;
  image(viewport: MatrixViewport): CanvasImageSource;
  describe(): string;
}

/**
 * The chart of one head: category axes for tokens, one custom item that is one picture for all weights (a heatmap series
 * takes seconds for 512 x 512 cells), inside zoom on both axes, and a tooltip drawn on the canvas (HTML tooltips carry
 * style attributes, which the webview's content security policy forbids).
 */
export function matrixOption(chart: MatrixChart, theme: Theme): EChartsCoreOption {
  const { layout } = chart;
  const { left, top, width, height } = layout;
  return {
    animation: false,
    textStyle: { fontFamily: theme.fontFamily },
    grid: { left, top, width, height, outerBoundsMode: 'none', zlevel: MATRIX_LEVEL },
    xAxis: { ...axis(chart.keys, theme, layout.keyRotate), position: 'top', nameGap: layout.top - 14 },
    yAxis: { ...axis(chart.queries, theme, 0), inverse: true, nameGap: layout.left - 12, nameRotate: 90 },
    dataZoom: [zoom('x', chart.weights.columns), zoom('y', chart.weights.rows)],
    tooltip: tooltip(chart, theme),
    series: [
      {
        id: 'matrix',
        type: 'custom',
        zlevel: MATRIX_LEVEL,
        clip: true,
        data: [[0, 0]],
        encode: { x: 0, y: 1 },
        renderItem: (params: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) =>
          renderMatrix(chart, viewport(chart.weights, params, api), theme),
      },
    ],
  };
}

function axis({ name, labels, dim, step }: AxisLabels, theme: Theme, rotate: 0 | 90) {
  return {
    type: 'category',
    zlevel: MATRIX_LEVEL,
    data: labels.map((_, index) => String(index)),
    name,
    nameLocation: 'middle',
    nameTextStyle: { color: theme.muted, fontFamily: theme.fontFamily, fontSize: LABEL_FONT_PX },
    axisLine: { show: true, onZero: false, lineStyle: { color: theme.border } },
    axisTick: { show: false },
    splitLine: { show: false },
    axisLabel: {
      interval: (index: number) => index % step === 0,
      formatter: (index: string) => labels[Number(index)] ?? '',
      color: (index?: string | number) => (dim[Number(index)] ? theme.muted : theme.foreground),
      fontFamily: theme.monospace,
      fontSize: LABEL_FONT_PX,
      // Clockwise on a top axis is negative; read from the matrix upwards.
      rotate: -rotate,
      hideOverlap: false,
    },
  };
}

function zoom(side: 'x' | 'y', count: number) {
  return {
    id: `zoom-${side}`,
    type: 'inside',
    [`${side}AxisIndex`]: 0,
    filterMode: 'none',
    minValueSpan: Math.min(3, count - 1),
    // The wheel alone scrolls the page.
    zoomOnMouseWheel: 'ctrl',
    moveOnMouseMove: true,
    moveOnMouseWheel: false,
  };
}

function tooltip(chart: MatrixChart, theme: Theme) {
  return {
    renderMode: 'richText',
    trigger: 'item',
    confine: true,
    transitionDuration: 0,
    backgroundColor: theme.tooltipBackground,
    borderColor: theme.tooltipBorder,
    borderWidth: 1,
    padding: [6, 9],
    textStyle: { color: theme.tooltipForeground, fontFamily: theme.fontFamily, fontSize: 12, lineHeight: 17 },
    formatter: () => chart.describe(),
  };
}

/** Where the visible cells are: zooming moves cell 0 out of the axes, so everything follows from its place. */
function viewport(
  { rows, columns }: Weights,
  params: CustomSeriesRenderItemParams,
  api: CustomSeriesRenderItemAPI,
): MatrixViewport {
  const area = params.coordSys as unknown as { x: number; y: number; width: number; height: number };
  const [cellWidth, cellHeight] = api.size?.([1, 1]) as [number, number];
  const [x0, y0] = api.coord([0, 0]) as [number, number];
  const column = Math.max(0, (area.x - (x0 - cellWidth / 2)) / cellWidth);
  const row = Math.max(0, (area.y - (y0 - cellHeight / 2)) / cellHeight);
  return {
    row,
    rows: Math.min(rows - row, area.height / cellHeight),
    column,
    columns: Math.min(columns - column, area.width / cellWidth),
    x: area.x,
    y: area.y,
    width: area.width,
    height: area.height,
  };
}

function renderMatrix(chart: MatrixChart, view: MatrixViewport, theme: Theme) {
  const { x, y, width, height } = view;
  const picture = { type: 'image' as const, style: { image: chart.image(view), x, y, width, height } };
  const frame = {
    type: 'rect' as const,
    silent: true,
    shape: { x, y, width, height },
    style: { fill: 'none', stroke: theme.border, lineWidth: 1 },
  };
  return { type: 'group' as const, children: [picture, frame, ...cellValues(chart, view, theme)] };
}

/** True where cells are large enough to hold their weight as a number. */
export function hasValues({ width, columns, height, rows }: MatrixViewport): boolean {
  return width / columns >= VALUE_CELL_PX && height / rows >= VALUE_CELL_PX / 2;
}

function cellValues(chart: MatrixChart, view: MatrixViewport, theme: Theme) {
  if (!hasValues(view)) return [];
  const cellWidth = view.width / view.columns;
  const cellHeight = view.height / view.rows;
  const digits = cellWidth < 46 ? 2 : 4;
  const cells = [];
  for (let row = Math.round(view.row); row < Math.round(view.row + view.rows); row++) {
    for (let column = Math.round(view.column); column < Math.round(view.column + view.columns); column++) {
      const weight = chart.weights.values[row * chart.weights.columns + column] as number;
      if (chart.masked && column > row && weight === 0) continue;
      const x = view.x + (column - view.column + 0.5) * cellWidth;
      const y = view.y + (row - view.row + 0.5) * cellHeight;
      cells.push(cellValue(weight, digits, x, y, chart, theme));
    }
  }
  return cells;
}

function cellValue(weight: number, digits: number, x: number, y: number, chart: MatrixChart, theme: Theme) {
  const colour = scaleColour(chart.scale, scaleIndex(weight, chart.maximum));
  const text = digits === 4 ? formatWeight(weight) : weight.toFixed(digits);
  const font = `${LABEL_FONT_PX}px ${theme.fontFamily}`;
  const style = {
    text,
    x,
    y,
    font,
    fill: inkOn(colour),
    align: 'center' as const,
    verticalAlign: 'middle' as const,
  };
  return { type: 'text' as const, silent: true, style };
}
