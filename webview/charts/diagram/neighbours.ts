import type { Box } from './layout';
import { HEADER } from './layout';

export type Direction = 'up' | 'down' | 'left' | 'right';

/** The box that an arrow key leads to from another: the nearest in that direction, straight ones first; null at the edge. */
export function neighbour(boxes: readonly Box[], from: Box, direction: Direction): Box | null {
  const [x0, y0] = anchor(from);
  let best: { box: Box; distance: number } | null = null;
  for (const box of boxes) {
    if (box === from) continue;
    const [x, y] = anchor(box);
    const along = { up: y0 - y, down: y - y0, left: x0 - x, right: x - x0 }[direction];
    const isVertical = direction === 'up' || direction === 'down';
    const aside = isVertical ? gap(from.x, from.width, box.x, box.width) : Math.abs(y - y0);
    if (along < 2 || (!isVertical && aside > Math.max(40, along))) continue;
    const distance = along + 5 * aside;
    if (!best || distance < best.distance) best = { box, distance };
  }
  return best?.box ?? null;
}

/** Where a box is for the arrow keys: its middle; of an unfolded one, the line with its name. */
function anchor({ x, y, width, height, stage }: Box): [x: number, y: number] {
  return [x + width / 2, y + (stage === 'folded' ? height : HEADER) / 2];
}

/** Space between two spans; 0 where they overlap. */
function gap(a: number, aWidth: number, b: number, bWidth: number): number {
  return Math.max(0, b - (a + aWidth), a - (b + bWidth));
}
