import { h } from './dom';

export interface Column<T> {
  name: string;
  /** CSS width, such as `9em`; the first column takes what is left. */
  width: string;
  number?: boolean;
  /** Whether a press on the head sorts by it. */
  sorts?: boolean;
  cell(row: T): string | Node;
}

export interface TableOptions<T> {
  label: string;
  columns: Column<T>[];
  /** A row was clicked, or Enter pressed on it. */
  chosen?(index: number): void;
  sorted?(column: number): void;
  /** Rows now in sight, for those that load them. */
  inSight?(from: number, to: number): void;
}

const ROW_PX = 24;
/** Rows drawn above and below those in sight. */
const SPARE = 12;
let tables = 0;

/**
 * A table of any length: only the rows in sight are in the page. Arrow keys, Page Up and Down, Home and End move; a row
 * that is not there yet is drawn empty.
 */
export class VirtualTable<T> {
  readonly element: HTMLElement;
  private readonly id = `table-${tables++}`;
  private readonly body = h('tbody');
  private readonly table: HTMLTableElement;
  private readonly heads: HTMLElement[];
  private count = 0;
  private rowAt: (index: number) => T | null = () => null;
  private active = -1;
  private drawn: [from: number, to: number] = [-1, -1];

  constructor(private readonly options: TableOptions<T>) {
    this.heads = options.columns.map((column, i) => this.head(column, i));
    const columns = options.columns.map(({ width }) => {
      const col = h('col');
      col.style.width = width;
      return col;
    });
    const attributes = { role: 'grid', tabindex: '0', 'aria-label': options.label };
    this.table = h(
      'table',
      { class: 'virtual', attributes },
      h('colgroup', {}, ...columns),
      h('thead', {}, h('tr', {}, ...this.heads)),
      this.body,
    );
    this.element = h(
      'div',
      { class: 'table-scroll virtual-scroll', on: { scroll: () => this.draw() } },
      this.table,
    );
    this.table.addEventListener('keydown', (event) => this.pressed(event));
    this.body.addEventListener('click', (event) => this.clicked(event));
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  /** Replaces the rows and goes to the top. */
  setRows(count: number, rowAt: (index: number) => T | null): void {
    this.count = count;
    this.rowAt = rowAt;
    this.active = -1;
    this.table.setAttribute('aria-rowcount', String(count + 1));
    this.element.scrollTop = 0;
    this.redraw();
  }

  /** Draws the rows in sight again: some of them have come. */
  redraw(): void {
    this.drawn = [-1, -1];
    this.draw();
  }

  /** Marks a row and brings it into sight; -1 for none. */
  mark(index: number): void {
    if (index === this.active) return;
    this.active = index;
    if (index >= 0) this.scrollTo(index);
    this.redraw();
  }

  setSort(column: number, ascending: boolean): void {
    this.heads.forEach((head, i) => {
      head.setAttribute('aria-sort', i !== column ? 'none' : ascending ? 'ascending' : 'descending');
    });
  }

  private head({ name, number, sorts }: Column<T>, index: number): HTMLElement {
    const label = sorts
      ? h('button', { class: 'sort', on: { click: () => this.options.sorted?.(index) } }, name)
      : name;
    return h('th', { class: number ? 'number' : '', attributes: { scope: 'col' } }, label);
  }

  private draw(): void {
    const { scrollTop, clientHeight } = this.element;
    const from = Math.max(0, Math.floor(scrollTop / ROW_PX) - SPARE);
    const to = Math.min(this.count, Math.ceil((scrollTop + clientHeight) / ROW_PX) + SPARE);
    if (from === this.drawn[0] && to === this.drawn[1]) return;
    this.drawn = [from, to];
    const rows = Array.from({ length: Math.max(0, to - from) }, (_, i) => this.row(from + i));
    this.body.replaceChildren(spacer(from), ...rows, spacer(this.count - to));
    this.setActive();
    this.options.inSight?.(from, to);
  }

  private row(index: number): HTMLElement {
    const row = this.rowAt(index);
    const cells = this.options.columns.map(({ cell, number }) => {
      const content = row === null ? '…' : cell(row);
      const title = typeof content === 'string' ? content : '';
      return h('td', { class: number ? 'number' : '', title }, content);
    });
    const attributes = {
      id: `${this.id}-${index}`,
      'aria-rowindex': String(index + 2),
      'data-row': String(index),
    };
    return h('tr', { class: index === this.active ? 'active' : '', attributes }, ...cells);
  }

  private setActive(): void {
    const isDrawn = this.active >= this.drawn[0] && this.active < this.drawn[1];
    if (this.active >= 0 && isDrawn)
      this.table.setAttribute('aria-activedescendant', `${this.id}-${this.active}`);
    else this.table.removeAttribute('aria-activedescendant');
  }

  private clicked(event: MouseEvent): void {
    const row = (event.target as Element).closest('[data-row]')?.getAttribute('data-row');
    if (row === null || row === undefined) return;
    this.mark(Number(row));
    this.options.chosen?.(Number(row));
  }

  private pressed(event: KeyboardEvent): void {
    if (event.target !== this.table || this.count === 0) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / ROW_PX) - 2);
    const steps: Record<string, number> = {
      ...{ ArrowDown: this.active + 1, ArrowUp: this.active - 1, Home: 0, End: this.count - 1 },
      ...{ PageDown: this.active + page, PageUp: this.active - page },
    };
    const to = steps[event.key];
    if (to !== undefined) this.mark(Math.min(Math.max(to, 0), this.count - 1));
    else if (event.key === 'Enter' && this.active >= 0) this.options.chosen?.(this.active);
    else return;
    event.preventDefault();
  }

  private scrollTo(index: number): void {
    const { scrollTop, clientHeight } = this.element;
    const top = index * ROW_PX;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + 2 * ROW_PX > scrollTop + clientHeight)
      this.element.scrollTop = top + 2 * ROW_PX - clientHeight;
  }
}

function spacer(rows: number): HTMLElement {
  const row = h('tr', { class: 'spacer', attributes: { 'aria-hidden': 'true' } }, h('td'));
  row.style.height = `${rows * ROW_PX}px`;
  row.hidden = rows === 0;
  return row;
}
