import * as l10n from '@vscode/l10n';
import { shorten } from '../../charts/labels';
import { LABEL_FONT_PX, LABEL_LINE_PX } from '../../charts/matrixLayout';
import { pixelCanvas } from '../../charts/viewportImage';
import type { Pixels } from '../../charts/painter';
import type { Theme } from '../../theme';
import { changeDetector, h } from '../../ui/dom';

export interface ImageCell {
  row: number;
  column: number;
}

export interface ImageDrawing {
  pixels: Pixels;
  /** What a screen reader says of the picture. */
  label: string;
  /** Names left of the rows and above the columns, as far as there is room; empty ones are left out. */
  names: { rows: string[]; columns: string[] };
  marks: { row: number | null; column: number | null };
  /** Cells drawn with an outline, such as each row's strongest. */
  dots?: ImageCell[];
  theme: Theme;
}

interface ImageEvents {
  /** `byKey`: the keyboard went there, so it is to be spoken. */
  pointed(cell: ImageCell | null, byKey: boolean): void;
  chosen(cell: ImageCell): void;
}

/** Where the cells lie on the canvas, in CSS pixels. */
interface ImageLayout {
  left: number;
  top: number;
  cellWidth: number;
  cellHeight: number;
}

const LARGEST_CELL_PX = 28;
const MOST_HEIGHT_PX = 420;
const LONGEST_NAME = 12;
const NAME_GAP_PX = 6;
/** Names take at most this part of the width. */
const NAME_SHARE = 0.35;

/** Without the zoom of the large matrix: a picture with named and marked rows and columns, for panes side by side. */
export class MatrixImage {
  readonly element: HTMLCanvasElement;
  private drawing: ImageDrawing | null = null;
  private width = 0;
  private layout: ImageLayout = { left: 0, top: 0, cellWidth: 1, cellHeight: 1 };
  private picture: HTMLCanvasElement | null = null;
  private cell: ImageCell = { row: 0, column: 0 };
  private readonly repaint = changeDetector();

  /** `rowPx` gives rows that height and the columns the whole width; otherwise cells are square. */
  constructor(
    private readonly events: ImageEvents,
    private readonly rowPx?: number,
  ) {
    this.element = h('canvas', {
      class: 'matrix-image',
      attributes: { tabindex: '0', role: 'application', 'aria-roledescription': l10n.t('attention matrix') },
      on: {
        pointermove: (event) => events.pointed(this.cellAt(event), false),
        pointerleave: () => events.pointed(null, false),
        click: (event) => {
          const cell = this.cellAt(event);
          if (cell) events.chosen(cell);
        },
        keydown: (event) => this.key(event),
        blur: () => events.pointed(null, false),
      },
    });
  }

  /** Draws into this many CSS pixels. */
  draw(drawing: ImageDrawing, width: number): void {
    this.drawing = drawing;
    this.width = Math.max(40, Math.floor(width));
    if (this.repaint(drawing.pixels)) this.picture = pixelCanvas(drawing.pixels);
    this.element.setAttribute('aria-label', drawing.label);
    this.paint();
  }

  /** Pixels left of the first column. */
  get left(): number {
    return this.layout.left;
  }

  private fit({ pixels, names, theme }: ImageDrawing): ImageLayout {
    const left = Math.min(widest(names.rows, theme), NAME_SHARE * this.width);
    const top = widest(names.columns, theme);
    const room = Math.max(1, this.width - left);
    if (this.rowPx) return { left, top, cellWidth: room / pixels.width, cellHeight: this.rowPx };
    const cell = Math.min(LARGEST_CELL_PX, room / pixels.width, MOST_HEIGHT_PX / pixels.height);
    return { left, top, cellWidth: cell, cellHeight: cell };
  }

  private paint(): void {
    const { drawing, picture } = this;
    if (!drawing || !picture) return;
    const { left, top, cellWidth, cellHeight } = (this.layout = this.fit(drawing));
    const width = Math.max(1, cellWidth * drawing.pixels.width);
    const height = Math.max(1, cellHeight * drawing.pixels.height);
    const ratio = devicePixelRatio;
    this.element.width = Math.round((left + width) * ratio);
    this.element.height = Math.round((top + height) * ratio);
    this.element.style.width = `${left + width}px`;
    this.element.style.height = `${top + height}px`;
    const context = this.element.getContext('2d') as CanvasRenderingContext2D;
    context.scale(ratio, ratio);
    paintNames(context, drawing, this.layout);
    context.translate(left, top);
    context.imageSmoothingEnabled = false;
    context.drawImage(picture, 0, 0, width, height);
    for (const { row, column } of drawing.dots ?? []) this.dot(context, row, column, cellWidth, cellHeight);
    const { row, column } = drawing.marks;
    if (row !== null) this.band(context, 0, row * cellHeight, width, cellHeight);
    if (column !== null) this.band(context, column * cellWidth, 0, cellWidth, height);
  }

