import type { HeatmapFigure } from '../../../src/shared/report';
import { colourScale, cssColour, inkOn, parseColour, scaleColour } from '../colour';
import type { Rgb } from '../colour';
import { labelStep } from '../labels';
import type { FigureStyle } from './common';
import { base, categoryAxis, FONT_PX, lines, rowAxis, say } from './common';

/** As much of ECharts' renderItem as is used. */
interface ItemApi {
  coord(at: [number, number]): [number, number];
  size(of: [number, number]): [number, number];
}

interface Cell {
  row: number;
  column: number;
  value: number;
}

/** Most cells that are drawn one by one; larger matrices show every n-th row and column. */
const MOST_CELLS = 16_384;
const VALUE_CELL_PX = 34;
/** From this size on, cells stand apart, so that equal ones can be counted. */
const APART_PX = 12;

/** One custom item draws all cells: a series item a cell would take seconds. */
export function heatmapOption(figure: HeatmapFigure, style: FigureStyle) {
  const { theme } = style;
  const colour = cellColour(figure, style);
  const cells = cellsOf(figure);
  const step = (count: number) => labelStep(700 / Math.max(1, count), 60);
  const rows = rowAxis(figure.row, figure.rows, style, 'truncate');
  const columns = categoryAxis(figure.column, figure.columns, style, 'x');
  const labels = { ...columns.axisLabel, interval: step(figure.columns.length) - 1 };
  return {
    ...base(style),
    xAxis: { ...columns, axisLabel: labels, splitLine: { show: false } },
    yAxis: { ...rows, inverse: true, nameLocation: 'start', splitLine: { show: false } },
    series: [
      {
        type: 'custom',
        data: [[0, 0]],
        renderItem: (_: unknown, api: ItemApi) => {
          const [width, height] = api.size([1, 1]);
          const gap = Math.min(width, height) * cells.stride >= APART_PX ? -1 : 0.5;
          const size = { width: width * cells.stride + gap, height: height * cells.stride + gap };
          const children = cells.list.flatMap((cell) => {
            const [x, y] = api.coord([cell.column, cell.row]);
            const place = { x: x - width / 2, y: y - height / 2, ...size };
            return drawCell(figure, cell, place, colour(cell.value), theme.fontFamily);
          });
          return { type: 'group', children };
        },
      },
    ],
  };
}

export function describeHeatmap(figure: HeatmapFigure, row: number, column: number): string {
  const { rows, columns, values, value } = figure;
  const at = values[row * columns.length + column] ?? null;
  return lines(
    `${figure.row.label}: ${rows[row] ?? ''}`,
    `${figure.column.label}: ${columns[column] ?? ''}`,
    `${value.label}: ${say(at, value.format)}`,
  );
}

/** Sequential from the background, or, where values have both signs, from the second series color to the first. */
export function cellColour(
  { values, value }: Pick<HeatmapFigure, 'values' | 'value'>,
  { theme }: FigureStyle,
): (value: number) => Rgb {
  const known = values.filter((one) => one !== null);
  const low = value.min ?? known.reduce((least, one) => Math.min(least, one), Infinity);
  const high = value.max ?? known.reduce((most, one) => Math.max(most, one), -Infinity);
  if (low < 0) return divergingColour(Math.max(-low, high), theme);
  const scale = colourScale(theme);
  return (one) => scaleColour(scale, Math.round((255 * Math.max(0, one - low)) / (high - low || 1)));
}

/** -limit in the second series color, 0 in the background's, limit in the first. */
export function divergingColour(limit: number, theme: FigureStyle['theme']): (value: number) => Rgb {
  const middle = parseColour(theme.background) ?? [128, 128, 128];
  const ends = [theme.series[1], theme.series[0]].map((css) => parseColour(css ?? '') ?? middle) as [
    Rgb,
    Rgb,
  ];
  return (value) => {
    const part = Math.min(1, Math.abs(value) / (limit || 1));
    const end = ends[value < 0 ? 0 : 1];
    return middle.map((from, i) => Math.round(from + part * ((end[i] as number) - from))) as Rgb;
  };
}

function cellsOf({ rows, columns, values }: HeatmapFigure): { list: Cell[]; stride: number } {
  const stride = Math.max(1, Math.ceil(Math.sqrt((rows.length * columns.length) / MOST_CELLS)));
  const list: Cell[] = [];
  for (let row = 0; row < rows.length; row += stride) {
    for (let column = 0; column < columns.length; column += stride) {
      const value = values[row * columns.length + column] ?? null;
      if (value !== null) list.push({ row, column, value });
    }
  }
  return { list, stride };
}

function drawCell(
  { value }: HeatmapFigure,
  cell: Cell,
  place: { x: number; y: number; width: number; height: number },
  colour: Rgb,
  font: string,
) {
  const rect = { type: 'rect', shape: place, style: { fill: cssColour(colour) } };
  if (place.width < VALUE_CELL_PX || place.height < FONT_PX + 4) return [rect];
  const style = {
    text: say(cell.value, value.format),
    x: place.x + place.width / 2,
    y: place.y + place.height / 2,
    font: `${FONT_PX - 1}px ${font}`,
    fill: inkOn(colour),
    align: 'center',
    verticalAlign: 'middle',
  };
  return [rect, { type: 'text', silent: true, style }];
}
