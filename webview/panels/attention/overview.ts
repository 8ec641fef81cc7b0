import * as l10n from '@vscode/l10n';
import { OPENING_RULE } from '../../../src/shared/attention';
import type { Overview } from '../../../src/shared/attention';
import { paintBytes } from '../../charts/painter';
import { pixelCanvas } from '../../charts/viewportImage';
import { select } from '../../ui/controls';
import { changeDetector, h } from '../../ui/dom';
import { labelText, METRICS, metricsFor } from '../../../src/shared/metrics';
import type { HeadTable, MetricName } from '../../../src/shared/metrics';
import { scaleOf } from './palette';
import { BESIDE, KIND_NAMES, tabOf } from './view';
import type { Actions, Part, View } from './view';

type OverviewLayer = Overview['layers'][number];

/** A row of thumbnails: the heads of one layer, or, ordered by a measure, the next so many heads. */
interface BoardRow {
  label: string;
  cells: { entry: OverviewLayer; head: number }[];
}

const LABEL_PX = 26;
const GAP_PX = 2;
const LARGEST_PX = 64;

/** Every head of the chosen kind as a thumbnail: layers down, heads across, all on one canvas under a grid of buttons. */
export function createOverview(actions: Actions): Part {
  const canvas = h('canvas', { attributes: { 'aria-hidden': 'true' } });
  const grid = h('div', {
    class: 'head-grid',
    attributes: { role: 'grid', 'aria-label': l10n.t('All heads') },
  });
  const board = h('div', { class: 'overview-board' }, canvas, grid);
  const caption = h('p', { class: 'hint' });
  let orders: MetricName[] = [];
  const order = select(l10n.t('Order'), (index) =>
    actions.setState({ order: index ? orders[index - 1] : undefined }),
  );
  const top = h('div', { class: 'overview-head' }, h('h2', {}, l10n.t('All heads')), order.element);
  const element = h('section', { class: 'overview' }, top, board, caption);
  const setOrders = ({ state: { kind, order: chosen } }: View) => {
    orders = kind ? metricsFor(kind) : [];
    const titles = orders.map((name) => METRICS[name].title);
    order.set([l10n.t('By layer'), ...titles], chosen ? orders.indexOf(chosen) + 1 : 0);
  };
  /** Asked for only where they are wanted. */
  const metricsOf = ({ snapshot: { result }, state }: View) =>
    result && state.order ? actions.fetch('headMetrics', { runId: result.runId }).value : null;
  let view: View | null = null;
  let width = 0;
  let chosen: HTMLElement | null = null;
  const rebuild = changeDetector();
  const repaint = changeDetector();

  const draw = () => {
    const layers = view ? layersOfKind(view) : [];
    if (!view || layers.length === 0 || width === 0) return;
    const size = cellSize(width, layers);
    setOrders(view);
    const rows = boardRows(view, layers, metricsOf(view));
    const placed = rows
      .flatMap(({ cells }) => cells.map(({ entry, head }) => `${entry.layer}.${head}`))
      .join();
    if (rebuild(view.overview, view.state.kind, size, placed))
      buildGrid(grid, rows, size, view.state.order === undefined);
    const { kind, scale } = view.state;
    if (repaint(view.overview, kind, size, view.theme, scale, devicePixelRatio, placed)) {
      paintBoard(canvas, view, rows, size);
    }
    chosen = markChosen(grid, chosen, view);
    caption.textContent = captionOf(view, layers);
    caption.title = isOpening(view) ? l10n.t`Views open at ${OPENING_RULE}.` : '';
  };
  new ResizeObserver(([entry]) => {
    width = Math.floor(entry?.contentRect.width ?? 0);
    draw();
  }).observe(board);
  listenToGrid(grid, actions, () => view, caption);
  return {
    element,
    update(next: View) {
      view = next;
      element.hidden = !next.snapshot.result || !BESIDE.has(tabOf(next.state));
      draw();
    },
  };
}

function layersOfKind({ overview, state }: View): OverviewLayer[] {
  return (overview?.layers ?? []).filter(({ kind }) => kind === state.kind).sort((a, b) => a.layer - b.layer);
}

function cellSize(width: number, layers: OverviewLayer[]): number {
  const columns = Math.max(...layers.map(({ heads }) => heads));
  return Math.max(4, Math.min(LARGEST_PX, Math.floor((width - LABEL_PX) / columns)));
}

