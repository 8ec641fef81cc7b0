import type { Theme } from '../../../webview/charts/chartTheme';
import { figureSvg } from '../../../webview/charts/figures/svg';
import type { Chart } from '../../shared/report';
import type { StyleSheet } from '../styleSheet';
import type { Paints } from './paints';

const FONTS = { fontFamily: 'system-ui, sans-serif', monospace: 'ui-monospace, monospace' };

/** Colors of the page; the series are those of VS Code's light and dark themes. */
export const LIGHT: Theme = {
  kind: 'light',
  background: '#ffffff',
  foreground: '#1f1f1f',
  muted: '#5a5a5a',
  border: '#c8c8c8',
  focus: '#005fb8',
  tooltipBackground: '#ffffff',
  tooltipForeground: '#1f1f1f',
  tooltipBorder: '#c8c8c8',
  ...FONTS,
  series: ['#1a85ff', '#d18616', '#388a34', '#652d90', '#e51400', '#bf8803'],
};
export const DARK: Theme = {
  kind: 'dark',
  background: '#1f1f1f',
  foreground: '#d8d8d8',
  muted: '#a8a8a8',
  border: '#555555',
  focus: '#4daafc',
  tooltipBackground: '#1f1f1f',
  tooltipForeground: '#d8d8d8',
  tooltipBorder: '#555555',
  ...FONTS,
  series: ['#3794ff', '#e2a03f', '#89d185', '#b180d7', '#f14c4c', '#cca700'],
};

/** Where a page's drawings put what they look like. */
export interface PageColors {
  paints: Paints;
  sheet: StyleSheet;
}

/** A chart as SVG in the page's colors, light and dark: drawn with both themes, which differ in nothing but colors. */
export function chartSvg(figure: Chart, width: number, { paints, sheet }: PageColors): string {
  const [light = '', dark = ''] = [LIGHT, DARK].map((theme) => still(figureSvg(figure, { theme }, width)));
  // Ids of clipped areas are numbered by drawing.
  const [id = ''] = /zr\d+-/.exec(light) ?? [];
  const drawn = inBoth(light, dark.replace(/zr\d+-/g, id), paints);
  return labeled(sheet.adopt(mergedCells(drawn)), figure.title);
}

/** Nothing but a color: what a text says in its place must not reach the page's style. */
const COLOR = /(?<=(?:fill|stroke)=")(?:#[0-9a-f]{3,8}|rgba?\([\d., %]+\))(?=")/gi;

/** One SVG for two that are the same but for their colors; else the first. */
export function inBoth(light: string, dark: string, paints: Paints): string {
  const others = dark.match(COLOR) ?? [];
  const isSame = light.replace(COLOR, '') === dark.replace(COLOR, '');
  let i = 0;
  return isSame ? light.replace(COLOR, (color) => paints.of(color, others[i++] ?? color)) : light;
}

/** Without what is only for pointers and scripts: a page has neither. */
function still(svg: string): string {
  return svg
    .replace(/<style[^]*?<\/style>/g, '')
    .replace(/ (?:ecmeta_\w+|class|pointer-events)="[^"]*"/g, '')
    .replace(/\n+/g, '\n');
}

const CELL = /<path d="M(-?[\d.]+) (-?[\d.]+)l([\d.]+) 0l0 ([\d.]+)l-[\d.]+ 0Z" fill="([^"]+)"><\/path>\n?/g;
/** Fewer stay as they are. */
const MANY_CELLS = 100;

/** The rectangles of one color as one path: a large heatmap is a tenth of its size then. */
export function mergedCells(svg: string): string {
  const groups = new Map<string, string[]>();
  let count = 0;
  for (const [, x = '', y = '', width = '', height = '', fill = ''] of svg.matchAll(CELL)) {
    const path = `M${x} ${y}h${width}v${height}h-${width}z`;
    groups.set(fill, [...(groups.get(fill) ?? []), path]);
    count++;
  }
  if (count < MANY_CELLS) return svg;
  const merged = [...groups].map(([fill, paths]) => `<path fill="${fill}" d="${paths.join('')}"></path>`);
  let isFirst = true;
  return svg.replace(CELL, () => {
    const here = isFirst ? `${merged.join('\n')}\n` : '';
    isFirst = false;
    return here;
  });
}

function labeled(svg: string, title: string): string {
  const label = title.replace(/[&<"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '"': '&quot;' })[sign] ?? '');
  return svg.replace('<svg ', `<svg role="img" aria-label="${label}" `);
}
