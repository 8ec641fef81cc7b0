import type { ScatterFigure } from '../../../src/shared/report';
import type { FigureStyle } from './common';
import {
  aboveMarks,
  base,
  FONT_PX,
  lines,
  markLines,
  numberAxis,
  say,
  seriesColour,
  shapeOf,
  SYMBOLS,
} from './common';

export function scatterOption(figure: ScatterFigure, style: FigureStyle) {
  const { theme, hidden } = style;
  const zoom = (side: 'x' | 'y') => ({
    id: `zoom-${side}`,
    type: 'inside',
    [`${side}AxisIndex`]: 0,
    filterMode: 'none',
    // The wheel alone scrolls the page.
    zoomOnMouseWheel: 'ctrl',
    moveOnMouseWheel: false,
  });
  return {
    // Room for the labels of the last points.
    ...base(style, 84),
    dataZoom: [zoom('x'), zoom('y')],
    xAxis: { ...numberAxis(figure.x, theme, 'x'), splitLine: { show: false } },
    yAxis: { ...numberAxis(figure.y, theme, 'y'), ...aboveMarks(figure.marks) },
    series: figure.series.map(({ name, points }, index) => ({
      type: 'scatter',
      name,
      data: hidden?.has(name) ? [] : points.map(({ x, y }) => [x, y]),
      symbol: SYMBOLS[shapeOf(index)],
      symbolSize: 10,
      itemStyle: { color: seriesColour(theme, index), borderColor: theme.background, borderWidth: 1 },
      emphasis: { itemStyle: { borderColor: theme.foreground, borderWidth: 2 } },
      label: {
        show: true,
        position: 'right',
        color: theme.foreground,
        fontSize: FONT_PX - 1,
        // Labels that would touch are left out, not only those that would overlap.
        minMargin: 8,
        formatter: ({ dataIndex }: { dataIndex: number }) => lines(points[dataIndex]?.label ?? ''),
      },
      labelLayout: { hideOverlap: true },
      ...(index === 0 && figure.marks && { markLine: markLines(figure.marks, theme) }),
    })),
  };
}

export function describeScatter({ series, x, y }: ScatterFigure, s: number, i: number): string {
  const one = series[s];
  const point = one?.points[i];
  return lines(
    point?.label ?? '',
    one?.name ?? '',
    `${x.label}: ${say(point?.x ?? null, x.format)}`,
    `${y.label}: ${say(point?.y ?? null, y.format)}`,
  );
}
