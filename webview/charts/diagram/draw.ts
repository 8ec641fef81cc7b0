import * as l10n from '@vscode/l10n';
import { count, percent, short } from '../numbers';
import type { BlockNode } from '../../../src/shared/anatomy';
import type { Box, Layout, Route } from './layout';
import { HEADER } from './layout';
import type { Shape } from './shape';
import { shape } from './shape';

/** What the picture says of boxes beside their place. */
export interface Marks {
  selected: string | null;
  /** Keys of boxes that the search found. */
  found: ReadonlySet<string>;
  /** Keys of boxes that can be unfolded further. */
  unfoldable: ReadonlySet<string>;
  total: number;
}

/** Room that the marks of a box take up on its right. */
const MARKS_PX = 18;

/** The picture of a layout. Boxes are the items of a tree for screen readers, in reading order. */
export function drawLayout(layout: Layout, marks: Marks): Shape {
  const routes = shape('g', { class: 'routes', 'aria-hidden': 'true' }, ...layout.routes.map(drawRoute));
  const containers = layout.boxes.filter(({ stage }) => stage !== 'folded');
  const ground = shape('g', { 'aria-hidden': 'true' }, ...containers.map(drawGround));
  return shape('g', {}, ground, routes, ...inReadingOrder(layout.boxes).map((box) => drawBox(box, marks)));
}

/** Boxes with what is inside of them right behind. */
export function inReadingOrder(boxes: readonly Box[]): Box[] {
  const inside = (parent: string | null): Box[] =>
    boxes
      .filter((box) => box.parent === parent)
      .sort((a, b) => a.x - b.x || a.y - b.y)
      .sort((a, b) => (isBeside(a, b) ? 0 : a.y - b.y))
      .flatMap((box) => [box, ...inside(box.key)]);
  return inside(null);
}

const isBeside = (a: Box, b: Box): boolean => Math.abs(a.y + a.height / 2 - b.y - b.height / 2) < 4;

function drawGround({ x, y, width, height, node, level }: Box): Shape {
  return shape('rect', { class: `ground kind-${node.kind} depth-${level % 2}`, x, y, width, height, rx: 8 });
}

function drawRoute({ points, kind }: Route): Shape {
  const d = points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join(' ');
  const head = kind === 'tied' ? {} : { 'marker-end': `url(#arrow-${kind})` };
  return shape('path', { class: `route ${kind}`, d, ...head });
}

/** Arrow heads, one a kind of line: markers do not take on their line's colour everywhere. */
export function arrowHeads(): Shape {
  const head = (kind: string) =>
    shape(
      'marker',
      {
        ...{ id: `arrow-${kind}`, viewBox: '0 0 8 8', refX: 7, refY: 4 },
        ...{ markerWidth: 7, markerHeight: 7, markerUnits: 'userSpaceOnUse', orient: 'auto' },
      },
      shape('path', { class: `head ${kind}`, d: 'M0 0 L8 4 L0 8 Z' }),
    );
  return shape('defs', {}, head('data'), head('residual'), head('memory'));
}

function drawBox(box: Box, marks: Marks): Shape {
  const { x, y, node, key, level, stage } = box;
  return shape(
    'g',
    {
      class: classOf(box, marks),
      transform: `translate(${round(x)} ${round(y)})`,
      role: 'treeitem',
      tabindex: -1,
      'data-key': key,
      'data-id': node.id,
      'aria-level': level + 1,
      'aria-label': spokenName(box, marks.total),
      'aria-selected': String(key === marks.selected),
      ...((stage !== 'folded' || marks.unfoldable.has(key)) && {
        'aria-expanded': String(stage !== 'folded'),
      }),
    },
    // Spaces part the words for who reads the text of the box.
    ...shapeOf(box, marks).flatMap((one) => [one, ' ']),
  );
}

function classOf({ node, stage, key, operatorsOf }: Box, { selected, found }: Marks): string {
  return [
    ...['box', `kind-${node.kind}`, stage === 'folded' ? 'folded' : 'unfolded'],
    ...(key === selected ? ['selected'] : []),
    ...(found.has(key) ? ['found'] : []),
    ...(operatorsOf === null ? [] : ['operator']),
  ].join(' ');
}

