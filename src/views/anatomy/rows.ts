import type { Anatomy, Component, TensorInfo } from '../../shared/anatomy';

/** A part of a model, as the tree shows it. Children are made when they are asked for: there may be many thousands. */
export type AnatomyRow =
  | { kind: 'model'; id: string; children: AnatomyRow[] }
  | { kind: 'component'; id: string; component: Component; parent: AnatomyRow; children: AnatomyRow[] }
  /** The same tensor of every layer of a folded block. */
  | {
      kind: 'layers';
      id: string;
      label: string;
      tensors: number[];
      parent: AnatomyRow;
      children: AnatomyRow[];
    }
  | { kind: 'tensor'; id: string; index: number; parent: AnatomyRow; children: AnatomyRow[] };

/** What a row may be looked for by: `Component.id`, or the position in `Anatomy.tensors`. */
export type Wanted = { component: string } | { tensor: number };

export type RowOrder = 'order' | 'size' | 'name';

export interface RowOptions {
  order: RowOrder;
  /** Shown are tensors and components with this in their name, path or type, and what leads to them. */
  filter: string;
}

/** The tree of a model: components, then tensors; the tensors of a folded block layer by layer. */
export function modelRows(anatomy: Anatomy, { order, filter }: RowOptions): AnatomyRow {
  const builder = new RowBuilder(anatomy, order, filter.trim().toLowerCase());
  return withChildren({ kind: 'model' as const, id: 'model' }, (root) =>
    builder.components(anatomy.components, root, false),
  );
}

/** The row of a component or a tensor, if the tree has it. */
export function findRow(root: AnatomyRow, what: Wanted): AnatomyRow | null {
  for (const row of root.children) {
    if (isIt(row, what)) return row;
    const found = mayHold(row, what) ? findRow(row, what) : null;
    if (found) return found;
  }
  return null;
}

function isIt(row: AnatomyRow, what: Wanted): boolean {
  if ('component' in what) return row.kind === 'component' && row.component.id === what.component;
  return row.kind === 'tensor' && row.index === what.tensor;
}

function mayHold(row: AnatomyRow, what: Wanted): boolean {
  if (row.kind === 'component') return 'component' in what || holds(row.component, what.tensor);
  return row.kind === 'layers' && 'tensor' in what && row.tensors.includes(what.tensor);
}

function holds({ tensors, children }: Component, tensor: number): boolean {
  return tensors.includes(tensor) || children.some((child) => holds(child, tensor));
}

function withChildren<T extends object>(row: T, make: (row: AnatomyRow) => AnatomyRow[]): AnatomyRow {
  let made: AnatomyRow[] | null = null;
  return Object.defineProperty(row, 'children', {
    get: () => (made ??= make(row as AnatomyRow)),
    enumerable: true,
  }) as AnatomyRow;
}

/** Tensors below a row, as positions in `Anatomy.tensors`. */
export function tensorsBelow(row: AnatomyRow): number[] {
  if (row.kind === 'tensor') return [row.index];
  return row.kind === 'layers' ? row.tensors : row.children.flatMap(tensorsBelow);
}

class RowBuilder {
  constructor(
    private readonly anatomy: Anatomy,
    private readonly order: RowOrder,
    private readonly wanted: string,
  ) {}

  /** `isWanted`: something above matches the filter, so everything below is shown. */
  components(components: readonly Component[], parent: AnatomyRow, isWanted: boolean): AnatomyRow[] {
    const rows = components.map((component): AnatomyRow => {
      const matches = isWanted || this.matches(component.label, component.id);
      const own = { kind: 'component' as const, id: component.id, component, parent };
      return withChildren(own, (row) => [
        ...this.components(component.children, row, matches && this.wanted !== ''),
        ...this.tensors(component, row, matches),
      ]);
    });
    return this.sorted(rows.filter((row) => this.wanted === '' || row.children.length > 0));
  }

  private tensors(component: Component, parent: AnatomyRow, isWanted: boolean): AnatomyRow[] {
    const shown = component.tensors.filter((index) => isWanted || this.matchesTensor(this.tensor(index)));
    const groups = new Map<string, number[]>();
    for (const index of shown) {
      const key = withoutLayer(this.tensor(index));
      const group = groups.get(key);
      if (group) group.push(index);
      else groups.set(key, [index]);
    }
    return this.sorted([...groups.values()].map((group) => this.group(group, parent)));
  }

  private group(indices: number[], parent: AnatomyRow): AnatomyRow {
    const [first] = indices as [number];
    if (indices.length === 1) return this.leaf(first, parent);
    const label = leafName(this.tensor(first));
    const id = `${parent.id}/${withoutLayer(this.tensor(first))}*`;
    return withChildren({ kind: 'layers' as const, id, label, tensors: indices, parent }, (row) =>
      this.sorted(indices.map((index) => this.leaf(index, row))),
    );
  }

  private leaf(index: number, parent: AnatomyRow): AnatomyRow {
    return { kind: 'tensor', id: `tensor/${index}`, index, parent, children: [] };
  }

  private sorted(rows: AnatomyRow[]): AnatomyRow[] {
    if (this.order === 'size') return rows.sort((a, b) => this.size(b) - this.size(a));
    if (this.order === 'name') return rows.sort((a, b) => collator().compare(this.name(a), this.name(b)));
    return rows;
  }

  private size(row: AnatomyRow): number {
    if (row.kind === 'component') return row.component.parameters;
    return tensorsBelow(row).reduce((sum, index) => sum + this.tensor(index).parameters, 0);
  }

  private name(row: AnatomyRow): string {
    if (row.kind === 'component') return row.component.label;
    return row.kind === 'tensor' ? pathOf(this.tensor(row.index)) : row.kind === 'layers' ? row.label : '';
  }

  private tensor(index: number): TensorInfo {
    return this.anatomy.tensors[index] as TensorInfo;
  }

  private matchesTensor(tensor: TensorInfo): boolean {
    return this.matches(tensor.name, tensor.path ?? '', tensor.dtype, tensor.shape.join('x'));
  }

  private matches(...texts: string[]): boolean {
    return texts.some((text) => text.toLowerCase().includes(this.wanted));
  }
}

let made: Intl.Collator | undefined;
/** Made when first needed: it takes 8 ms. */
const collator = (): Intl.Collator => (made ??= new Intl.Collator('en', { numeric: true }));

/** The module path of a tensor, or its name where it has none. */
export function pathOf({ name, path }: TensorInfo): string {
  return path ?? name;
}

/** The path with the layer's number taken out: the same for the same tensor of every layer. */
function withoutLayer(tensor: TensorInfo): string {
  const path = pathOf(tensor);
  return tensor.layer === null ? path : path.replace(new RegExp(`(^|\\.)${tensor.layer}(?=\\.)`), '$1*');
}

/** The last parts of the path, behind the layer: module and parameter, and the number of an expert. */
export function leafName(tensor: TensorInfo): string {
  const path = pathOf(tensor);
  if (tensor.layer === null) return path;
  const behind = path.replace(new RegExp(`^.*?(^|\\.)${tensor.layer}\\.`), '');
  const parts = behind.split('.');
  return parts.slice(/^\d+$/.test(parts.at(-3) ?? '') ? -3 : -2).join('.');
}
