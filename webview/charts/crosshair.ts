import { graphic } from './echarts';
import type { ECharts } from './echarts';
import type { MatrixLayout } from './matrixLayout';
import type { Theme } from '../theme';

/** Rows and columns marked on the matrix, as indices; null for none. */
export interface Marks {
  /** Row whose keys are listed. */
  pinned: number | null;
  /** Row of the editor's cursor. */
  cursor: number | null;
  query: number | null;
  key: number | null;
}

const HALO_PX = 3;
/** Bands narrower than this are marked by a line. */
const THIN_PX = 5;

/**
 * Marks drawn straight on the chart's canvas: below its tooltip, and without going through `setOption`, so that following
 * the pointer costs one repaint and no layout.
 */
export class Crosshair {
  private readonly shapes: InstanceType<typeof graphic.Group> = new graphic.Group({ silent: true });

  constructor(private readonly chart: ECharts) {
    chart.getZr().add(this.shapes);
  }

  draw(marks: Marks, layout: MatrixLayout, theme: Theme): void {
    this.shapes.removeAll();
    if (marks.cursor !== null) this.cursor(marks.cursor, layout, theme);
    if (marks.query !== null) this.band('row', marks.query, layout, theme, 1);
    if (marks.key !== null) this.band('column', marks.key, layout, theme, 1);
    if (marks.pinned !== null) this.band('row', marks.pinned, layout, theme, 2);
  }

  /** An outline around a row or a column: a line in the text's colour on a halo in the background's. */
  private band(
    side: 'row' | 'column',
    index: number,
    layout: MatrixLayout,
    theme: Theme,
    width: number,
  ): void {
    const place = this.range(side, index, layout);
    if (!place) return;
    const { left, top } = layout;
    const [from, size] = place;
    const shape =
      side === 'row'
        ? { x: left, y: from, width: layout.width, height: size }
        : { x: from, y: top, width: size, height: layout.height };
    const colour = width > 1 ? theme.focus : theme.foreground;
    if (size < THIN_PX) return this.line(side, from + size / 2, layout, colour);
    this.outline(shape, theme.background, width + HALO_PX - 1);
    this.outline(shape, colour, width);
  }

  private outline(
    shape: { x: number; y: number; width: number; height: number },
    stroke: string,
    lineWidth: number,
  ) {
    this.shapes.add(
      new graphic.Rect({ shape, silent: true, z: 10, style: { fill: 'none', stroke, lineWidth } }),
    );
  }

  /** Through the middle of a row or column too thin for an outline. */
  private line(
    side: 'row' | 'column',
    at: number,
    { left, top, width, height }: MatrixLayout,
    stroke: string,
  ): void {
    const shape =
      side === 'row'
        ? { x1: left, y1: at, x2: left + width, y2: at }
        : { x1: at, y1: top, x2: at, y2: top + height };
    this.shapes.add(
      new graphic.Line({ shape, silent: true, z: 10, style: { stroke, lineWidth: 1, opacity: 0.7 } }),
    );
  }

  /** A triangle left of the row that the editor's cursor is in. */
  private cursor(index: number, layout: MatrixLayout, theme: Theme): void {
    const place = this.range('row', index, layout);
    if (!place) return;
    const y = place[0] + place[1] / 2;
    const points = [
      [layout.left - 7, y - 4],
      [layout.left - 1, y],
      [layout.left - 7, y + 4],
    ];
    this.shapes.add(
      new graphic.Polygon({ shape: { points }, silent: true, z: 11, style: { fill: theme.focus } }),
    );
  }

  /** Start and size in pixels of a row or column, cut to the axes; null when it is zoomed out of sight. */
  private range(side: 'row' | 'column', index: number, layout: MatrixLayout): [number, number] | null {
    const axis = side === 'row' ? { yAxisIndex: 0 } : { xAxisIndex: 0 };
    const middle = this.chart.convertToPixel(axis, index) as unknown as number;
    const band = Math.abs((this.chart.convertToPixel(axis, index + 1) as unknown as number) - middle);
    const [low, high] =
      side === 'row' ? [layout.top, layout.top + layout.height] : [layout.left, layout.left + layout.width];
    const from = Math.max(low, middle - band / 2);
    const to = Math.min(high, middle + band / 2);
    return to - from > 0.5 ? [from, to - from] : null;
  }
}