/** Layers down and heads across; or all heads of the kind from the largest value of the chosen measure to the smallest. */
function boardRows(
  { state: { kind, order } }: View,
  layers: OverviewLayer[],
  table: HeadTable | null,
): BoardRow[] {
  const rows = layers.map((entry) => ({
    label: String(entry.layer),
    cells: Array.from({ length: entry.heads }, (_, head) => ({ entry, head })),
  }));
  if (!order || !table) return rows;
  const values = new Map(
    table.heads.filter((one) => one.kind === kind).map((one) => [`${one.layer}.${one.head}`, one.raw[order]]),
  );
  const value = ({ entry, head }: BoardRow['cells'][number]) =>
    values.get(`${entry.layer}.${head}`) ?? -Infinity;
  const sorted = rows.flatMap(({ cells }) => cells).sort((a, b) => value(b) - value(a));
  const width = Math.max(...layers.map(({ heads }) => heads));
  return Array.from({ length: Math.ceil(sorted.length / width) }, (_, row) => ({
    label: String(row * width + 1),
    cells: sorted.slice(row * width, (row + 1) * width),
  }));
}

/** One button a head; the pictures lie on the canvas below. */
function buildGrid(grid: HTMLElement, rows: BoardRow[], size: number, byLayer: boolean): void {
  const heads = Math.max(...rows.map(({ cells }) => cells.length));
  const every = size >= 16 ? 1 : Math.ceil(16 / size);
  grid.style.gridTemplateColumns = `${LABEL_PX}px repeat(${heads}, ${size}px)`;
  grid.style.gridAutoRows = `${size}px`;
  grid.style.gridTemplateRows = '18px';
  const label = (text: string, role: string) =>
    h('span', { class: 'head-label', attributes: { role } }, text);
  const top = h('div', { class: 'head-row', attributes: { role: 'row' } }, label('', 'presentation'));
  for (let head = 0; head < heads; head++)
    top.append(label(head % every || !byLayer ? '' : String(head), 'columnheader'));
  const lines = rows.map(({ label: name, cells }) => {
    const line = h('div', { class: 'head-row', attributes: { role: 'row' } }, label(name, 'rowheader'));
    for (const { entry, head } of cells) line.append(headButton(entry.layer, head));
    for (let head = cells.length; head < heads; head++) line.append(label('', 'presentation'));
    return line;
  });
  grid.replaceChildren(top, ...lines);
}

function headButton(layer: number, head: number): HTMLElement {
  const name = l10n.t`Layer ${layer}, head ${head}`;
  const attributes = {
    role: 'gridcell',
    tabindex: '-1',
    'aria-label': name,
    'data-layer': String(layer),
    'data-head': String(head),
  };
  return h('div', { class: 'head', title: name, attributes });
}

function paintBoard(canvas: HTMLCanvasElement, view: View, rows: BoardRow[], size: number): void {
  const heads = Math.max(...rows.map(({ cells }) => cells.length));
  const ratio = devicePixelRatio;
  canvas.width = Math.round(heads * size * ratio);
  canvas.height = Math.round(rows.length * size * ratio);
  canvas.style.width = `${heads * size}px`;
  canvas.style.height = `${rows.length * size}px`;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.imageSmoothingQuality = 'high';
  const side = (size - GAP_PX) * ratio;
  const { pictures, width, height } = paintPictures(view, rows, heads);
  rows.forEach(({ cells }, row) =>
    cells.forEach(({ entry }, column) => {
      context.imageSmoothingEnabled = entry.columns > side;
      const [x, y] = [(column * size + GAP_PX / 2) * ratio, (row * size + GAP_PX / 2) * ratio];
      const from = [column * width, row * height, entry.columns, entry.rows] as const;
      context.drawImage(pictures, ...from, x, y, side, side);
    }),
  );
}

/** All thumbnails a pixel a cell, side by side in one image: an image for each costs more than painting them. */
function paintPictures(
  view: View,
  rows: BoardRow[],
  heads: number,
): { pictures: HTMLCanvasElement; width: number; height: number } {
  const entries = rows.flatMap(({ cells }) => cells.map(({ entry }) => entry));
  const width = Math.max(...entries.map(({ columns }) => columns));
  const height = Math.max(...entries.map((entry) => entry.rows));
  const pixels = new ImageData(heads * width, rows.length * height);
  const { bytes } = view.overview as Overview;
  const scale = scaleOf(view.theme);
  rows.forEach(({ cells }, row) =>
    cells.forEach(({ entry: { kind, rows: high, columns, byteOffset }, head }, column) => {
      const start = byteOffset + head * high * columns;
      const picture = bytes.subarray(start, start + high * columns);
      const maximum = view.state.scale === 'absolute' ? 255 : largest(picture);
      const place = { x: column * width, y: row * height };
      paintBytes(picture, columns, scale, maximum, kind === 'decoder', pixels, place);
    }),
  );
  return {
    pictures: pixelCanvas({ width: pixels.width, height: pixels.height, rgba: pixels.data }),
    width,
    height,
  };
}

function largest(bytes: Uint8Array): number {
  let maximum = 0;
  for (const byte of bytes) if (byte > maximum) maximum = byte;
  return maximum;
}

