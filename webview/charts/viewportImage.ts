import type { MatrixViewport } from './matrixOption';
import { paintWeights, pool } from './painter';
import type { Pixels, Weights } from './painter';
import type { ColourScale } from './colour';

/**
 * Paints one matrix for any zoom. The weights are painted once, a pixel each; a viewport is that picture stretched with
 * hard cell edges, or, where cells are smaller than device pixels, a picture of the pooled matrix.
 */
export function viewportPainter(
  matrix: Weights,
  scale: ColourScale,
  maximum: number,
  masked: boolean,
): (view: MatrixViewport, canvas: HTMLCanvasElement) => void {
  const painted = new Map<string, HTMLCanvasElement>();
  const picture = (rowFactor: number, columnFactor: number): HTMLCanvasElement => {
    const name = `${rowFactor}/${columnFactor}`;
    const known = painted.get(name);
    if (known) return known;
    const fresh = pixelCanvas(paintWeights(pool(matrix, rowFactor, columnFactor), scale, maximum, masked));
    painted.set(name, fresh);
    return fresh;
  };
  return (view, canvas) => {
    canvas.width = Math.max(1, Math.round(view.width * devicePixelRatio));
    canvas.height = Math.max(1, Math.round(view.height * devicePixelRatio));
    const rowFactor = Math.max(1, Math.ceil(view.rows / canvas.height));
    const columnFactor = Math.max(1, Math.ceil(view.columns / canvas.width));
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    context.imageSmoothingEnabled = false;
    context.drawImage(
      picture(rowFactor, columnFactor),
      view.column / columnFactor,
      view.row / rowFactor,
      view.columns / columnFactor,
      view.rows / rowFactor,
      0,
      0,
      canvas.width,
      canvas.height,
    );
  };
}

/** A canvas that holds these pixels. */
export function pixelCanvas({ width, height, rgba }: Pixels): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.putImageData(new ImageData(rgba, width, height), 0, 0);
  return canvas;
}
