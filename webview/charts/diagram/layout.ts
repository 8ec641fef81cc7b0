import type { BlockDiagram, BlockEdge, BlockNode } from '../../../src/shared/anatomy';
import { group, lanesOf, ranksOf } from './ranks';
import type { Lane } from './ranks';
import { routeEdges, TIE_GAP } from './routes';

/** Stages of a box: folded, its modules, its operators. */
export type Stage = 'folded' | 'modules' | 'operators';

/** A box on the plane, in pixels at zoom 1. */
export interface Box {
  /** Unique among the boxes in sight: the box's id; for operators behind the component's. */
  key: string;
  node: BlockNode;
  x: number;
  y: number;
  width: number;
  height: number;
  /** Depth, 0 for the first level. */
  level: number;
  /** Key of the box around it. */
  parent: string | null;
  stage: Stage;
  /** For operators: the component that they are of. */
  operatorsOf: string | null;
}

/** A line from box to box, with corners. */
export interface Route {
  kind: BlockEdge['kind'];
  points: [x: number, y: number][];
}

export interface Layout {
  width: number;
  height: number;
  boxes: Box[];
  routes: Route[];
}

/** What is inside of a box that is unfolded. */
export interface Inside {
  diagram: BlockDiagram;
  stage: Stage;
}

export interface LayoutOptions {
  /** Null for a folded box. */
  inside(node: BlockNode): Inside | null;
  /** Of the whole model, for a box's width by its share. */
  total: number;
  /** Width of a box's label in pixels. */
  measure(text: string): number;
}

/** Space between boxes below each other, beside each other, and between the columns of an encoder-decoder. */
export const GAP_Y = 26;
const GAP_X = 20;
const LANE_GAP = 84;
/** Room on the left for the residual stream's way around. */
export const RAIL = 30;
const PAD = 14;
/** Height of the line with an unfolded box's name. */
export const HEADER = 30;
/** Where boxes that nothing connects break into a new row. */
const LOOSE_WIDTH = 560;

/** A box with its inside laid out, before it has a place. */
interface Sized {
  node: BlockNode;
  width: number;
  height: number;
  stage: Stage;
  inner: Layout | null;
}

/**
 * Places the boxes: along the data edges from top to bottom, in two columns where there is a target beside the input, and
 * what nothing connects in rows below.
 */
export function layoutDiagram(diagram: BlockDiagram, options: LayoutOptions): Layout {
  return layoutLevel(diagram, options, { level: 0, parent: null, operatorsOf: null });
}

interface Around {
  level: number;
  parent: string | null;
  operatorsOf: string | null;
}

function layoutLevel(diagram: BlockDiagram, options: LayoutOptions, around: Around): Layout {
  const sized = diagram.nodes.map((node) => sizeOf(node, options, around));
  const places = place(diagram, sized);
  const boxes: Box[] = [];
  const nested: Layout[] = [];
  for (const one of sized) {
    const at = places.at.get(one.node.id);
    if (!at) continue;
    const { node, width, height, stage, inner } = one;
    boxes.push({ key: keyOf(node, around), node, ...at, width, height, stage, ...around });
    if (inner) nested.push(moved(inner, at.x + (width - inner.width) / 2, at.y + HEADER));
  }
  const inside = nested.flatMap((layout) => layout.boxes);
  const routes = routeEdges(diagram.edges, boxes, inside);
  const isTied = diagram.edges.some(({ kind }) => kind === 'tied');
  return {
    width: places.width + (isTied ? TIE_GAP + 2 : 0),
    height: places.height,
    boxes: [...boxes, ...inside],
    routes: [...routes, ...nested.flatMap((layout) => layout.routes)],
  };
}

function keyOf({ id }: BlockNode, { operatorsOf }: Around): string {
  return operatorsOf === null ? id : `${operatorsOf}#${id}`;
}

function sizeOf(node: BlockNode, options: LayoutOptions, around: Around): Sized {
  const inside = around.operatorsOf === null ? options.inside(node) : null;
  if (!inside) return { node, stage: 'folded', inner: null, ...foldedSize(node, options, around) };
  const operatorsOf = inside.stage === 'operators' ? node.id : null;
  const level = around.level + 1;
  const inner = layoutLevel(inside.diagram, options, { level, parent: node.id, operatorsOf });
  const width = Math.max(inner.width + 2 * PAD, options.measure(node.label) + 170);
  return { node, stage: inside.stage, inner, width, height: inner.height + HEADER + PAD };
}

/** Wider by the square root of the share, so that a box's size tells its weight without hiding the small ones. */
function foldedSize(node: BlockNode, { total, measure }: LayoutOptions, { operatorsOf, level }: Around) {
  if (operatorsOf !== null) return { width: measure(node.label) + 22, height: 26 };
  if (node.kind === 'add') return { width: 24, height: 24 };
  if (node.kind === 'input' && node.label === '') return { width: 10, height: 10 };
  if (node.kind === 'input' || node.kind === 'output') {
    return { width: Math.max(76, measure(node.label) + 32), height: 30 };
  }
  const share = total > 0 ? node.parameters / total : 0;
  const width = (level === 0 ? 164 : 140) + 130 * Math.sqrt(share);
  return { width: Math.max(width, measure(node.label) + (node.count === undefined ? 52 : 92)), height: 48 };
}

interface Places {
  at: Map<string, { x: number; y: number }>;
  width: number;
  height: number;
}

