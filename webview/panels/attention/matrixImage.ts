import { pixelCanvas } from '../../charts/viewportImage';
import type { Pixels } from '../../charts/painter';
import { changeDetector, h } from '../../ui/dom';

export interface ImageCell {
  row: number;
  column: number;
}

export interface ImageDrawing {
  pixels: Pixels;
  /** What a screen reader says of the picture. */
  label: string;
  marks: { row: number | null; column: number | null };
  /** Cells drawn with an outline, such as each row's strongest. */
  dots?: ImageCell[];
  /** Colours of marks and dots. */
  ink: string;
  paper: string;
}

interface ImageEvents {
  pointed(cell: ImageCell | null): void;
  chosen(cell: ImageCell): void;
}

/** Without the room for labels and zoom of the large matrix: a picture with marked rows and columns, for panes side by side. */
export class MatrixImage {
  readonly element: HTMLCanvasElement;
  private drawing: ImageDrawing | null = null;
  private width = 0;
  private picture: HTMLCanvasElement | null = null;
  private cell: ImageCell = { row: 0, column: 0 };
  private readonly repaint = changeDetector();

  /** `stretch` fills the width and gives rows a fixed height; otherwise cells are square. */
  constructor(
    private readonly events: ImageEvents,
    private readonly rowPx?: number,
  ) {
    this.element = h('canvas', {
      class: 'matrix-image',
      attributes: { tabindex: '0', role: 'img' },
      on: {
        pointermove: (event) => events.pointed(this.cellAt(event)),
        pointerleave: () => events.pointed(null),
        click: (event) => {
          const cell = this.cellAt(event);
          if (cell) events.chosen(cell);
        },
        keydown: (event) => this.key(event),
        blur: () => events.pointed(null),
      },
    });
  }

  /** Draws into this many CSS pixels; nothing is done where nothing changed. */
  draw(drawing: ImageDrawing, width: number): void {
    this.drawing = drawing;
    this.width = Math.max(40, Math.floor(width));
    if (this.repaint(drawing.pixels)) this.picture = pixelCanvas(drawing.pixels);
    this.element.setAttribute('aria-label', drawing.label);
    this.paint();
  }

  private size(): { width: number; height: number } {
    const { pixels } = this.drawing as ImageDrawing;
    if (this.rowPx) return { width: this.width, height: pixels.height * this.rowPx };
    const cell = Math.min(28, this.width / pixels.width, 420 / pixels.height);
    return { width: Math.max(1, cell * pixels.width), height: Math.max(1, cell * pixels.height) };
  }

  private paint(): void {
    const { drawing, picture } = this;
    if (!drawing || !picture) return;
    const { width, height } = this.size();
    const ratio = devicePixelRatio;
    this.element.width = Math.round(width * ratio);
    this.element.height = Math.round(height * ratio);
    this.element.style.width = `${width}px`;
    this.element.style.height = `${height}px`;
    const context = this.element.getContext('2d') as CanvasRenderingContext2D;
    context.scale(ratio, ratio);
    context.imageSmoothingEnabled = false;
    context.drawImage(picture, 0, 0, width, height);
    const cellWidth = width / drawing.pixels.width;
    const cellHeight = height / drawing.pixels.height;
    for (const { row, column } of drawing.dots ?? []) this.dot(context, row, column, cellWidth, cellHeight);
    const { row, column } = drawing.marks;
    if (row !== null) this.band(context, 0, row * cellHeight, width, cellHeight);
    if (column !== null) this.band(context, column * cellWidth, 0, cellWidth, height);
  }

  private band(context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number): void {
    const { ink, paper } = this.drawing as ImageDrawing;
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
    const { ink, paper } = this.drawing as ImageDrawing;
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
    const column = Math.floor(((event.clientX - box.left) / box.width) * pixels.width);
    const row = Math.floor(((event.clientY - box.top) / box.height) * pixels.height);
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
    this.events.pointed(this.cell);
  }
}
