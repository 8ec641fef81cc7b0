import * as l10n from '@vscode/l10n';
import { labelText } from '../../../src/shared/metrics';
import type { HeadLabel } from '../../../src/shared/metrics';
import { PRINT_THEME } from '../../charts/printTheme';
import type { Theme } from '../../theme';
import { h } from '../../ui/dom';

export interface HeadPoint {
  layer: number;
  head: number;
  labels: HeadLabel[];
  x: number;
  y: number;
}
interface Place {
  layer: number;
  head: number;
}

const SVG = 'http://www.w3.org/2000/svg';
const HEIGHT = 320;
const EDGE = { left: 52, right: 14, top: 10, bottom: 40 };

/** Heads as points; the arrow keys go through them from left to right. */
export function createScatter(choose: (place: Place) => void) {
  const picture = shape('svg', { role: 'group', height: String(HEIGHT) });
  const element = h('div', { class: 'scatter' });
  const readout = h('p', { class: 'readout' });
  element.append(picture, readout);
  let width = 480;
  let resized: () => void = () => undefined;
  let drawn: Drawn | null = null;
  new ResizeObserver(([entry]) => {
    const next = Math.min(760, Math.floor(entry?.contentRect.width ?? 0));
    if (next === width || next === 0) return;
    width = next;
    resized();
  }).observe(element);
  const tell = (event: Event) => {
    const name = (event.target as Element).closest('[data-name]')?.getAttribute('data-name');
    readout.textContent = name ?? '';
  };
  const pick = (target: EventTarget | null) => {
    const { layer, head } = (target as SVGElement).dataset;
    if (layer !== undefined && head !== undefined) choose({ layer: Number(layer), head: Number(head) });
  };
  picture.addEventListener('pointerover', tell);
  picture.addEventListener('focusin', tell);
  picture.addEventListener('click', (event) => pick(event.target));
  picture.addEventListener('keydown', (event) => {
    const points = [...picture.querySelectorAll<SVGElement>('circle')];
    const now = points.indexOf(event.target as SVGElement);
    if (now < 0) return;
    const to = { ArrowRight: now + 1, ArrowDown: now + 1, ArrowLeft: now - 1, ArrowUp: now - 1 }[event.key];
    if (event.key === 'Enter' || event.key === ' ') pick(event.target);
    else if (to !== undefined) points[Math.max(0, Math.min(points.length - 1, to))]?.focus();
    else return;
    event.preventDefault();
  });
  return {
    element,
    width: () => width,
    onResize(listener: () => void) {
      resized = listener;
    },
    /** The points as a document of their own; null before there are any. */
    svg(): string | null {
      if (!drawn) return null;
      const size = { width: String(width), height: String(HEIGHT), viewBox: `0 0 ${width} ${HEIGHT}` };
      const root = shape('svg', { ...size, 'font-family': PRINT_THEME.fontFamily });
      root.append(
        shape('rect', { width: size.width, height: size.height, fill: PRINT_THEME.background }),
        ...shapesOf(drawn, width, PRINT_THEME),
      );
      return new XMLSerializer().serializeToString(root);
    },
    draw(points: HeadPoint[], titles: { x: string; y: string }, chosen: Place, theme: Theme) {
      picture.setAttribute('width', String(width));
      picture.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
      picture.setAttribute(
        'aria-label',
        l10n.t`${points.length} heads: ${titles.x} across, ${titles.y} up. The table below has all numbers.`,
      );
      drawn = { points, titles, chosen };
      const focused =
        document.activeElement instanceof SVGElement ? document.activeElement.dataset.name : undefined;
      picture.replaceChildren(...shapesOf(drawn, width, theme));
      if (focused) picture.querySelector<SVGElement>(`[data-name="${CSS.escape(focused)}"]`)?.focus();
    },
  };
}

interface Drawn {
  points: HeadPoint[];
  titles: { x: string; y: string };
  chosen: Place;
}

