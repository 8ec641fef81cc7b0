import { cssColour, inkOn, scaleColour, scaleIndex } from './colour';
import type { ColourScale, Rgb } from './colour';
import { labelStep } from './labels';
import { LABEL_FONT_PX } from './matrixLayout';
import type { Links } from './links';
import type { Theme } from '../theme';

/** Where things lie on the canvas, in CSS pixels. */
export interface LineLayout {
  width: number;
  height: number;
  /** Where the links begin and end. */
  left: number;
  right: number;
  rowPx: number;
  /** How far the columns are scrolled up. */
  scroll: number;
}

/** One column: names, how strongly each token is linked to the focus (null without one), and marked rows. */
export interface LineColumn {
  labels: string[];
  dim: boolean[];
  weights: Float32Array | null;
  chosen: number | null;
  pointed: number | null;
}

export interface LinePicture {
  layout: LineLayout;
  links: Links;
  colours: Rgb[];
  queries: LineColumn;
  keys: LineColumn;
  scale: ColourScale;
  maximum: number;
  /** Index of the link under the pointer; -1 for none. */
  pointed: number;
  theme: Theme;
}

/** Links of like weight are stroked as one path: thousands of links are some dozens of strokes. */
const STEPS = 16;

export function paintLines(context: CanvasRenderingContext2D, picture: LinePicture): void {
  const { layout, theme } = picture;
  context.clearRect(0, 0, layout.width, layout.height);
  paintLinks(context, picture);
  paintColumn(context, picture, picture.queries, 'left');
  paintColumn(context, picture, picture.keys, 'right');
  if (picture.pointed >= 0) paintPointed(context, picture, theme);
}

function paintLinks(
  context: CanvasRenderingContext2D,
  { links, layout, colours, maximum }: LinePicture,
): void {
  const paths = colours.map(() => Array.from({ length: STEPS }, () => null as Path2D | null));
  for (let i = 0; i < links.count; i++) {
    const from = rowMiddle(links.query[i] as number, layout);
    const to = rowMiddle(links.key[i] as number, layout);
    if (Math.max(from, to) < 0 || Math.min(from, to) > layout.height) continue;
    const share = Math.min(1, (links.weight[i] as number) / (maximum || 1));
    const step = Math.min(STEPS - 1, Math.floor(share * STEPS));
    const ofHead = paths[links.head[i] as number];
    if (!ofHead) continue;
    const path = (ofHead[step] ??= new Path2D());
    path.moveTo(layout.left, from);
    path.lineTo(layout.right, to);
  }
  for (let step = 0; step < STEPS; step++) {
    const strength = (step + 0.5) / STEPS;
    context.globalAlpha = 0.06 + 0.94 * strength;
    context.lineWidth = 0.6 + 2.4 * strength;
    paths.forEach((ofHead, head) => {
      const path = ofHead[step];
      if (!path) return;
      context.strokeStyle = cssColour(colours[head] as Rgb);
      context.stroke(path);
    });
  }
  context.globalAlpha = 1;
}

function paintColumn(
  context: CanvasRenderingContext2D,
  { layout, theme, scale, maximum }: LinePicture,
  column: LineColumn,
  side: 'left' | 'right',
): void {
  const { rowPx, scroll, height } = layout;
  const [x, width] =
    side === 'left' ? [0, layout.left - 4] : [layout.right + 4, layout.width - layout.right - 4];
  const step = labelStep(rowPx, LABEL_FONT_PX + 2);
  const first = Math.max(0, Math.floor(scroll / rowPx));
  const last = Math.min(column.labels.length - 1, Math.ceil((scroll + height) / rowPx));
  context.font = `${Math.min(12, Math.max(LABEL_FONT_PX, rowPx - 5))}px ${theme.monospace}`;
  context.textBaseline = 'middle';
  context.textAlign = side === 'left' ? 'right' : 'left';
  for (let row = first; row <= last; row++) {
    const y = row * rowPx - scroll;
    const weight = column.weights?.[row] ?? null;
    let ink = column.dim[row] ? theme.muted : theme.foreground;
    if (weight !== null && weight > 0) {
      const colour = scaleColour(scale, scaleIndex(weight, maximum));
      context.fillStyle = cssColour(colour);
      context.fillRect(x, y, width, Math.max(1, rowPx - 1));
      ink = inkOn(colour);
    }
    const marked = row === column.chosen || row === column.pointed;
    if (marked) outline(context, x, y, width, rowPx, row === column.chosen ? theme.focus : theme.foreground);
    if (row % step && !marked) continue;
    context.fillStyle = marked && rowPx < LABEL_FONT_PX ? theme.foreground : ink;
    context.fillText(column.labels[row] ?? '', side === 'left' ? x + width - 5 : x + 5, y + rowPx / 2);
  }
}

function outline(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  rowPx: number,
  colour: string,
): void {
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.strokeRect(x + 1, y + 1, width - 2, Math.max(2, rowPx - 2));
}

function paintPointed(context: CanvasRenderingContext2D, picture: LinePicture, theme: Theme): void {
  const { links, layout, pointed, colours } = picture;
  const draw = (width: number, colour: string) => {
    context.beginPath();
    context.moveTo(layout.left, rowMiddle(links.query[pointed] as number, layout));
    context.lineTo(layout.right, rowMiddle(links.key[pointed] as number, layout));
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.stroke();
  };
  draw(6, theme.background);
  draw(4, theme.foreground);
  draw(2, cssColour(colours[links.head[pointed] as number] as Rgb));
}

const rowMiddle = (row: number, { rowPx, scroll }: LineLayout): number => (row + 0.5) * rowPx - scroll;
