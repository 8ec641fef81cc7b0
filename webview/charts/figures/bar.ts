import type { BarFigure } from '../../../src/shared/report';
import type { FigureStyle } from './common';
import { base, categoryAxis, lines, numberAxis, rowAxis, say, seriesColour } from './common';

/** More bars than these are as thin as a frame around them would be. */
const MOST_FRAMED = 60;
/** More bars than these have no room for their values beside them. */
const MOST_SAID = 12;

export function barOption(figure: BarFigure, style: FigureStyle) {
  const { theme } = style;
  const { categories, category, value, series, stacked, horizontal } = figure;
  const names = horizontal
    ? rowAxis({ label: '' }, categories, style, 'break')
    : categoryAxis(category, categories, style, 'x');
  // Bars are compared by their length: they start at zero.
  const isSaid = !stacked && series.length === 1 && categories.length <= MOST_SAID;
  const numbers = {
    ...numberAxis(value, theme, horizontal ? 'x' : 'y'),
    ...{ scale: false, ...(isSaid && !horizontal && { nameGap: 22 }) },
  };
  const borderWidth = categories.length * (stacked ? 1 : series.length) > MOST_FRAMED ? 0 : 1;
  return {
    ...base(style, isSaid && horizontal ? 60 : undefined),
    ...(horizontal
      ? { xAxis: numbers, yAxis: { ...names, inverse: true } }
      : { xAxis: names, yAxis: numbers }),
    series: series.map(({ name, values }, index) => ({
      type: 'bar',
      name,
      data: style.hidden?.has(name) ? [] : values,
      ...(stacked && { stack: 'all' }),
      barMaxWidth: 42,
      itemStyle: { color: seriesColour(theme, index), borderColor: theme.background, borderWidth },
      label: {
        show: isSaid,
        position: horizontal ? 'right' : 'top',
        color: theme.foreground,
        fontSize: 11,
        formatter: ({ dataIndex }: { dataIndex: number }) => say(values[dataIndex] ?? null, value.format),
      },
    })),
  };
}

export function describeBar({ categories, series, value }: BarFigure, s: number, i: number): string {
  const one = series[s];
  const text = say(one?.values[i] ?? null, value.format);
  return lines(categories[i] ?? '', one?.name ? `${one.name}: ${text}` : text);
}
