import * as l10n from '@vscode/l10n';
import type { BlockDiagram, BlockNode } from './anatomy';
import type { Settings } from './probe';

/**
 * What a probe found, as plain tables and figures: the same data for the panel, the command line, the HTML report and
 * exports. Nothing here draws.
 */
export interface Report {
  /** What the numbers say, as sentences with the numbers in them: computed, never written beforehand. */
  findings: string[];
  /** In reading order. */
  parts: ReportPart[];
  /** What to do next, most useful first. */
  actions?: ReportAction[];
}

/** Something that a report offers to do. The host checks it against the table of probes before it does it. */
export type ReportAction =
  | { kind: 'probe'; label: string; probe: string; settings?: Settings }
  | { kind: 'anatomy'; label: string; model: string; component?: string };

/** What a box of a diagram leads to: also another part of the same report, by its id. */
export type BoxAction = ReportAction | { kind: 'part'; label: string; part: string };

export type ReportPart = Figure | Table;

/**
 * How a number is written: `count` 12,345; `compact` 1.23 B; `bytes` 1.2 GB; `percent` of a part of 1; `date` of
 * milliseconds since 1970; `significant` four digits; a number: so many decimals.
 */
export type Format = 'count' | 'compact' | 'bytes' | 'percent' | 'date' | 'significant' | number;

export interface Column {
  label: string;
  /** Of the numbers; absent for a column of words. */
  format?: Format;
  /** What it means, where the label does not say it. */
  note?: string;
}

/** Null is a value that nobody has published or that cannot be computed. */
export type Cell =
  string | number | null | { text: string; href: string } | { text: string; action: ReportAction };

export interface Table {
  kind: 'table';
  /** Unique in the report; names exported files. */
  id: string;
  title: string;
  note?: string;
  columns: Column[];
  rows: Cell[][];
}

export interface Axis {
  label: string;
  scale?: 'linear' | 'log' | 'time';
  format?: Format;
  min?: number;
  max?: number;
}

interface FigureBase {
  id: string;
  title: string;
  /** How to read it. */
  note?: string;
  /** Share of a wide panel's width, for figures that are read side by side; all of it if absent. */
  size?: 'half' | 'third';
}

export interface BarFigure extends FigureBase {
  kind: 'bar';
  categories: string[];
  category: Axis;
  value: Axis;
  /** One value a category. */
  series: { name: string; values: (number | null)[] }[];
  stacked?: boolean;
  horizontal?: boolean;
}

export interface LineFigure extends FigureBase {
  kind: 'line';
  x: Axis;
  y: Axis;
  series: {
    name: string;
    points: [x: number, y: number][];
    /** Around the points, such as mean +- deviation. */
    band?: [x: number, low: number, high: number][];
  }[];
  marks?: Mark[];
}

export interface ScatterPoint {
  x: number;
  y: number;
  label: string;
  href?: string;
}

export interface ScatterFigure extends FigureBase {
  kind: 'scatter';
  x: Axis;
  y: Axis;
  series: { name: string; points: ScatterPoint[] }[];
  marks?: Mark[];
}

/** A straight line across a figure. */
export interface Mark {
  axis: 'x' | 'y';
  at: number;
  label: string;
}

export interface HeatmapFigure extends FigureBase {
  kind: 'heatmap';
  rows: string[];
  columns: string[];
  row: Axis;
  column: Axis;
  /** Row-major. */
  values: (number | null)[];
  value: Axis;
}

/** Paths that branch, such as a search's hypotheses: a node after its parent, from left to right. */
export interface TreeFigure extends FigureBase {
  kind: 'tree';
  /** What a step to the right is. */
  depth: Axis;
  value: Axis;
  /** What becomes of paths, the most important first; a node's `group` is a position in it. */
  groups: string[];
  /** Parents before their children; children of one parent from top to bottom. */
  nodes: TreeNode[];
}

export interface TreeNode {
  label: string;
  /** Position of its parent in `nodes`; null for the root. */
  parent: number | null;
  value: number | null;
  group: number;
}

/** How far each node is from its root. */
export function treeDepths({ nodes }: Pick<TreeFigure, 'nodes'>): number[] {
  const depths: number[] = [];
  for (const { parent } of nodes) depths.push(parent === null ? 0 : (depths[parent] ?? 0) + 1);
  return depths;
}

