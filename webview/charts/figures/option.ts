import type { Chart } from '../../../src/shared/report';
import { barOption, describeBar } from './bar';
import type { FigureStyle } from './common';
import { describeHeatmap, heatmapOption } from './heatmap';
import { describeLine, lineOption } from './line';
import { describeScatter, scatterOption } from './scatter';
import { describeTree, treeHeight, treeOption } from './tree';

/** A figure as an ECharts option: the same for the panel's canvas, for saved pictures and for reports. */
export function figureOption(figure: Chart, style: FigureStyle): object {
  switch (figure.kind) {
    case 'bar':
      return barOption(figure, style);
    case 'line':
      return lineOption(figure, style);
    case 'scatter':
      return scatterOption(figure, style);
    case 'heatmap':
      return heatmapOption(figure, style);
    case 'tree':
      return treeOption(figure, style);
  }
}

/** One point of a figure in words, for tooltips and screen readers. A heatmap's series are its rows. */
export function describePoint(figure: Chart, series: number, index: number): string {
  switch (figure.kind) {
    case 'bar':
      return describeBar(figure, series, index);
    case 'line':
      return describeLine(figure, series, index);
    case 'scatter':
      return describeScatter(figure, series, index);
    case 'heatmap':
      return describeHeatmap(figure, series, index);
    case 'tree':
      return describeTree(figure, index);
  }
}

/** Points of each series, in the figure's order. */
export function pointCounts(figure: Chart): number[] {
  switch (figure.kind) {
    case 'bar':
      return figure.series.map(({ values }) => values.length);
    case 'line':
    case 'scatter':
      return figure.series.map(({ points }) => points.length);
    case 'heatmap':
      return figure.rows.map(() => figure.columns.length);
    case 'tree':
      return [figure.nodes.length];
  }
}

/** Names for a legend; none where there is one series. */
export function legendNames(figure: Chart): string[] {
  if (figure.kind === 'heatmap') return [];
  const names = figure.kind === 'tree' ? figure.groups : figure.series.map(({ name }) => name);
  return names.length < 2 ? [] : names;
}

/** Height in CSS pixels that a figure reads well at. */
export function figureHeight(figure: Chart): number {
  switch (figure.kind) {
    case 'bar':
      return figure.horizontal ? Math.max(160, 70 + 34 * figure.categories.length) : 280;
    case 'line':
      return 300;
    case 'scatter':
      return 440;
    case 'heatmap':
      return Math.min(720, Math.max(180, 90 + 24 * figure.rows.length));
    case 'tree':
      return treeHeight(figure);
  }
}
