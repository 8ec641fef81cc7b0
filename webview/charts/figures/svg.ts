import type { Chart } from '../../../src/shared/report';
import type { FigureStyle } from './common';
import { init } from './echarts';
import { figureHeight, figureOption, legendNames } from './option';

const LEGEND_LINE_PX = 34;
/** Width of a legend's entry without its name, and of a character of the name. */
const [ENTRY_PX, CHARACTER_PX] = [42, 6.4];

/** Lines that a legend takes, roughly: entries are not broken. */
function legendLines(names: readonly string[], width: number): number {
  let [lines, used] = [1, 0];
  for (const name of names) {
    const needed = ENTRY_PX + CHARACTER_PX * name.length;
    if (used > 0 && used + needed > width - 16) [lines, used] = [lines + 1, 0];
    used += needed;
  }
  return lines;
}

/** A figure as SVG text, without a page: for saved pictures and for the command line's report. */
export function figureSvg(figure: Chart, { theme, hidden }: FigureStyle, width: number): string {
  const legend = legendNames(figure).filter((name) => !hidden?.has(name));
  const legendExtra = LEGEND_LINE_PX * (legendLines(legend, width) - 1);
  const height = figureHeight(figure) + (legend.length > 0 ? 24 + legendExtra : 0);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  const style = { theme, hidden, width, ...(legend.length > 0 && { legend, legendExtra }) };
  const option = figureOption(figure, style);
  chart.setOption({ ...option, backgroundColor: theme.background });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