  private band(context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number): void {
    const { foreground: ink, background: paper } = (this.drawing as ImageDrawing).theme;
    for (const [colour, line] of [
      [paper, 3],
      [ink, 1.2],
    ] as const) {
      context.strokeStyle = colour;
      context.lineWidth = line;
      context.strokeRect(x, y, Math.max(2, width), Math.max(2, height));
    }
  }

  private dot(
    context: CanvasRenderingContext2D,
    row: number,
    column: number,
    width: number,
    height: number,
  ): void {
    const { foreground: ink, background: paper } = (this.drawing as ImageDrawing).theme;
    context.beginPath();
    context.arc((column + 0.5) * width, (row + 0.5) * height, Math.max(1.2, Math.min(4, width / 4)), 0, 7);
    context.fillStyle = ink;
    context.fill();
    context.strokeStyle = paper;
    context.lineWidth = 1;
    context.stroke();
  }

  private cellAt(event: MouseEvent): ImageCell | null {
    const { pixels } = this.drawing ?? {};
    const box = this.element.getBoundingClientRect();
    if (!pixels || box.width === 0) return null;
    const { left, top, cellWidth, cellHeight } = this.layout;
    const column = Math.floor((event.clientX - box.left - left) / cellWidth);
    const row = Math.floor((event.clientY - box.top - top) / cellHeight);
    const inside = column >= 0 && column < pixels.width && row >= 0 && row < pixels.height;
    return inside ? { row, column } : null;
  }

  private key(event: KeyboardEvent): void {
    const { pixels } = this.drawing ?? {};
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!pixels || (!move && event.key !== 'Enter')) return;
    event.preventDefault();
    if (!move) return this.events.chosen(this.cell);
    const clamp = (value: number, count: number) => Math.max(0, Math.min(count - 1, value));
    this.cell = {
      row: clamp(this.cell.row + (move[0] as number), pixels.height),
      column: clamp(this.cell.column + (move[1] as number), pixels.width),
    };
    this.events.pointed(this.cell, true);
  }
}

/** Room for the widest name; none where all are empty. */
function widest(names: string[], theme: Theme): number {
  const context = document.createElement('canvas').getContext('2d') as CanvasRenderingContext2D;
  context.font = fontOf(theme);
  const most = names.reduce(
    (width, name) => Math.max(width, context.measureText(shorten(name, LONGEST_NAME)).width),
    0,
  );
  return most > 0 ? Math.ceil(most) + NAME_GAP_PX : 0;
}

const fontOf = ({ monospace }: Theme): string => `${LABEL_FONT_PX}px ${monospace}`;

/** Row names end at the cells, column names stand upright on them; each where the last one leaves it a line. */
function paintNames(
  context: CanvasRenderingContext2D,
  { names, theme }: ImageDrawing,
  { left, top, cellWidth, cellHeight }: ImageLayout,
): void {
  context.font = fontOf(theme);
  context.fillStyle = theme.foreground;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  eachNamed(names.rows, cellHeight, (name, middle) =>
    context.fillText(name, left - NAME_GAP_PX, top + Math.max(middle, LABEL_LINE_PX / 2), left - NAME_GAP_PX),
  );
  context.save();
  context.rotate(-Math.PI / 2);
  context.textAlign = 'left';
  eachNamed(names.columns, cellWidth, (name, middle) =>
    context.fillText(name, NAME_GAP_PX - top, left + middle),
  );
  context.restore();
}

function eachNamed(names: string[], cellPx: number, paint: (name: string, middle: number) => void): void {
  let next = -Infinity;
  names.forEach((name, index) => {
    const middle = (index + 0.5) * cellPx;
    if (name === '' || middle < next) return;
    paint(shorten(name, LONGEST_NAME), middle);
    next = middle + LABEL_LINE_PX - 2;
  });
}