function place(diagram: BlockDiagram, sized: readonly Sized[]): Places {
  const lanes = lanesOf(diagram);
  const ranks = ranksOf(diagram);
  const hasRail = diagram.edges.some(({ kind }) => kind === 'residual');
  const ranked = sized.filter(({ node }) => ranks.has(node.id));
  const rows = rowsOf(ranked, ranks, lanes, diagram.edges);
  const axes = axesOf(rows, hasRail ? RAIL : 0);
  const places: Places = { at: new Map(), width: axes.width, height: 0 };
  const bottoms: [number, number] = [0, 0];
  for (const row of rows) {
    const sides = row.lane === 'both' ? ([0, 1] as const) : ([row.lane] as const);
    const above = Math.max(...sides.map((side) => bottoms[side]));
    const y = above === 0 ? 0 : above + GAP_Y;
    const height = Math.max(...row.boxes.map((box) => box.height));
    // A row of side boxes alone leaves the stream its way.
    let x = axes.of(row.lane) + (row.main > 0 ? -row.main / 2 : GAP_X);
    for (const box of row.boxes) {
      places.at.set(box.node.id, { x, y: y + (height - box.height) / 2 });
      x += box.width + GAP_X;
    }
    for (const side of sides) bottoms[side] = y + height;
  }
  places.height = Math.max(...bottoms);
  placeLoose(
    sized.filter(({ node }) => !ranks.has(node.id)),
    places,
  );
  return places;
}

interface Row {
  lane: Lane;
  rank: number;
  /** Those on the stream first, then what only flows into the next row from the side. */
  boxes: Sized[];
  /** Width of those on the stream: they are centred on the column's axis. */
  main: number;
  whole: number;
}

function rowsOf(
  sized: readonly Sized[],
  ranks: ReadonlyMap<string, number>,
  lanes: ReadonlyMap<string, Lane>,
  edges: readonly BlockEdge[],
): Row[] {
  const rankOf = ({ node }: Sized) => ranks.get(node.id) as number;
  const targets = new Set(edges.filter(({ kind }) => kind === 'data').map(({ to }) => to));
  const isSide = (box: Sized) =>
    box.node.kind === 'embeddings' && !targets.has(box.node.id) && rankOf(box) > 0;
  const grouped = group(sized, (box) => `${rankOf(box)} ${lanes.get(box.node.id)}`);
  const rows = [...grouped.values()].map((boxes): Row => {
    const [first] = boxes as [Sized];
    const [side, stream] = [boxes.filter(isSide), boxes.filter((box) => !isSide(box))];
    const ordered = [...stream, ...side];
    const main = widthOf(stream);
    return {
      ...{ lane: lanes.get(first.node.id) as Lane, rank: rankOf(first), boxes: ordered },
      ...{ main, whole: widthOf(ordered) },
    };
  });
  rows.sort((a, b) => a.rank - b.rank);
  return inOrder(rows, edges);
}

/** Brings boxes of one row into the order of what they come from (barycentres, top to bottom). */
function inOrder(rows: Row[], edges: readonly BlockEdge[]): Row[] {
  const sources = group(edges, ({ to }) => to);
  const position = new Map<string, number>();
  for (const row of rows) {
    const wanted = (box: Sized, i: number) => {
      const from = (sources.get(box.node.id) ?? []).flatMap((edge) => position.get(edge.from) ?? []);
      return from.length === 0 ? i : from.reduce((sum, at) => sum + at, 0) / from.length;
    };
    const order = new Map(row.boxes.map((box, i) => [box, wanted(box, i)]));
    const isStream = row.main === row.whole;
    if (isStream) row.boxes.sort((a, b) => (order.get(a) as number) - (order.get(b) as number));
    row.boxes.forEach((box, i) => position.set(box.node.id, i - (row.boxes.length - 1) / 2));
  }
  return rows;
}

function widthOf(boxes: readonly Sized[]): number {
  return boxes.reduce((sum, { width }) => sum + width, 0) + GAP_X * Math.max(0, boxes.length - 1);
}

/** Where the columns' axes are. */
function axesOf(rows: readonly Row[], rail: number): { of(lane: Lane): number; width: number } {
  const extents = ([0, 1] as const).map((side) => {
    const own = rows.filter(({ lane }) => lane === side);
    const left = Math.max(0, ...own.map(({ main }) => main / 2));
    const right = Math.max(0, ...own.map(({ main, whole }) => (main > 0 ? whole - main / 2 : whole + GAP_X)));
    return { left, right };
  }) as [{ left: number; right: number }, { left: number; right: number }];
  const [first, second] = extents;
  const isPair = second.left > 0;
  const axis0 = rail + first.left;
  const axis1 = axis0 + first.right + LANE_GAP + second.left;
  const middle = isPair ? (axis0 + axis1) / 2 : axis0;
  const width = isPair ? axis1 + second.right : axis0 + first.right + (rail > 0 ? 8 : 0);
  return { of: (lane) => (lane === 'both' ? middle : lane === 0 ? axis0 : axis1), width };
}

/** Rows for boxes that nothing connects. */
function placeLoose(boxes: readonly Sized[], places: Places): void {
  let [x, y, height] = [0, places.height === 0 ? 0 : places.height + GAP_Y, 0];
  for (const { node, ...box } of boxes) {
    if (x > 0 && x + box.width > Math.max(LOOSE_WIDTH, places.width))
      [x, y, height] = [0, y + height + 12, 0];
    places.at.set(node.id, { x, y });
    places.width = Math.max(places.width, x + box.width);
    height = Math.max(height, box.height);
    x += box.width + 12;
    places.height = y + height;
  }
}

function moved({ width, height, boxes, routes }: Layout, dx: number, dy: number): Layout {
  return {
    ...{ width, height },
    boxes: boxes.map((box) => ({ ...box, x: box.x + dx, y: box.y + dy })),
    routes: routes.map(({ kind, points }) => ({
      kind,
      points: points.map(([x, y]): [number, number] => [x + dx, y + dy]),
    })),
  };
}
