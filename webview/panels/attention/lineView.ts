import * as l10n from '@vscode/l10n';
import { itemLabel, shorten } from '../../charts/labels';
import { paintLines } from '../../charts/linePainter';
import type { LineColumn, LineLayout } from '../../charts/linePainter';
import { nearestLink, strongestLinks } from '../../charts/links';
import type { Focus, Links } from '../../charts/links';
import type { Rgb } from '../../charts/colour';
import type { Theme } from '../../theme';
import { changeDetector, h } from '../../ui/dom';
import type { Palette } from './palette';
import type { Shown } from './shown';

/** Rows and columns under the pointer or the keyboard, and the link, if it is on one. */
export interface LinePlace extends Focus {
  link: { weight: number; head: number } | null;
}

export interface LineDrawing {
  /** At least one; all with the axes of the first. */
  matrices: Shown[];
  colours: Rgb[];
  palette: Palette;
  chosen: Focus;
  pointed: Focus;
  theme: Theme;
}

interface LineEvents {
  pointed(place: LinePlace | null): void;
  chosen(place: LinePlace | null): void;
  spoken(place: LinePlace): void;
}

const READABLE_ROW_PX = 17;
const LARGEST_ROW_PX = 28;
const MOST_HEIGHT_PX = 720;
const WIDEST_PX = 760;
const REACH_PX = 5;
const NONE: Focus = { query: null, key: null };

/** The canvas of the lines: lays out, draws at most once a frame, and turns pixels and keys into tokens. */
export class LineView {
  readonly element: HTMLElement;
  private readonly canvas = h('canvas', { attributes: { 'aria-hidden': 'true' } });
  private readonly spacer = h('div', { class: 'line-spacer' });
  private drawing: LineDrawing | null = null;
  private links: Links = strongestLinks([], NONE);
  private rowPx = 0;
  private width = 0;
  private hovered = -1;
  private frame = 0;
  private side: 'query' | 'key' = 'query';
  private readonly rebuild = changeDetector();
  private readonly refit = changeDetector();
  private names = { queries: [] as string[], keys: [] as string[], widest: 40 };

  constructor(private readonly events: LineEvents) {
    this.spacer.append(this.canvas);
    this.element = h(
      'div',
      {
        class: 'line-scroll',
        attributes: { tabindex: '0', role: 'application', 'aria-roledescription': l10n.t('attention lines') },
        on: {
          scroll: () => this.schedule(),
          pointermove: (event) => this.move(event),
          pointerleave: () => this.leave(),
          click: (event) => this.click(event),
          keydown: (event) => this.key(event),
          blur: () => this.events.pointed(null),
        },
      },
      this.spacer,
    );
    new ResizeObserver(([entry]) => {
      this.width = Math.min(WIDEST_PX, Math.floor(entry?.contentRect.width ?? 0));
      this.schedule();
    }).observe(this.element);
  }

  /** Takes what is to be drawn, and gives the links that will be. */
  draw(drawing: LineDrawing): Links {
    this.drawing = drawing;
    const focus = focusOf(drawing);
    if (this.rebuild(focus.query, focus.key, ...drawing.matrices)) {
      this.links = strongestLinks(
        drawing.matrices.map(({ matrix }) => matrix),
        focus,
      );
      this.hovered = -1;
    }
    const [first] = drawing.matrices;
    if (first && this.refit(first.queries, first.keys, drawing.theme)) this.fit(first, drawing.theme);
    this.schedule();
    return this.links;
  }

  label(summary: string): void {
    this.element.setAttribute('aria-label', summary);
  }

  /** Changes the height of rows by a factor, or shows all tokens at once. */
  zoom(factor: number | 'all'): void {
    const whole = this.whole();
    this.rowPx = factor === 'all' ? whole : Math.max(whole, Math.min(LARGEST_ROW_PX, this.rowPx * factor));
    this.schedule();
  }

  private fit({ queries, keys }: Shown, theme: Theme): void {
    const labels = (items: Shown['keys']['items']) => items.map((item) => shorten(itemLabel(item), 16));
    const context = this.context();
    context.font = `12px ${theme.monospace}`;
    this.names = { queries: labels(queries.items), keys: labels(keys.items), widest: 0 };
    for (const name of [...this.names.queries, ...this.names.keys])
      this.names.widest = Math.max(this.names.widest, context.measureText(name).width);
    this.rowPx = Math.max(READABLE_ROW_PX, Math.min(LARGEST_ROW_PX - 4, this.whole()));
  }

  /** Height of a row with all tokens in sight. */
  private whole(): number {
    return Math.min(LARGEST_ROW_PX, this.mostHeight() / Math.max(1, this.rows()));
  }

  private mostHeight(): number {
    return Math.max(280, Math.min(MOST_HEIGHT_PX, innerHeight - 160));
  }

  private rows(): number {
    return Math.max(this.names.queries.length, this.names.keys.length);
  }