/** A text as tokens, colored by a value; a span with offsets leads to the editor. */
export interface TokensFigure extends FigureBase {
  kind: 'tokens';
  value: Axis;
  /** Positive and negative values in two colors. */
  signed?: boolean;
  tokens: TokenValue[];
}

export interface TokenValue {
  text: string;
  value: number | null;
  /** Range in the probe's text; absent for tokens that it does not hold. */
  span?: TextSpan;
}

/** A range of the probe's text: UTF-16 code units of one segment. */
export interface TextSpan {
  segment: number;
  start: number;
  end: number;
}

/** A model as boxes and the ways between them. */
export interface DiagramFigure extends FigureBase {
  kind: 'diagram';
  diagram: BlockDiagram;
  /** Parameters of the whole model: boxes show their part of it. */
  total: number;
  /** Ids of the boxes whose inside is shown at first. */
  unfolded: string[];
  /** What there is to say of a box, and to do about it, by its id. */
  boxes: Record<string, { text: string; actions: BoxAction[] }>;
}

export type Figure =
  BarFigure | LineFigure | ScatterFigure | HeatmapFigure | TreeFigure | TokensFigure | DiagramFigure;
/** Figures that are drawn as charts. */
export type Chart = Exclude<Figure, TokensFigure | DiagramFigure>;

const UNITS = ['', ' K', ' M', ' B', ' T'];
const BYTE_UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** A number for people, in US English; a dash for null. Bytes are decimal: 1 KB = 1000 bytes. */
export function formatNumber(value: number | null, format: Format = 'significant'): string {
  if (value === null) return '–';
  if (!Number.isFinite(value)) return String(value);
  if (typeof format === 'number') return value.toFixed(format).replace(/^-(?=0(\.0*)?$)/, '');
  switch (format) {
    case 'count':
      return Math.round(value).toLocaleString('en-US');
    case 'percent':
      return `${(100 * value).toFixed(1)} %`;
    case 'date':
      return new Date(value).toISOString().slice(0, 10);
    case 'compact':
      return scaled(value, UNITS, '');
    case 'bytes':
      return scaled(value, BYTE_UNITS, ' ');
    case 'significant':
      return significant(value, 4);
  }
}

export function formatCell(cell: Cell, column: Column | undefined): string {
  if (typeof cell === 'number' || cell === null) return formatNumber(cell, column?.format);
  return typeof cell === 'string' ? cell : cell.text;
}

/** The numbers behind a figure, so that every picture has a table beside it. */
export function figureTable(figure: Figure): Table {
  const { id, title } = figure;
  return { kind: 'table', id, title, ...tableOf(figure) };
}

/** Every table of a report: its own, and those behind its figures. */
export function reportTables({ parts }: Report): Table[] {
  return parts.map((part) => (part.kind === 'table' ? part : figureTable(part)));
}

function tableOf(figure: Figure): Pick<Table, 'columns' | 'rows'> {
  switch (figure.kind) {
    case 'bar':
      return barTable(figure);
    case 'line':
      return lineTable(figure);
    case 'scatter':
      return scatterTable(figure);
    case 'heatmap':
      return heatmapTable(figure);
    case 'tree':
      return treeTable(figure);
    case 'tokens':
      return {
        columns: [
          { label: l10n.t('Position'), format: 'count' },
          { label: l10n.t('Token') },
          columnOf(figure.value),
        ],
        rows: figure.tokens.map(({ text, value }, position) => [position, text, value]),
      };
    case 'diagram':
      return diagramTable(figure);
  }
}

function barTable({ categories, category, value, series }: BarFigure): Pick<Table, 'columns' | 'rows'> {
  return {
    columns: [
      { label: category.label },
      ...series.map(({ name }) => ({ ...columnOf(value), label: name || value.label })),
    ],
    rows: categories.map((name, i) => [name, ...series.map(({ values }) => values[i] ?? null)]),
  };
}

