import type { Axis, Format } from '../../../src/shared/report';
import { formatNumber } from '../../../src/shared/report';
import type { Theme } from '../chartTheme';
import type { Rgb } from '../colour';
import { cssColour, parseColour } from '../colour';
import { plain } from '../labels';

/** How a figure is drawn: series that are switched off, and whether the picture needs its own legend. */
export interface FigureStyle {
  theme: Theme;
  hidden?: ReadonlySet<string>;
  /** For pictures that leave the panel, where the legend is not beside them. */
  legend?: string[];
  /** Pixels that its lines beyond the first take. */
  legendExtra?: number;
  /** Of the picture, in pixels: names of rows leave most of a narrow one to the figure. */
  width?: number;
}

export const FONT_PX = 11;
/** Part of a picture's width that the names of its rows may take. */
const MOST_OF_NAMES = 0.42;
/** Shapes that tell series apart without color. */
export const SYMBOLS = ['circle', 'triangle', 'rect', 'diamond', 'roundRect', 'pin'];
export const DASHES = ['solid', 'dashed', 'dotted'] as const;

/** Where the colors of a theme are used up, or one comes twice, it is taken half-way to the ink. */
export function seriesColour({ series, foreground }: Theme, index: number): string {
  const css = series[index % series.length] ?? 'gray';
  if (index < series.length && series.indexOf(css) === index) return css;
  const [colour, ink] = [parseColour(css), parseColour(foreground)];
  if (!colour || !ink) return css;
  return cssColour(colour.map((part, i) => Math.round((part + (ink[i] ?? 0)) / 2)) as Rgb);
}

/** A color that comes again has another shape. */
export const shapeOf = (index: number): number =>
  (index + Math.floor(index / SYMBOLS.length)) % SYMBOLS.length;

/** What every figure has: no animation, a tooltip drawn on the canvas, room for its labels. */
export function base({ theme, legend, legendExtra = 0 }: FigureStyle, right = 28) {
  return {
    animation: false,
    textStyle: { fontFamily: theme.fontFamily, color: theme.foreground },
    // The labels and names of the axes lie inside these bounds.
    grid: {
      ...{ left: 8, right, top: legend ? 42 + legendExtra : 14, bottom: 8 },
      ...{ outerBoundsMode: 'same', outerBoundsContain: 'all' },
    },
    tooltip: {
      renderMode: 'richText',
      trigger: 'item',
      confine: true,
      transitionDuration: 0,
      backgroundColor: theme.tooltipBackground,
      borderColor: theme.tooltipBorder,
      borderWidth: 1,
      padding: [6, 9],
      textStyle: {
        color: theme.tooltipForeground,
        fontFamily: theme.fontFamily,
        fontSize: 12,
        lineHeight: 17,
      },
    },
    ...(legend && {
      legend: {
        data: legend,
        top: 4,
        left: 8,
        ...{ itemWidth: 16, itemHeight: 9, itemGap: 20 },
        textStyle: { color: theme.foreground, fontFamily: theme.fontFamily, fontSize: FONT_PX },
      },
    }),
  };
}

/** A number axis; logarithmic and time axes as the figure says. */
export function numberAxis(axis: Axis, theme: Theme, side: 'x' | 'y') {
  const { scale = 'linear', min, max } = axis;
  const isLinear = scale === 'linear';
  return {
    ...named(axis, theme, side),
    type: scale === 'log' ? 'log' : scale === 'time' ? 'time' : 'value',
    ...(isLinear && { scale: min === undefined }),
    ...(axis.format === 'count' && isLinear && { minInterval: 1 }),
    min,
    max,
    splitLine: { show: true, lineStyle: { color: theme.border, opacity: 0.35 } },
    axisLabel: {
      ...label(theme),
      hideOverlap: true,
      ...(scale !== 'time' && { formatter: (value: number) => tick(value, axis.format) }),
    },
  };
}

export function categoryAxis(axis: Axis, names: string[], { theme }: FigureStyle, side: 'x' | 'y') {
  return {
    ...named(axis, theme, side),
    type: 'category',
    data: names,
    axisTick: { show: false },
    axisLabel: { ...label(theme), hideOverlap: true, formatter: (name: string) => plain(name) },
  };
}

/** The names of rows beside a figure: `break` where a row is high enough for two lines. */
export function rowAxis(axis: Axis, names: string[], style: FigureStyle, overflow: 'break' | 'truncate') {
  const rows = categoryAxis(axis, names, style, 'y');
  const width = Math.round(MOST_OF_NAMES * (style.width ?? Infinity));
  if (!Number.isFinite(width)) return rows;
  return { ...rows, axisLabel: { ...rows.axisLabel, width, overflow, lineHeight: FONT_PX + 2 } };
}

/** A line across the figure for each mark. */
export function markLines(marks: readonly { axis: 'x' | 'y'; at: number; label: string }[], theme: Theme) {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: theme.foreground, type: 'dashed', opacity: 0.7 },
    label: { formatter: '{b}', color: theme.foreground, fontSize: FONT_PX },
    data: marks.map(({ axis, at, label }) => ({ name: plain(label), [`${axis}Axis`]: at })),
  };
}

/** The label of a mark stands where an axis begins: the name of the axis goes above it. */
export const aboveMarks = (marks?: readonly { axis: 'x' | 'y' }[]) =>
  marks?.some(({ axis }) => axis === 'x') ? { nameGap: 22 } : {};

export const say = (value: number | null, format?: Format): string => formatNumber(value, format);

/** Lines of a tooltip. Text from models and users must not be read as markup. */
export const lines = (...parts: string[]): string =>
  parts
    .filter((part) => part !== '')
    .map(plain)
    .join('\n');

function named({ label: name }: Axis, theme: Theme, side: 'x' | 'y') {
  return {
    name,
    nameLocation: side === 'x' ? 'middle' : 'end',
    nameGap: side === 'x' ? 26 : 8,
    nameTextStyle: {
      color: theme.muted,
      fontFamily: theme.fontFamily,
      fontSize: FONT_PX,
      align: side === 'x' ? 'center' : 'left',
    },
    axisLine: { show: true, lineStyle: { color: theme.border } },
  };
}

function label(theme: Theme) {
  return { color: theme.foreground, fontFamily: theme.fontFamily, fontSize: FONT_PX };
}

function tick(value: number, format: Format | undefined): string {
  return say(value, format)
    .replace(/(\.\d*?)0+(?=\D*$)/, '$1')
    .replace(/\.(?=\D*$)/, '');
}
