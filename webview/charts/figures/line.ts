import * as l10n from '@vscode/l10n';
import type { LineFigure } from '../../../src/shared/report';
import type { FigureStyle } from './common';
import {
  aboveMarks,
  base,
  DASHES,
  lines,
  markLines,
  numberAxis,
  say,
  seriesColour,
  shapeOf,
  SYMBOLS,
} from './common';

export function lineOption(figure: LineFigure, style: FigureStyle) {
  const { theme, hidden } = style;
  const shown = figure.series
    .map((one, index) => ({ ...one, index }))
    .filter(({ name }) => !hidden?.has(name));
  return {
    ...base(style),
    xAxis: { ...numberAxis(figure.x, theme, 'x'), splitLine: { show: false } },
    yAxis: { ...numberAxis(figure.y, theme, 'y'), ...aboveMarks(figure.marks) },
    series: [
      ...shown.flatMap(({ name, band, index }) =>
        band ? bandSeries(name, band, seriesColour(theme, index)) : [],
      ),
      ...shown.map(({ name, points, index }, place) => ({
        type: 'line',
        id: `line ${index}`,
        name,
        data: points,
        symbol: SYMBOLS[shapeOf(index)],
        showSymbol: points.length <= 60,
        symbolSize: 6,
        lineStyle: {
          color: seriesColour(theme, index),
          width: 2,
          type: DASHES[shapeOf(index) % DASHES.length],
        },
        itemStyle: { color: seriesColour(theme, index) },
        ...(place === 0 && figure.marks && { markLine: markLines(figure.marks, theme) }),
      })),
    ],
  };
}

/** A band is an invisible line at its lower edge with the height stacked on it. */
function bandSeries(name: string, band: [number, number, number][], colour: string) {
  const edge = {
    type: 'line',
    stack: `band ${name}`,
    stackStrategy: 'all',
    symbol: 'none',
    silent: true,
  };
  return [
    { ...edge, data: band.map(([x, low]) => [x, low]), lineStyle: { opacity: 0 }, tooltip: { show: false } },
    {
      ...edge,
      data: band.map(([x, low, high]) => [x, high - low]),
      lineStyle: { opacity: 0 },
      areaStyle: { color: colour, opacity: 0.18 },
      tooltip: { show: false },
    },
  ];
}

export function describeLine({ series, x, y }: LineFigure, s: number, i: number): string {
  const one = series[s];
  const [at, value] = one?.points[i] ?? [NaN, NaN];
  const band = one?.band?.[i];
  const range = band ? l10n.t`${say(band[1], y.format)} to ${say(band[2], y.format)}` : '';
  return lines(
    one?.name ?? '',
    `${x.label}: ${say(at, x.format)}`,
    `${y.label}: ${say(value, y.format)}${range && ` (${range})`}`,
  );
}
