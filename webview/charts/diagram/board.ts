import * as l10n from '@vscode/l10n';
import { h } from '../../ui/dom';
import { svg, toElement } from '../../ui/svg';
import { arrowHeads, drawLayout, inReadingOrder } from './draw';
import type { Marks } from './draw';
import type { Box, Layout } from './layout';
import { neighbour } from './neighbours';
import type { Direction } from './neighbours';
import { fit, reveal, zoomAt } from './viewport';
import type { Size, Viewport } from './viewport';

/** What a user does to boxes. */
export interface BoardActions {
  choose(box: Box): void;
  /** One stage further: modules, then operators. */
  unfold(box: Box): void;
  fold(box: Box): void;
}

const ARROWS: Record<string, Direction> = {
  ...{ ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right' },
};
const ZOOM_STEP = 1.25;
/** A press that moves less than this is a click. */
const CLICK_PX = 4;

/** The window onto the diagram: draws it, pans, zooms, and moves the choice with pointer and keys. */
export class Board {
  readonly element: HTMLElement;
  private readonly root = svg(
    'svg',
    { role: 'tree', 'aria-label': l10n.t('Block diagram') },
    toElement(arrowHeads()),
  );
  private drawn: SVGElement = svg('g');
  private layout: Layout = { width: 1, height: 1, boxes: [], routes: [] };
  private viewport: Viewport = { scale: 1, x: 0, y: 0 };
  private size: Size = { width: 0, height: 0 };
  /** False until the user zooms or moves: until then the picture is fitted. */
  private moved = false;

  constructor(private readonly actions: BoardActions) {
    this.root.append(this.drawn);
    this.element = h('div', { class: 'diagram-window' });
    this.element.append(this.root);
    new ResizeObserver(([entry]) => this.resize(entry?.contentRect)).observe(this.element);
    this.listen();
  }

  /** Draws a layout; the chosen box stays where it was on the screen. */
  show(layout: Layout, marks: Marks): void {
    const before = this.boxOf(marks.selected);
    const hadFocus = this.root.contains(document.activeElement);
    this.layout = layout;
    const drawn = toElement(drawLayout(layout, marks));
    this.drawn.replaceWith(drawn);
    this.drawn = drawn;
    const after = this.boxOf(marks.selected);
    if (before && after) this.shift(before, after);
    if (!this.moved) this.fit();
    else this.place();
    this.setTabStop(marks.selected);
    if (hadFocus) this.focus(marks.selected);
  }

  /** Another model: its picture is fitted. */
  reset(): void {
    this.moved = false;
  }

  fit(): void {
    this.moved = false;
    if (this.size.width > 0) this.viewport = fit(this.layout, this.size);
    this.place();
  }

  zoom(factor: number, x = this.size.width / 2, y = this.size.height / 2): void {
    this.moved = true;
    this.viewport = zoomAt(this.viewport, factor, x, y);
    this.place();
  }

  /** Brings a box into sight and, if asked, gives it the focus. */
  reveal(key: string): void {
    const box = this.boxOf(key);
    if (!box || this.size.width === 0) return;
    const next = reveal(this.viewport, box, this.size);
    if (next.x === this.viewport.x && next.y === this.viewport.y) return;
    this.moved = true;
    this.viewport = next;
    this.place();
  }

  focus(key: string | null): void {
    this.elementOf(key)?.focus({ preventScroll: true });
  }

  /** What is drawn, for pictures of it. */
  get picture(): { drawn: SVGElement; size: Size } {
    return { drawn: this.drawn, size: this.layout };
  }

  private boxOf(key: string | null): Box | undefined {
    return this.layout.boxes.find((box) => box.key === key);
  }

  private elementOf(key: string | null): SVGElement | null {
    return key === null ? null : this.drawn.querySelector(`[data-key="${CSS.escape(key)}"]`);
  }

  private shift(before: Box, after: Box): void {
    const { scale } = this.viewport;
    this.viewport.x += (before.x + before.width / 2 - after.x - after.width / 2) * scale;
    this.viewport.y += (before.y - after.y) * scale;
  }

  private resize(rect: Size | undefined): void {
    if (!rect) return;
    this.size = { width: rect.width, height: rect.height };
    if (!this.moved) this.fit();
  }

  private place(): void {
    const { scale, x, y } = this.viewport;
    this.drawn.setAttribute(
      'transform',
      `translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${scale.toFixed(4)})`,
    );
  }

  private setTabStop(key: string | null): void {
    const stop = this.elementOf(key) ?? this.drawn.querySelector('[role=treeitem]');
    stop?.setAttribute('tabindex', '0');
  }

  private listen(): void {
    this.root.addEventListener('keydown', (event) => this.pressed(event));
    this.root.addEventListener('click', (event) => this.clicked(event));
    this.root.addEventListener('dblclick', (event) => this.toggle(this.boxAt(event)));
    this.root.addEventListener('wheel', (event) => this.wheeled(event), { passive: false });
    this.root.addEventListener('pointerdown', (event) => this.dragged(event));
    this.root.addEventListener('focusin', (event) => {
      const box = this.boxAt(event);
      if (!box || !this.root.contains(event.relatedTarget as Node | null)) return;
      this.reveal(box.key);
    });
  }

  private boxAt({ target }: Event): Box | undefined {
    const key = (target as Element).closest('[data-key]')?.getAttribute('data-key');
    return this.boxOf(key ?? null);
  }

  private clicked(event: MouseEvent): void {
    const box = this.boxAt(event);
    if (!box) return;
    this.choose(box);
    if ((event.target as Element).classList.contains('toggle')) this.toggle(box);
  }

  private choose(box: Box): void {
    this.actions.choose(box);
    this.focus(box.key);
    this.reveal(box.key);
  }

  private toggle(box: Box | undefined): void {
    if (!box) return;
    if (box.stage === 'folded') this.actions.unfold(box);
    else this.actions.fold(box);
  }

  private pressed(event: KeyboardEvent): void {
    const box = this.boxAt(event);
    if (event.ctrlKey || event.metaKey || event.altKey || !box) return;
    if (!this.act(event.key, box)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** True if the key means something. */
  private act(key: string, box: Box): boolean {
    const direction = ARROWS[key];
    const order = inReadingOrder(this.layout.boxes);
    const to = direction
      ? neighbour(this.layout.boxes, box, direction)
      : { Home: order[0], End: order.at(-1) }[key];
    if (to) this.choose(to);
    else if (key === 'Enter' || key === ' ') this.actions.unfold(box);
    else if (key === 'Escape') this.foldFrom(box);
    else if (key === '+' || key === '=') this.zoom(ZOOM_STEP);
    else if (key === '-') this.zoom(1 / ZOOM_STEP);
    else if (key === '0') this.fit();
    else return direction !== undefined;
    return true;
  }

  /** Folds the box, or the one around it and goes there. */
  private foldFrom(box: Box): void {
    if (box.stage !== 'folded') return this.actions.fold(box);
    const parent = this.boxOf(box.parent);
    if (!parent) return;
    this.actions.choose(parent);
    this.actions.fold(parent);
  }

  private wheeled(event: WheelEvent): void {
    // The wheel alone scrolls the page.
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const { left, top } = this.root.getBoundingClientRect();
    this.zoom(Math.exp(-event.deltaY / 300), event.clientX - left, event.clientY - top);
  }

  private dragged(event: PointerEvent): void {
    if (event.button !== 0) return;
    const [startX, startY] = [event.clientX - this.viewport.x, event.clientY - this.viewport.y];
    let isDrag = false;
    const move = ({ clientX, clientY }: PointerEvent) => {
      isDrag ||= Math.hypot(clientX - event.clientX, clientY - event.clientY) > CLICK_PX;
      if (!isDrag) return;
      this.moved = true;
      this.viewport = { ...this.viewport, x: clientX - startX, y: clientY - startY };
      this.place();
    };
    const end = new AbortController();
    const { signal } = end;
    window.addEventListener('pointermove', move, { signal });
    window.addEventListener('pointerup', () => end.abort(), { signal });
    window.addEventListener('pointercancel', () => end.abort(), { signal });
  }
}