/** Axes, and the points from left to right. */
function shapesOf({ points, titles, chosen }: Drawn, width: number, theme: Theme): SVGElement[] {
  const [xs, ys] = [extent(points.map(({ x }) => x)), extent(points.map(({ y }) => y))];
  const toX = (value: number) =>
    EDGE.left + ((value - xs[0]) / (xs[1] - xs[0])) * (width - EDGE.left - EDGE.right);
  const toY = (value: number) =>
    HEIGHT - EDGE.bottom - ((value - ys[0]) / (ys[1] - ys[0])) * (HEIGHT - EDGE.top - EDGE.bottom);
  const sorted = [...points].sort((a, b) => a.x - b.x);
  return [
    ...axes(xs, ys, toX, toY, titles, width, theme),
    ...sorted.map((point, index) =>
      circle(point, toX(point.x), toY(point.y), chosen, theme, titles, index === 0),
    ),
  ];
}

function circle(
  point: HeadPoint,
  cx: number,
  cy: number,
  chosen: Place,
  theme: Theme,
  titles: { x: string; y: string },
  first: boolean,
): SVGElement {
  const isChosen = point.layer === chosen.layer && point.head === chosen.head;
  const labels = point.labels.length > 0 ? ` (${labelText(point.labels)})` : '';
  const name = l10n.t`Layer ${point.layer}, head ${point.head}${labels}: ${titles.x} ${point.x.toFixed(3)}, ${titles.y} ${point.y.toFixed(3)}`;
  return shape('circle', {
    cx: cx.toFixed(1),
    cy: cy.toFixed(1),
    r: isChosen ? '7' : '5',
    fill: point.labels.length > 0 ? theme.focus : theme.background,
    stroke: theme.foreground,
    'stroke-width': isChosen ? '3' : '1',
    tabindex: isChosen || first ? '0' : '-1',
    role: 'button',
    'aria-label': name,
    'data-name': name,
    'data-layer': String(point.layer),
    'data-head': String(point.head),
    class: 'point',
  });
}

function axes(
  xs: [number, number],
  ys: [number, number],
  toX: (value: number) => number,
  toY: (value: number) => number,
  titles: { x: string; y: string },
  width: number,
  theme: Theme,
): SVGElement[] {
  const bottom = HEIGHT - EDGE.bottom;
  const line = (x1: number, y1: number, x2: number, y2: number) =>
    shape('line', { x1: String(x1), y1: String(y1), x2: String(x2), y2: String(y2), stroke: theme.border });
  const label = (text: string, x: number, y: number, anchor: string, turn = '') =>
    shape(
      'text',
      {
        x: String(x),
        y: String(y),
        'text-anchor': anchor,
        fill: theme.muted,
        'font-size': '11',
        ...(turn && { transform: turn }),
      },
      text,
    );
  const middle = (EDGE.top + bottom) / 2;
  return [
    line(EDGE.left, bottom, width - EDGE.right, bottom),
    line(EDGE.left, EDGE.top, EDGE.left, bottom),
    ...ticks(xs).map((value) => label(short(value), toX(value), bottom + 14, 'middle')),
    ...ticks(ys).map((value) => label(short(value), EDGE.left - 5, toY(value) + 4, 'end')),
    label(titles.x, (EDGE.left + width) / 2, HEIGHT - 6, 'middle'),
    label(titles.y, 12, middle, 'middle', `rotate(-90 12 ${middle})`),
  ];
}

const short = (value: number): string => String(Number(value.toPrecision(6)));

/** Round numbers of a range: multiples of 1, 2 or 5 times a power of ten, some five of them. */
function ticks([low, high]: [number, number]): number[] {
  const rough = (high - low) / 5;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((factor) => factor * unit >= rough) ?? 10) * unit;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => (first + i) * step);
}

/** Least and most with a little room; never of no width. */
function extent(values: number[]): [number, number] {
  const [low, high] = [Math.min(...values, Infinity), Math.max(...values, -Infinity)];
  if (!Number.isFinite(low)) return [0, 1];
  const room = (high - low) * 0.05 || 0.5;
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}

function shape(name: string, attributes: Record<string, string>, text = ''): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text) element.textContent = text;
  return element;
}
