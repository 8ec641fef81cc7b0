import type { Overview } from '../../../src/shared/attention';
import { paintBytes } from '../../charts/painter';
import { pixelCanvas } from '../../charts/viewportImage';
import { changeDetector, h } from '../../ui/dom';
import { scaleOf } from './palette';
import { BESIDE, KIND_NAMES, tabOf } from './view';
import type { Actions, Part, View } from './view';

type OverviewLayer = Overview['layers'][number];

const LABEL_PX = 26;
const GAP_PX = 2;
const LARGEST_PX = 64;

/** Every head of the chosen kind as a thumbnail: layers down, heads across, all on one canvas under a grid of buttons. */
export function createOverview(actions: Actions): Part {
  const canvas = h('canvas', { attributes: { 'aria-hidden': 'true' } });
  const grid = h('div', { class: 'head-grid', attributes: { role: 'grid', 'aria-label': 'All heads' } });
  const board = h('div', { class: 'overview-board' }, canvas, grid);
  const caption = h('p', { class: 'hint' });
  const element = h('section', { class: 'overview' }, h('h2', {}, 'All heads'), board, caption);
  let view: View | null = null;
  let width = 0;
  const rebuild = changeDetector();
  const repaint = changeDetector();

  const draw = () => {
    const layers = view ? layersOfKind(view) : [];
    if (!view || layers.length === 0 || width === 0) return;
    const size = cellSize(width, layers);
    if (rebuild(view.overview, view.state.kind, size)) buildGrid(grid, layers, size);
    if (repaint(view.overview, view.state.kind, size, view.theme, view.state.scale, devicePixelRatio)) {
      paintBoard(canvas, view, layers, size);
    }
    markChosen(grid, view);
    caption.textContent = captionOf(view, layers);
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

/** One row a layer, one button a head; the pictures lie on the canvas below. */
function buildGrid(grid: HTMLElement, layers: OverviewLayer[], size: number): void {
  const heads = Math.max(...layers.map((layer) => layer.heads));
  const every = size >= 16 ? 1 : Math.ceil(16 / size);
  grid.style.gridTemplateColumns = `${LABEL_PX}px repeat(${heads}, ${size}px)`;
  grid.style.gridAutoRows = `${size}px`;
  grid.style.gridTemplateRows = '18px';
  const label = (text: string, role: string) =>
    h('span', { class: 'head-label', attributes: { role } }, text);
  const top = h('div', { class: 'head-row', attributes: { role: 'row' } }, label('', 'presentation'));
  for (let head = 0; head < heads; head++)
    top.append(label(head % every ? '' : String(head), 'columnheader'));
  const rows = layers.map((layer) => {
    const row = h(
      'div',
      { class: 'head-row', attributes: { role: 'row' } },
      label(String(layer.layer), 'rowheader'),
    );
    for (let head = 0; head < layer.heads; head++) row.append(headButton(layer.layer, head));
    for (let head = layer.heads; head < heads; head++) row.append(label('', 'presentation'));
    return row;
  });
  grid.replaceChildren(top, ...rows);
}

function headButton(layer: number, head: number): HTMLElement {
  const name = `Layer ${layer}, head ${head}`;
  const attributes = {
    role: 'gridcell',
    tabindex: '-1',
    'aria-label': name,
    'data-layer': String(layer),
    'data-head': String(head),
  };
  return h('div', { class: 'head', title: name, attributes });
}

function paintBoard(canvas: HTMLCanvasElement, view: View, layers: OverviewLayer[], size: number): void {
  const heads = Math.max(...layers.map((layer) => layer.heads));
  const ratio = devicePixelRatio;
  canvas.width = Math.round(heads * size * ratio);
  canvas.height = Math.round(layers.length * size * ratio);
  canvas.style.width = `${heads * size}px`;
  canvas.style.height = `${layers.length * size}px`;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.imageSmoothingQuality = 'high';
  const scale = scaleOf(view.theme);
  layers.forEach((layer, row) => {
    for (let head = 0; head < layer.heads; head++) {
      const length = layer.rows * layer.columns;
      const bytes = (view.overview as Overview).bytes.subarray(
        layer.byteOffset + head * length,
        layer.byteOffset + (head + 1) * length,
      );
      const maximum = view.state.scale === 'absolute' ? 255 : largest(bytes);
      const picture = pixelCanvas(paintBytes(bytes, layer.columns, scale, maximum, layer.kind === 'decoder'));
      const side = (size - GAP_PX) * ratio;
      context.imageSmoothingEnabled = layer.columns > side;
      context.drawImage(
        picture,
        (head * size + GAP_PX / 2) * ratio,
        (row * size + GAP_PX / 2) * ratio,
        side,
        side,
      );
    }
  });
}

function largest(bytes: Uint8Array): number {
  let maximum = 0;
  for (const byte of bytes) if (byte > maximum) maximum = byte;
  return maximum;
}

function markChosen(grid: HTMLElement, { state }: View): void {
  for (const old of grid.querySelectorAll('.chosen')) {
    old.classList.remove('chosen');
    old.setAttribute('tabindex', '-1');
    old.setAttribute('aria-selected', 'false');
  }
  const chosen = headAt(grid, state.layer, state.head);
  chosen?.classList.add('chosen');
  chosen?.setAttribute('tabindex', '0');
  chosen?.setAttribute('aria-selected', 'true');
}

function headAt(grid: HTMLElement, layer: number, head: number): HTMLElement | null {
  return grid.querySelector<HTMLElement>(`[data-layer="${layer}"][data-head="${head}"]`);
}

function captionOf({ state }: View, layers: OverviewLayer[]): string {
  const kind = state.kind ? KIND_NAMES[state.kind] : '';
  return `${kind}: ${layers.length} layers down, heads across. Outlined: layer ${state.layer}, head ${state.head}.`;
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
    actions.choose(address);
    headAt(grid, address.layer, address.head)?.focus();
    actions.say(`Layer ${address.layer}, head ${address.head}`);
  };
  grid.addEventListener('pointerover', (event) => {
    const address = addressAt(event);
    if (address) caption.textContent = `Layer ${address.layer}, head ${address.head}`;
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
    const next = { layer: address.layer + move[0], head: address.head + move[1] };
    if (headAt(grid, next.layer, next.head)) choose(next);
  });
}
