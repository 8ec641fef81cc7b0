import type { Chart } from '../../../src/shared/report';
import type { FigureStyle } from './common';
import { init } from './echarts';
import { figureHeight, figureOption, legendNames } from './option';

/** A figure as SVG text, without a page: for saved pictures and for the command line's report. */
export function figureSvg(figure: Chart, { theme, hidden }: FigureStyle, width: number): string {
  const legend = legendNames(figure).filter((name) => !hidden?.has(name));
  const height = figureHeight(figure) + (legend.length > 0 ? 24 : 0);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  const option = figureOption(figure, { theme, hidden, ...(legend.length > 0 && { legend }) });
  chart.setOption({ ...option, backgroundColor: theme.background });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
