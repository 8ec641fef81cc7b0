import * as l10n from '@vscode/l10n';
import { svg } from '../ui/svg';
import type { Rgb } from './colour';
import type { Links } from './links';
import { PRINT_THEME } from './printTheme';

export interface LineDocument {
  title: string;
  queries: string[];
  keys: string[];
  links: Links;
  /** Colors and names of the heads that the links count in. */
  heads: { colour: Rgb; name: string }[];
  /** The weight that is drawn at full strength. */
  maximum: number;
}

const ROW_PX = 16;
const FONT_PX = 11;
const ADVANCE_PX = 0.62 * FONT_PX;
const SPAN_PX = 220;
const TOP_PX = 44;
const EDGE_PX = 8;

/** The lines as an SVG document: names as text, a line for each link, strongest on top; the heads below. */
export function lineSvg({ title, queries, keys, links, heads, maximum }: LineDocument): string {
  const left = EDGE_PX + widest(queries);
  const right = left + SPAN_PX;
  const rows = Math.max(queries.length, keys.length);
  const total = Math.max(right + widest(keys), EDGE_PX + title.length * ADVANCE_PX) + EDGE_PX;
  const bottom = TOP_PX + rows * ROW_PX;
  const height = bottom + 3 * ROW_PX;
  const root = svg('svg', { viewBox: `0 0 ${total} ${height}`, width: total, height, 'font-size': FONT_PX });
  root.setAttribute('font-family', PRINT_THEME.fontFamily);
  root.append(
    svg('title', {}, title),
    svg('rect', { width: total, height, fill: PRINT_THEME.background }),
    text(title, EDGE_PX, 16, 'start'),
    text(l10n.t('Query'), left - 4, TOP_PX - 6, 'end'),
    text(l10n.t('Key'), right + 4, TOP_PX - 6, 'start'),
    svg('g', { 'stroke-linecap': 'round' }, ...lines(links, heads, maximum, left, right)),
    ...queries.map((name, row) => text(name, left - 4, middle(row) + 4, 'end')),
    ...keys.map((name, row) => text(name, right + 4, middle(row) + 4, 'start')),
    ...heads.map(({ colour, name }, i) => text(name, EDGE_PX + i * 60, bottom + 24, 'start', cssHex(colour))),
  );
  return new XMLSerializer().serializeToString(root);
}

function lines(
  { count, query, key, weight, head }: Links,
  heads: LineDocument['heads'],
  maximum: number,
  left: number,
  right: number,
): SVGElement[] {
  return Array.from({ length: count }, (_, i) => {
    const strength = Math.min(1, (weight[i] as number) / (maximum || 1));
    return svg('line', {
      x1: left,
      y1: middle(query[i] as number),
      x2: right,
      y2: middle(key[i] as number),
      stroke: cssHex(heads[head[i] as number]?.colour ?? [0, 0, 0]),
      'stroke-opacity': (0.06 + 0.94 * strength).toFixed(3),
      'stroke-width': (0.6 + 2.4 * strength).toFixed(2),
    });
  });
}

const middle = (row: number): number => TOP_PX + (row + 0.5) * ROW_PX;
const widest = (names: string[]): number =>
  Math.ceil(Math.max(5, ...names.map(({ length }) => length)) * ADVANCE_PX) + 6;

function text(content: string, x: number, y: number, anchor: string, fill = PRINT_THEME.foreground) {
  return svg('text', { x, y, 'text-anchor': anchor, fill }, content);
}

/** `rgb(1 2 3)` is not known to every program that reads SVG. */
function cssHex(colour: Rgb): string {
  return `#${colour.map((value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`;
}