  private schedule(): void {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.paint();
    });
  }

  private paint(): void {
    const { drawing } = this;
    if (!drawing || this.width === 0 || this.element.hidden) return;
    const layout = this.layout();
    this.spacer.style.height = `${Math.ceil(this.rows() * this.rowPx)}px`;
    this.element.style.height = `${layout.height + 2}px`;
    const ratio = devicePixelRatio;
    const [width, height] = [Math.round(layout.width * ratio), Math.round(layout.height * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      Object.assign(this.canvas, { width, height });
      this.canvas.style.width = `${layout.width}px`;
      this.canvas.style.height = `${layout.height}px`;
    }
    const context = this.context();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const { links, colours, palette, theme } = { ...drawing, links: this.links };
    paintLines(context, {
      layout,
      links,
      colours,
      ...palette,
      queries: this.column('query', drawing),
      keys: this.column('key', drawing),
      pointed: this.hovered,
      theme,
    });
  }

  private layout(): LineLayout {
    const label = Math.min(this.names.widest + 16, this.width * 0.34);
    const height = Math.min(Math.ceil(this.rows() * this.rowPx), this.mostHeight());
    return {
      width: this.width,
      height,
      left: label,
      right: this.width - label,
      rowPx: this.rowPx,
      scroll: this.element.scrollTop,
    };
  }

  /** Colours one side by the other side's chosen token. */
  private column(side: 'query' | 'key', drawing: LineDrawing): LineColumn {
    const [{ matrix, queries, keys }] = drawing.matrices as [Shown];
    const focus = focusOf(drawing);
    const items = side === 'query' ? queries.items : keys.items;
    const column = (key: number) =>
      Float32Array.from(
        { length: matrix.queries },
        (_, row) => matrix.weights[row * matrix.keys + key] as number,
      );
    const row = (query: number) => matrix.weights.subarray(query * matrix.keys, (query + 1) * matrix.keys);
    const weights =
      side === 'query' && focus.key !== null && focus.query === null
        ? column(focus.key)
        : side === 'key' && focus.query !== null
          ? row(focus.query)
          : null;
    return {
      labels: side === 'query' ? this.names.queries : this.names.keys,
      dim: items.map(({ special }) => special),
      weights,
      chosen: drawing.chosen[side],
      pointed: drawing.pointed[side],
    };
  }

  private placeAt(event: MouseEvent): LinePlace | null {
    const layout = this.layout();
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top + layout.scroll];
    const row = Math.floor(y / layout.rowPx);
    if (x < layout.left)
      return row < this.names.queries.length ? { query: row, key: null, link: null } : null;
    if (x > layout.right) return row < this.names.keys.length ? { query: null, key: row, link: null } : null;
    const across = (x - layout.left) / (layout.right - layout.left);
    this.hovered = nearestLink(this.links, across, y, layout.rowPx, REACH_PX);
    return this.placeOfLink(this.hovered);
  }

  private placeOfLink(link: number): LinePlace | null {
    if (link < 0) return null;
    const { query, key, weight, head } = this.links;
    return {
      query: query[link] as number,
      key: key[link] as number,
      link: { weight: weight[link] as number, head: head[link] as number },
    };
  }

  private move(event: MouseEvent): void {
    const before = this.hovered;
    this.hovered = -1;
    const place = this.placeAt(event);
    if (before !== this.hovered) this.schedule();
    this.element.classList.toggle('on-token', place !== null && place.link === null);
    this.events.pointed(place);
  }

  private leave(): void {
    this.hovered = -1;
    this.schedule();
    this.events.pointed(null);
  }

  private click(event: MouseEvent): void {
    const place = this.placeAt(event);
    if (place) this.side = place.query === null ? 'key' : 'query';
    this.events.chosen(place);
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    if (key === 'Escape') this.letGo();
    else if (key === 'Enter' || key === ' ') this.events.chosen(this.keyboardPlace(this.keyboardRow()));
    else if (key === '+' || key === '=') this.zoom(1.4);
    else if (key === '-') this.zoom(1 / 1.4);
    else if (key === '0') this.zoom('all');
    else if (!this.step(key)) return;
    event.preventDefault();
  }

  /** All links again. */
  private letGo(): void {
    this.events.chosen(null);
    this.events.pointed(null);
  }

  private step(key: string): boolean {
    const row = this.keyboardRow();
    const last = (this.side === 'query' ? this.names.queries : this.names.keys).length - 1;
    const to = {
      ArrowUp: row - 1,
      ArrowDown: row + 1,
      PageUp: row - 10,
      PageDown: row + 10,
      Home: 0,
      End: last,
    }[key];
    if (key === 'ArrowLeft') this.side = 'query';
    else if (key === 'ArrowRight') this.side = 'key';
    else if (to === undefined) return false;
    this.go(Math.max(0, Math.min(last, to ?? row)));
    return true;
  }

  private go(row: number): void {
    const top = row * this.rowPx;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + this.rowPx > scrollTop + clientHeight)
      this.element.scrollTop = top + this.rowPx - clientHeight;
    const place = this.keyboardPlace(row);
    this.events.pointed(place);
    this.events.spoken(place);
  }

  private keyboardRow(): number {
    const { pointed, chosen } = this.drawing ?? { pointed: NONE, chosen: NONE };
    return pointed[this.side] ?? chosen[this.side] ?? 0;
  }

  private keyboardPlace(row: number): LinePlace {
    return { query: null, key: null, [this.side]: row, link: null };
  }

  private context(): CanvasRenderingContext2D {
    return this.canvas.getContext('2d') as CanvasRenderingContext2D;
  }
}

/** The tokens whose links alone are drawn: the chosen ones, else the one pointed at on a side (not a single link's ends). */
function focusOf({ chosen, pointed }: LineDrawing): Focus {
  if (chosen.query !== null || chosen.key !== null) return chosen;
  return pointed.query !== null && pointed.key !== null ? NONE : pointed;
}
