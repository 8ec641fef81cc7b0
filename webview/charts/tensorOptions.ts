import * as l10n from '@vscode/l10n';
import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams, EChartsCoreOption } from './echarts';
import type { Theme } from '../theme';

const FONT_PX = 11;

/** Bars side by side over a value axis: a histogram, or one bar a row. */
export interface Bars {
  /** Axis range that the bars divide evenly. */
  from: number;
  to: number;
  values: readonly number[];
  x: string;
  y: string;
  describe(index: number): string;
}

/** A matrix as one picture, its axes counting rows and columns. */
export interface MatrixPicture {
  rows: [from: number, to: number];
  columns: [from: number, to: number];
  image: CanvasImageSource;
  /** Text for the place pointed at, in cells of the picture's axes. */
  describe(row: number, column: number): string;
}

export function barsOption(bars: Bars, theme: Theme, colour: string): EChartsCoreOption {
  const step = (bars.to - bars.from) / Math.max(1, bars.values.length);
  const highest = bars.values.reduce((most, value) => Math.max(most, value), 0);
  return {
    ...base(theme),
    grid: { left: 64, right: 16, top: 10, bottom: 40, outerBoundsMode: 'none' },
    xAxis: {
      ...axis(bars.x, theme, 24),
      // Rows and columns are whole numbers; a histogram's values are not.
      ...(Number.isInteger(step) && { minInterval: 1 }),
      min: bars.from,
      max: bars.to === bars.from ? bars.from + 1 : bars.to,
    },
    yAxis: { ...axis(bars.y, theme, 50), min: 0, max: highest || 1, splitNumber: 4 },
    tooltip: tooltip(theme, ({ dataIndex }) => bars.describe(dataIndex)),
    series: [
      {
        type: 'custom',
        clip: true,
        data: bars.values.map((value, i) => [bars.from + i * step, value]),
        encode: { x: 0, y: 1 },
        renderItem: (_: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) => {
          const at = Number(api.value(0));
          const [x, y] = api.coord([at, api.value(1)]) as [number, number];
          const [end, foot] = api.coord([at + step, 0]) as [number, number];
          const width = Math.max(0.5, end - x - (end - x > 4 ? 1 : 0));
          return { type: 'rect', shape: { x, y, width, height: foot - y }, style: { fill: colour } };
        },
      },
    ],
  };
}

export function pictureOption(picture: MatrixPicture, theme: Theme): EChartsCoreOption {
  const { rows, columns, image } = picture;
  return {
    ...base(theme),
    grid: { left: 64, right: 16, top: 34, bottom: 8, outerBoundsMode: 'none' },
    xAxis: {
      ...axis(l10n.t('column'), theme, 20),
      minInterval: 1,
      position: 'top',
      min: columns[0],
      max: columns[1],
    },
    yAxis: { ...axis(l10n.t('row'), theme, 50), minInterval: 1, inverse: true, min: rows[0], max: rows[1] },
    series: [
      {
        type: 'custom',
        clip: true,
        silent: true,
        data: [[columns[0], rows[0]]],
        encode: { x: 0, y: 1 },
        renderItem: (_: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) => {
          const [x, y] = api.coord([columns[0], rows[0]]) as [number, number];
          const [right, foot] = api.coord([columns[1], rows[1]]) as [number, number];
          return { type: 'image', style: { image, x, y, width: right - x, height: foot - y } };
        },
      },
    ],
  };
}

function base(theme: Theme): EChartsCoreOption {
  return { animation: false, textStyle: { fontFamily: theme.fontFamily } };
}

function axis(name: string, theme: Theme, nameGap: number) {
  return {
    type: 'value',
    name,
    nameLocation: 'middle',
    nameGap,
    nameTextStyle: { color: theme.muted, fontFamily: theme.fontFamily, fontSize: FONT_PX },
    axisLine: { show: true, onZero: false, lineStyle: { color: theme.border } },
    axisTick: { show: false },
    splitLine: { show: false },
    axisLabel: { color: theme.foreground, fontSize: FONT_PX, hideOverlap: true, formatter: shortNumber },
  };
}

function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${+(value / 1e6).toPrecision(3)}M`;
  if (size >= 1e4) return `${+(value / 1e3).toPrecision(3)}k`;
  return String(+value.toPrecision(3));
}

/** Drawn on the canvas: HTML tooltips carry style attributes, which the content security policy forbids. */
function tooltip(theme: Theme, formatter: (params: { dataIndex: number }) => string) {
  return {
    ...{ renderMode: 'richText', trigger: 'item', confine: true, transitionDuration: 0, formatter },
    backgroundColor: theme.tooltipBackground,
    borderColor: theme.tooltipBorder,
    borderWidth: 1,
    padding: [6, 9],
    textStyle: { color: theme.tooltipForeground, fontFamily: theme.fontFamily, fontSize: 12, lineHeight: 17 },
  };
}
