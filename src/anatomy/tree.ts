import * as l10n from '@vscode/l10n';
import type { Component, ComponentKind, TensorInfo } from '../shared/anatomy';
import type { Place } from './names';

const LABELS: Record<ComponentKind, string> = {
  ...{
    encoder: l10n.t('Encoder'),
    decoder: l10n.t('Decoder'),
    embeddings: l10n.t('Embeddings'),
    block: l10n.t('Block'),
  },
  ...{
    attention: l10n.t('Self-attention'),
    'cross-attention': l10n.t('Cross-attention'),
    'feed-forward': l10n.t('Feed-forward'),
  },
  ...{
    experts: l10n.t('Experts'),
    norm: l10n.t('Norms'),
    head: l10n.t('Head'),
    pooler: l10n.t('Pooler'),
    other: l10n.t('Other'),
  },
  constants: l10n.t('Constants'),
};

/** Label of what holds relative positions: it goes into attention, not into the stream. */
export const RELATIVE_POSITIONS = l10n.t('Relative positions');
const RELATIVE = /(relative_attention_bias|rel_embeddings|attn_rel_b)$/;

/** Order of computation, as far as kinds have one. */
const INSIDE_ORDER: ComponentKind[] = [
  'norm',
  'attention',
  'cross-attention',
  'feed-forward',
  'experts',
  'other',
];
const ENDS: ComponentKind[] = ['norm', 'pooler', 'head', 'other', 'constants'];

/** One tensor with its place. */
interface Item {
  index: number;
  tensor: TensorInfo;
  place: Place;
}

/**
 * Builds the components of a model from its tensors and their places. Blocks with the same parts are folded into one
 * component; constants and scales are under `Constants` and count as nothing.
 */
export function buildTree(tensors: readonly TensorInfo[], places: readonly Place[]): Component[] {
  const total = tensors.reduce((sum, tensor) => sum + tensor.parameters, 0);
  const items = tensors.map((tensor, index) => ({ index, tensor, place: places[index] as Place }));
  const builder = new TreeBuilder(total);
  const trained = items.filter(({ tensor }) => isTrained(tensor));
  const rest = items.filter(({ tensor }) => !isTrained(tensor));
  const isPair = trained.some(({ place }) => place.stack !== null);
  const components = isPair ? builder.pair(trained) : builder.stack('', trained);
  return rest.length === 0 ? components : [...components, builder.leaf('', 'constants', rest)];
}

function isTrained(tensor: TensorInfo): boolean {
  return tensor.role === 'parameter' || tensor.role === 'tied';
}

class TreeBuilder {
  constructor(private readonly total: number) {}

  /** An encoder-decoder: what both use, the two stacks, and what comes after. */
  pair(items: Item[]): Component[] {
    const shared = items.filter(({ place }) => place.stack === null);
    const side = (stack: 'encoder' | 'decoder') => {
      const inside = items.filter(({ place }) => place.stack === stack);
      return inside.length ? [this.node(stack, stack, [], this.stack(`${stack}/`, inside))] : [];
    };
    const before = shared.filter(({ place }) => place.kind === 'embeddings');
    const after = shared.filter(({ place }) => place.kind !== 'embeddings');
    return [...this.stack('', before), ...side('encoder'), ...side('decoder'), ...this.stack('', after)];
  }

  stack(prefix: string, items: Item[]): Component[] {
    const outside = (kind: ComponentKind) =>
      items.filter(({ place }) => place.layer === null && place.kind === kind);
    const leaves = (kinds: ComponentKind[]) =>
      kinds.flatMap((kind) => (outside(kind).length ? [this.leaf(prefix, kind, outside(kind))] : []));
    const blocks = this.blocks(
      prefix,
      items.filter(({ place }) => place.layer !== null),
    );
    return [...this.embeddings(prefix, outside('embeddings')), ...blocks, ...leaves(ENDS)];
  }

  private embeddings(prefix: string, items: Item[]): Component[] {
    const isRelative = ({ place }: Item) => RELATIVE.test(place.module);
    const relative = items.filter(isRelative);
    const stream = items.filter((item) => !isRelative(item));
    const positions = {
      ...this.node(`${prefix}relative-positions`, 'embeddings', relative, []),
      label: RELATIVE_POSITIONS,
    };
    return [
      ...(stream.length ? [this.leaf(prefix, 'embeddings', stream)] : []),
      ...(relative.length ? [positions] : []),
    ];
  }

  /** Folds blocks that have the same tensors with the same shapes and types. */
  private blocks(prefix: string, items: Item[]): Component[] {
    const layers = groupBy(items, ({ place }) => place.layer as number);
    const alike = groupBy(
      [...layers].sort(([a], [b]) => a - b),
      ([, members]) => signature(members),
    );
    return [...alike.values()].map((group, i) => {
      const numbers = group.map(([layer]) => layer);
      const id = `${prefix}block${i === 0 ? '' : `-${numbers[0]}`}`;
      const members = group.flatMap(([, inside]) => inside);
      const block = this.node(id, 'block', [], this.parts(`${id}/`, members));
      return { ...block, count: numbers.length, layers: numbers };
    });
  }

  private parts(prefix: string, items: Item[]): Component[] {
    const kinds = groupBy(items, ({ place }) => place.kind);
    return INSIDE_ORDER.flatMap((kind) => {
      const members = kinds.get(kind);
      return members ? [this.leaf(prefix, kind, members)] : [];
    });
  }

  /** A component whose modules, if there is more than one, are its children. */
  leaf(prefix: string, kind: ComponentKind, items: Item[]): Component {
    const id = prefix + kind;
    if (kind === 'constants') return this.node(id, kind, items, []);
    const modules = groupBy(items, ({ place }) => place.module);
    if (modules.size <= 1) return this.node(id, kind, items, []);
    const names = shortNames([...modules.keys()]);
    const children = [...modules].map(([module, members]) => {
      const label = names.get(module) as string;
      return { ...this.node(`${id}/${module}`, kind, members, []), label };
    });
    return this.node(id, kind, [], children);
  }

  private node(id: string, kind: ComponentKind, items: Item[], children: Component[]): Component {
    const parameters =
      sum(items.map(({ tensor }) => tensor.parameters)) + sum(children.map((c) => c.parameters));
    const bytes = sum(items.map(({ tensor }) => tensor.bytes)) + sum(children.map((c) => c.bytes));
    const share = this.total === 0 ? 0 : parameters / this.total;
    const tensors = items.map(({ index }) => index);
    return { id, label: LABELS[kind], kind, parameters, bytes, share, children, tensors };
  }
}

/** What makes two blocks alike: modules, parameter names, shapes, types. */
function signature(items: Item[]): string {
  const parts = items.map(({ tensor, place }) => {
    const path = tensor.path ?? tensor.name;
    const leaf = path.slice(path.lastIndexOf('.') + 1);
    return `${place.kind} ${place.module} ${leaf} ${tensor.shape.join('x')} ${tensor.dtype} ${tensor.role}`;
  });
  return parts.sort().join('\n');
}

/** Module paths without the beginning that all of them share. */
function shortNames(modules: string[]): Map<string, string> {
  const split = modules.map((module) => module.split('.'));
  const first = split[0] ?? [];
  let same = 0;
  while (split.every((parts) => parts.length > same + 1 && parts[same] === first[same])) same++;
  return new Map(modules.map((module, i) => [module, (split[i] as string[]).slice(same).join('.') || 'own']));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function groupBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
