import { labelStep } from './labels';

/** Where the matrix lies on its canvas, in CSS pixels, and how its labels are set. */
export interface MatrixLayout {
  left: number;
  top: number;
  width: number;
  height: number;
  /** Whole canvas. */
  canvasWidth: number;
  canvasHeight: number;
  /** Key labels stand upright when they would not fit side by side. */
  keyRotate: 0 | 90;
}

export interface MatrixExtent {
  queries: number;
  keys: number;
  /** Widest label of each axis in pixels. */
  queryLabel: number;
  keyLabel: number;
}

/** Font size of axis labels and the room that one line takes. */
export const LABEL_FONT_PX = 11;
export const LABEL_LINE_PX = 14;
/** Cells at least this wide and high show their weight as a number. */
export const VALUE_CELL_PX = 34;

const AXIS_NAME_PX = 22;
const LABEL_GAP_PX = 8;
const MARGIN_PX = 10;
const SMALLEST_PX = 160;
const LARGEST_CELL_PX = 64;

/** Fits square cells into the width, within the height: a matrix wider or higher than that stretches its cells. */
export function layoutMatrix(extent: MatrixExtent, canvasWidth: number, maxHeight: number): MatrixLayout {
  const { queries, keys, queryLabel, keyLabel } = extent;
  const left = Math.ceil(queryLabel) + LABEL_GAP_PX + AXIS_NAME_PX;
  const room = Math.max(60, canvasWidth - left - MARGIN_PX);
  const width = Math.floor(
    Math.min(room, keys * LARGEST_CELL_PX, Math.max(SMALLEST_PX, (maxHeight * keys) / queries)),
  );
  const keyRotate = keyLabel + 6 <= width / keys ? 0 : 90;
  const top = (keyRotate ? Math.ceil(keyLabel) : LABEL_LINE_PX) + LABEL_GAP_PX + AXIS_NAME_PX;
  const square = (width / keys) * queries;
  const height = Math.floor(
    Math.min(Math.max(square, Math.min(SMALLEST_PX, queries * LARGEST_CELL_PX)), maxHeight),
  );
  return { left, top, width, height, canvasWidth, canvasHeight: top + height + MARGIN_PX, keyRotate };
}

/** Label steps for `queries` by `keys` visible cells. */
export function labelSteps(layout: MatrixLayout, queries: number, keys: number, keyLabel: number) {
  return {
    query: labelStep(layout.height / queries, LABEL_LINE_PX),
    key: labelStep(layout.width / keys, layout.keyRotate ? LABEL_LINE_PX : keyLabel + 6),
  };
}
