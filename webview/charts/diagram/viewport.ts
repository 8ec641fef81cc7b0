/** Part of the plane in sight: `scale` pixels a unit, and where the plane's origin is in the window. */
export interface Viewport {
  scale: number;
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

export const MIN_SCALE = 0.15;
export const MAX_SCALE = 3;
const MARGIN = 16;
/** Smaller than this, names cannot be read: a high picture is shown from its top instead. */
const READABLE = 0.72;

/** All of the picture, not larger than drawn; from its top where all of it would be too small to read. */
export function fit(content: Size, window: Size): Viewport {
  const wide = (window.width - 2 * MARGIN) / content.width;
  const whole = Math.min(wide, (window.height - 2 * MARGIN) / content.height, 1);
  const scale = clampScale(whole >= READABLE ? whole : Math.min(1, wide, READABLE));
  return {
    scale,
    x: Math.max(MARGIN, (window.width - content.width * scale) / 2),
    y: Math.max(MARGIN, Math.min(MARGIN * 2, (window.height - content.height * scale) / 2)),
  };
}

/** Zooms by a factor so that the point (x, y) of the window stays where it is. */
export function zoomAt(view: Viewport, factor: number, x: number, y: number): Viewport {
  const scale = clampScale(view.scale * factor);
  const real = scale / view.scale;
  return { scale, x: x - (x - view.x) * real, y: y - (y - view.y) * real };
}

/** Moves as little as needed for a rectangle of the plane to be in sight; its top left corner if it is too large. */
export function reveal(view: Viewport, box: Size & { x: number; y: number }, window: Size): Viewport {
  const shift = (start: number, size: number, room: number) => {
    if (start < MARGIN || size > room - 2 * MARGIN) return MARGIN - start;
    return Math.min(0, room - MARGIN - (start + size));
  };
  const { scale } = view;
  const left = view.x + box.x * scale;
  const top = view.y + box.y * scale;
  const isInside = (start: number, size: number, room: number) => start >= 0 && start + size <= room;
  const dx = isInside(left, box.width * scale, window.width)
    ? 0
    : shift(left, box.width * scale, window.width);
  const dy = isInside(top, box.height * scale, window.height)
    ? 0
    : shift(top, box.height * scale, window.height);
  return { scale, x: view.x + dx, y: view.y + dy };
}

const clampScale = (scale: number): number => Math.min(MAX_SCALE, Math.max(MIN_SCALE, scale));
