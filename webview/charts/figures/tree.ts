import type { TreeFigure } from '../../../src/shared/report';
import { treeDepths } from '../../../src/shared/report';
import { shorten, visibleText } from '../labels';
import type { FigureStyle } from './common';
import { base, FONT_PX, lines, numberAxis, say, seriesColour } from './common';

/** As much of ECharts' renderItem as is used. */
interface ItemApi {
  coord(at: [number, number]): [number, number];
}

const ROW_PX = 24;
/** Width of a step from which on labels are written, and of one of their characters. */
const LABEL_STEP_PX = 34;
const CHARACTER_PX = 6.6;
const GAP_PX = 10;

/** Nodes at their depth; every leaf has a row of its own, a parent is level with its first child. */
export function treeOption(figure: TreeFigure, style: FigureStyle) {
  const { theme, hidden } = style;
  const places = placesOf(figure);
  const deepest = Math.max(1, ...places.map(([depth]) => depth));
  const leaves = Math.max(1, ...places.map(([, row]) => row + 1));
  const steps = numberAxis({ ...figure.depth, min: 0, max: deepest + 1 }, theme, 'x');
  return {
    ...base(style),
    xAxis: {
      ...steps,
      axisLine: { ...steps.axisLine, onZero: false },
      interval: Math.ceil(deepest / 12),
      splitLine: { show: false },
    },
    yAxis: { type: 'value', inverse: true, show: false, min: -0.7, max: leaves - 0.3 },
    series: [
      {
        type: 'custom',
        data: places,
        renderItem: ({ dataIndex }: { dataIndex: number }, api: ItemApi) =>
          hidden?.has(figure.groups[figure.nodes[dataIndex]?.group ?? 0] ?? '')
            ? { type: 'group', children: [] }
            : drawNode(figure, places, dataIndex, api, style),
      },
      // A legend has entries of series only.
      ...(style.legend ?? []).map((name) => ({
        type: 'line',
        name,
        data: [],
        itemStyle: { color: seriesColour(theme, figure.groups.indexOf(name)) },
      })),
    ],
  };
}

/** A node with the way to it from the root. */
export function describeTree(figure: TreeFigure, index: number): string {
  const node = figure.nodes[index];
  if (!node) return '';
  const path: string[] = [];
  for (let at: number | null = index; at !== null; at = figure.nodes[at]?.parent ?? null) {
    path.unshift(figure.nodes[at]?.label ?? '');
  }
  return lines(
    shorten(visibleText(path.join('')), 80),
    `${figure.depth.label}: ${treeDepths(figure)[index] ?? 0}`,
    `${figure.value.label}: ${say(node.value, figure.value.format)}`,
    figure.groups[node.group] ?? '',
  );
}

export function treeHeight(figure: TreeFigure): number {
  const leaves = Math.max(1, ...placesOf(figure).map(([, row]) => row + 1));
  return Math.min(1200, Math.max(160, 70 + ROW_PX * leaves));
}

/** [depth, row] of every node. */
function placesOf(figure: TreeFigure): [number, number][] {
  const depths = treeDepths(figure);
  const children = figure.nodes.map((): number[] => []);
  figure.nodes.forEach(({ parent }, i) => parent !== null && children[parent]?.push(i));
  const places = depths.map((depth): [number, number] => [depth, 0]);
  let row = 0;
  const place = (node: number): void => {
    (places[node] as [number, number])[1] = row;
    children[node]?.forEach((child, i) => {
      if (i > 0) row++;
      place(child);
    });
  };
  figure.nodes.forEach(({ parent }, i) => {
    if (parent === null) place(i);
  });
  return places;
}

function drawNode(
  figure: TreeFigure,
  places: readonly [number, number][],
  index: number,
  api: ItemApi,
  { theme }: FigureStyle,
) {
  const node = figure.nodes[index];
  const at = places[index];
  if (!node || !at) return { type: 'group', children: [] };
  const [x, y] = api.coord(at);
  const stepPx = api.coord([at[0] + 1, at[1]])[0] - x;
  const colour = seriesColour(theme, node.group);
  const parent = node.parent === null ? undefined : places[node.parent];
  const line = {
    stroke: colour,
    lineWidth: node.group === 0 ? 3 : 1.5,
    fill: 'none',
    ...(node.group > 1 && { lineDash: [4, 3] }),
  };
  const written = stepPx >= LABEL_STEP_PX;
  return {
    type: 'group',
    children: [
      ...(parent
        ? [
            {
              type: 'polyline',
              shape: { points: bend(api.coord(parent), [x, y], written ? stepPx : 0) },
              style: line,
            },
          ]
        : []),
      { type: 'circle', shape: { cx: x, cy: y, r: node.group === 0 ? 4 : 3 }, style: { fill: colour } },
      ...(written ? [labelOf(node.label, x, y, stepPx, theme, node.group === 0)] : []),
    ],
  };
}

/** From a parent, past its label, down to its child's row and there. */
function bend([x, y]: [number, number], [toX, toY]: [number, number], stepPx: number): [number, number][] {
  const corner = stepPx > 0 ? toX - GAP_PX : (x + toX) / 2;
  return y === toY
    ? [
        [x, y],
        [toX, toY],
      ]
    : [
        [corner, y],
        [corner, toY],
        [toX, toY],
      ];
}

/** Above the line that leaves the node, as long as a step allows. */
function labelOf(
  label: string,
  x: number,
  y: number,
  stepPx: number,
  theme: FigureStyle['theme'],
  isBest: boolean,
) {
  const room = Math.max(2, Math.floor((stepPx - GAP_PX) / CHARACTER_PX));
  return {
    type: 'text',
    silent: true,
    style: {
      text: shorten(visibleText(label), room),
      ...{ x: x + 3, y: y - 4, align: 'left', verticalAlign: 'bottom' },
      font: `${isBest ? 'bold ' : ''}${FONT_PX}px ${theme.monospace}`,
      fill: theme.foreground,
    },
  };
}