function lineTable({ x, y, series }: LineFigure): Pick<Table, 'columns' | 'rows'> {
  const hasBand = series.some(({ band }) => band);
  return {
    columns: [
      { label: l10n.t('Line') },
      columnOf(x),
      columnOf(y),
      ...(hasBand ? [{ ...columnOf(y), label: l10n.t('Low') }] : []),
      ...(hasBand ? [{ ...columnOf(y), label: l10n.t('High') }] : []),
    ],
    rows: series.flatMap(({ name, points, band }) =>
      points.map(([at, value], i) => [
        name,
        at,
        value,
        ...(hasBand ? [band?.[i]?.[1] ?? null, band?.[i]?.[2] ?? null] : []),
      ]),
    ),
  };
}

function scatterTable({ x, y, series }: ScatterFigure): Pick<Table, 'columns' | 'rows'> {
  return {
    columns: [{ label: l10n.t('Point') }, { label: l10n.t('Group') }, columnOf(x), columnOf(y)],
    rows: series.flatMap(({ name, points }) =>
      points.map((point) => [
        point.href === undefined ? point.label : { text: point.label, href: point.href },
        name,
        point.x,
        point.y,
      ]),
    ),
  };
}

function heatmapTable({ rows, columns, row, values, value }: HeatmapFigure): Pick<Table, 'columns' | 'rows'> {
  return {
    columns: [{ label: row.label }, ...columns.map((label) => ({ ...columnOf(value), label }))],
    rows: rows.map((label, r) => [label, ...columns.map((_, c) => values[r * columns.length + c] ?? null)]),
  };
}

/** Every box, those inside of another behind it, with where its lines lead. */
function diagramTable({ diagram, total }: DiagramFigure): Pick<Table, 'columns' | 'rows'> {
  const rowsOf = ({ nodes, edges }: BlockDiagram, inside: string): Cell[][] => {
    const names = new Map(nodes.map((node) => [node.id, boxName(node)]));
    return nodes.flatMap((node): Cell[][] => {
      const ways = edges.filter(({ from }) => from === node.id);
      const leads = ways.map(
        ({ to, kind }) => `${names.get(to) ?? to}${kind === 'data' ? '' : ` (${kind})`}`,
      );
      const share = node.parameters > 0 && total > 0 ? node.parameters / total : null;
      const own: Cell[] = [boxName(node), inside, node.count ?? 1, node.parameters, share, leads.join(', ')];
      return [own, ...(node.children ? rowsOf(node.children, boxName(node)) : [])];
    });
  };
  return {
    columns: [
      { label: l10n.t('Box') },
      { label: l10n.t('Inside of') },
      { label: l10n.t('Times'), format: 'count' },
      { label: l10n.t('Parameters'), format: 'count' },
      { label: l10n.t('Share'), format: 'percent' },
      { label: l10n.t('Leads to') },
    ],
    rows: rowsOf(diagram, ''),
  };
}

/** A box in words; those without a label are the input of a block and the sums of its residual stream. */
export function boxName({ label, kind }: Pick<BlockNode, 'label' | 'kind'>): string {
  if (kind === 'add') return l10n.t('Addition to the residual stream');
  return label === '' ? l10n.t('Input of the block') : label;
}

function treeTable({ nodes, groups, depth, value }: TreeFigure): Pick<Table, 'columns' | 'rows'> {
  const depths = treeDepths({ nodes });
  return {
    columns: [
      { label: l10n.t('Node'), format: 'count' },
      { label: l10n.t('After'), format: 'count' },
      { ...columnOf(depth), format: 'count' },
      { label: l10n.t('Label') },
      columnOf(value),
      { label: l10n.t('Path') },
    ],
    rows: nodes.map((node, i) => [
      i,
      node.parent,
      depths[i] ?? 0,
      node.label,
      node.value,
      groups[node.group] ?? '',
    ]),
  };
}

function columnOf({ label, format }: Axis): Column {
  return { label, format: format ?? 'significant' };
}

function scaled(value: number, units: readonly string[], gap: string): string {
  let size = Math.abs(value);
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  const digits = unit === 0 ? String(Math.round(size * 1000) / 1000) : size.toPrecision(3);
  return `${value < 0 ? '-' : ''}${digits}${gap}${units[unit] ?? ''}`;
}

function significant(value: number, digits: number): string {
  if (value === 0) return '0';
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return value.toLocaleString('en-US');
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(digits - 1);
  return size >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(digits);
}
