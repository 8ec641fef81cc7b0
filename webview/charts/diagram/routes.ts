import type { BlockEdge } from '../../../src/shared/anatomy';
import type { Box, Route } from './layout';
import { GAP_Y } from './layout';

type Point = [x: number, y: number];

/** How far left of the boxes the residual stream goes around them. */
const RAIL_GAP = 16;
/** How far right of the boxes the line between tied weights goes. */
export const TIE_GAP = 16;
/** Corners of a container's edge that lines stay away from. */
const CORNER = 12;

/** Lines between the boxes of one level; `inside`: the boxes in them, where the encoder's memory may lead to. */
export function routeEdges(
  edges: readonly BlockEdge[],
  boxes: readonly Box[],
  inside: readonly Box[],
): Route[] {
  const byId = new Map(boxes.map((box) => [box.node.id, box]));
  return edges.flatMap((edge): Route[] => {
    const [from, to] = [byId.get(edge.from), byId.get(edge.to)];
    if (!from || !to) return [];
    if (edge.kind === 'residual') return [{ kind: 'residual', points: around(from, to, boxes) }];
    if (edge.kind === 'tied') return [{ kind: 'tied', points: outside(from, to, boxes) }];
    if (edge.kind === 'memory') {
      const cross = inside.find(({ node, parent }) => node.kind === 'cross-attention' && parent === to.key);
      return [{ kind: 'memory', points: across(from, cross ?? to) }];
    }
    return [{ kind: 'data', points: down(from, to, boxes) }];
  });
}

const centre = ({ x, width }: Box): number => x + width / 2;
const bottom = ({ y, height }: Box): number => y + height;

/** From a box's lower edge to the upper edge of the next: straight where one is above the other, else with two corners. */
function down(from: Box, to: Box, boxes: readonly Box[]): Point[] {
  const start = reach(from, centre(to));
  const [top, foot] = [bottom(from), to.y];
  const near = reach(to, start);
  if (Math.abs(start - near) < 1 && isFree(near, top, foot, boxes)) return line(near, top, foot);
  // The lines into an operator are kept apart; those into anything else meet.
  const ends = from.operatorsOf === null ? [centre(to), near] : [near, centre(to)];
  for (const end of ends) {
    for (const turn of [foot - GAP_Y / 2, top + GAP_Y / 2]) {
      if (!isFree(start, top, turn, boxes) || !isFree(end, turn, foot, boxes)) continue;
      return [...line(start, top, turn), ...line(end, turn, foot)];
    }
  }
  return beside(from, to, boxes);
}

function line(x: number, from: number, to: number): Point[] {
  return [
    [x, from],
    [x, to],
  ];
}

/** The place on a box's edge that is nearest to `x`; a small box has only its middle. */
function reach(box: Box, x: number): number {
  const room = box.width / 2 - CORNER;
  return room <= CORNER ? centre(box) : Math.min(Math.max(x, centre(box) - room), centre(box) + room);
}

function isFree(x: number, top: number, foot: number, boxes: readonly Box[]): boolean {
  return !boxes.some(
    (box) => box.y < foot - 1 && bottom(box) > top + 1 && box.x < x && x < box.x + box.width,
  );
}

/** Around boxes in the way, on their right side. */
function beside(from: Box, to: Box, boxes: readonly Box[]): Point[] {
  const [top, foot] = [bottom(from), to.y];
  const between = boxes.filter((box) => box.y > top && bottom(box) < foot);
  const x = Math.max(centre(from), ...between.map((box) => box.x + box.width)) + 10;
  return [
    [centre(from), top],
    [centre(from), top + 8],
    [x, top + 8],
    [x, foot - 8],
    [centre(to), foot - 8],
    [centre(to), foot],
  ];
}

/** The residual stream: leaves below its source, goes down left of what is between, and enters the addition's side. */
function around(from: Box, to: Box, boxes: readonly Box[]): Point[] {
  const between = boxes.filter((box) => box.y >= from.y && bottom(box) <= bottom(to));
  const x = Math.min(...between.map((box) => box.x)) - RAIL_GAP;
  const [start, y] = [bottom(from) + 7, to.y + to.height / 2];
  return [
    [centre(from), start],
    [x, start],
    [x, y],
    [to.x, y],
  ];
}

/** Between two boxes with the same weights: around everything on the right. */
function outside(from: Box, to: Box, boxes: readonly Box[]): Point[] {
  const x = Math.max(...boxes.map((box) => box.x + box.width)) + TIE_GAP;
  const [y0, y1] = [from.y + from.height / 2, to.y + to.height / 2];
  return [
    [from.x + from.width, y0],
    [x, y0],
    [x, y1],
    [to.x + to.width, y1],
  ];
}

/** The encoder's memory: out of its last box, along the gap between the columns, into the decoder's side. */
function across(from: Box, to: Box): Point[] {
  const [start, end] = [from.x + from.width, to.x];
  const [y0, y1] = [from.y + from.height / 2, to.y + to.height / 2];
  const middle = start + Math.min(28, (end - start) / 2);
  return [
    [start, y0],
    [middle, y0],
    [middle, y1],
    [end, y1],
  ];
}
