const LABEL_PX = 13;

/** Width of a box's label in pixels. */
export function measurer(fontFamily: string): (text: string) => number {
  const context = document.createElement('canvas').getContext('2d') as CanvasRenderingContext2D;
  context.font = `600 ${LABEL_PX}px ${fontFamily}`;
  return (text) => Math.ceil(context.measureText(text).width);
}