/** Moves the outline and the grid's tab stop to the chosen head, and gives it. */
function markChosen(grid: HTMLElement, before: HTMLElement | null, { state }: View): HTMLElement | null {
  const chosen = headAt(grid, state.layer, state.head);
  if (chosen === before) return chosen;
  before?.classList.remove('chosen');
  before?.setAttribute('tabindex', '-1');
  before?.setAttribute('aria-selected', 'false');
  chosen?.classList.add('chosen');
  if (chosen?.tabIndex !== 0) chosen?.setAttribute('tabindex', '0');
  chosen?.setAttribute('aria-selected', 'true');
  return chosen;
}

function headAt(grid: HTMLElement, layer: number, head: number): HTMLElement | null {
  return grid.querySelector<HTMLElement>(`[data-layer="${layer}"][data-head="${head}"]`);
}

function captionOf(view: View, layers: OverviewLayer[]): string {
  const { state } = view;
  const kind = state.kind ? KIND_NAMES[state.kind] : '';
  if (state.order) {
    const { title, formula } = METRICS[state.order];
    return l10n.t`${kind}, from the largest “${title}” to the smallest: ${formula}. Outlined: layer ${state.layer}, head ${state.head}.`;
  }
  const opened = isOpening(view) ? l10n.t(', where the view opened') : '';
  return l10n.t`${kind}: ${layers.length} layers down, heads across. Outlined: layer ${state.layer}, head ${state.head}${opened}.`;
}

function isOpening({ snapshot: { result }, state: { kind, layer, head } }: View): boolean {
  const { opening } = result ?? {};
  return opening?.kind === kind && opening?.layer === layer && opening.head === head;
}

/** A head's name, what it is called, and some measures once they are there: they are asked for when first wanted. */
function factsOf(view: View, actions: Actions, layer: number, head: number): string {
  const name = l10n.t`Layer ${layer}, head ${head}`;
  const { result } = view.snapshot;
  const { kind } = view.state;
  const table = result && actions.fetch('headMetrics', { runId: result.runId }).value;
  const found = table?.heads.find((one) => one.kind === kind && one.layer === layer && one.head === head);
  if (!found) return name;
  const { entropy, distance, sink } = found.raw;
  const parts = [
    labelText(found.labels),
    entropy === null ? '' : l10n.t`entropy ${entropy.toFixed(2)} nats`,
    distance === null ? '' : l10n.t`mean distance ${distance.toFixed(1)} tokens`,
    sink === null ? '' : l10n.t`on sinks ${sink.toFixed(2)}`,
  ];
  return `${name}: ${parts.filter(Boolean).join(' · ')}`;
}

/** The head so many rows down and columns right on the board. */
function neighbour(cell: HTMLElement, down: number, right: number): { layer: number; head: number } | null {
  const line = cell.parentElement;
  const column = [...(line?.querySelectorAll('.head') ?? [])].indexOf(cell) + right;
  const to = down === 0 ? line : down > 0 ? line?.nextElementSibling : line?.previousElementSibling;
  const found = to?.querySelectorAll<HTMLElement>('.head')[column];
  return found ? { layer: Number(found.dataset.layer), head: Number(found.dataset.head) } : null;
}

const MOVES: Record<string, [layer: number, head: number] | undefined> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

function listenToGrid(
  grid: HTMLElement,
  actions: Actions,
  view: () => View | null,
  caption: HTMLElement,
): void {
  const addressAt = (event: Event) => {
    const { layer, head } = (event.target as HTMLElement).dataset;
    return layer === undefined || head === undefined ? null : { layer: Number(layer), head: Number(head) };
  };
  const choose = (address: { layer: number; head: number }) => {
    // The focus first: moved after everything has changed, it would have the page laid out once more.
    const head = headAt(grid, address.layer, address.head);
    head?.setAttribute('tabindex', '0');
    head?.focus();
    actions.choose(address);
    actions.say(l10n.t`Layer ${address.layer}, head ${address.head}`);
  };
  grid.addEventListener('pointerover', (event) => {
    const address = addressAt(event);
    const now = view();
    if (address && now) caption.textContent = factsOf(now, actions, address.layer, address.head);
  });
  grid.addEventListener('pointerleave', () => {
    const now = view();
    if (now) caption.textContent = captionOf(now, layersOfKind(now));
  });
  grid.addEventListener('click', (event) => {
    const address = addressAt(event);
    if (address) choose(address);
  });
  grid.addEventListener('keydown', (event) => {
    const address = addressAt(event);
    const move = MOVES[event.key];
    if (!address || !move) return;
    event.preventDefault();
    const next = neighbour(event.target as HTMLElement, ...move);
    if (next) choose(next);
  });
}