function shapeOf(box: Box, marks: Marks): Shape[] {
  const { node, width, height, stage, operatorsOf } = box;
  const frame = (extra: Record<string, number> = {}) =>
    shape('rect', { class: 'frame', width: round(width), height: round(height), rx: 6, ...extra });
  if (stage !== 'folded') return [frame({ rx: 8, height: HEADER }), ...headerLine(box)];
  if (node.kind === 'add') return [circle(width), text('+', width / 2, height / 2 + 1, 'sign')];
  if (node.kind === 'input' && node.label === '') return [circle(width)];
  if (node.parameters === 0 || operatorsOf !== null) {
    const isEnd = node.kind === 'input' || node.kind === 'output';
    return [frame(isEnd ? { rx: height / 2 } : {}), text(node.label, width / 2, height / 2, 'name middle')];
  }
  return [...pile(box), frame(), ...labels(box, marks)];
}

/** Edges of further sheets behind a box that stands for several blocks. */
function pile({ node, width, height }: Box): Shape[] {
  if ((node.count ?? 1) < 2) return [];
  return [6, 3].map((offset) =>
    shape('rect', { class: 'frame behind', x: offset, y: offset, width: round(width), height, rx: 6 }),
  );
}

function labels({ node, width, height, key }: Box, { total, unfoldable }: Marks): Shape[] {
  const share = total > 0 ? node.parameters / total : 0;
  const bar = width - 24;
  return [
    shape('rect', { class: 'band', width: 5, height: height - 12, x: 0, y: 6, rx: 2 }),
    text(node.label, 12, 15, 'name'),
    ...(node.count === undefined ? [] : [text(times(node).trim(), width - 10, 15, 'name end')]),
    text(sizeOf(node, total), 12, 31, 'size'),
    ...(unfoldable.has(key) ? [text('+', width - 10, 31, 'toggle end')] : []),
    shape('rect', { class: 'share-track', x: 12, y: height - 7, width: round(bar), height: 3, rx: 1.5 }),
    shape('rect', { class: 'share', x: 12, y: height - 7, width: round(bar * share), height: 3, rx: 1.5 }),
  ];
}

function headerLine({ node, width, stage }: Box): Shape[] {
  const what =
    stage === 'operators' ? l10n.t('operators') : node.parameters > 0 ? short(node.parameters) : '';
  return [
    text(node.label + times(node), 12, HEADER / 2, 'name'),
    text(what, width - 12 - MARKS_PX, HEADER / 2, 'size end'),
    text('−', width - 12, HEADER / 2, 'toggle end'),
  ];
}

const circle = (size: number): Shape =>
  shape('circle', { class: 'frame', cx: size / 2, cy: size / 2, r: size / 2 });

function text(content: string, x: number, y: number, name: string): Shape {
  return shape('text', { class: name, x: round(x), y: round(y), 'dominant-baseline': 'central' }, content);
}

/** What a screen reader says of a box: first what is written in it, so that who speaks to the computer can name it. */
function spokenName({ node, operatorsOf, stage }: Box, total: number): string {
  if (operatorsOf !== null) return l10n.t`Operator ${node.label}`;
  if (node.kind === 'add') return l10n.t('Addition to the residual stream');
  if (node.kind === 'input' && node.label === '') return l10n.t('Input of the block');
  if (node.parameters === 0) return node.label;
  const name = node.label + times(node);
  const parameters = count(node.parameters);
  if (stage === 'operators') return l10n.t`${name}, operators, ${parameters} parameters`;
  return l10n.t`${name}, ${sizeOf(node, total)} of the model, ${parameters} parameters`;
}

const times = ({ count: layers }: BlockNode): string => (layers === undefined ? '' : ` × ${layers}`);

/** `2.1M · 39%` */
function sizeOf({ parameters }: BlockNode, total: number): string {
  return `${short(parameters)} · ${percent(total > 0 ? parameters / total : 0)}`;
}

const round = (value: number): number => Math.round(value * 10) / 10;
