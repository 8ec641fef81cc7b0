import * as l10n from '@vscode/l10n';
import { POSITION_NAMES } from '../shared/anatomy';
import type {
  Anatomy,
  ArchitectureFacts,
  ComparisonRow,
  Component,
  ComponentKind,
  StructuralDiff,
  TensorInfo,
} from '../shared/anatomy';
import type { Family } from '../shared/model';

type Show = (facts: ArchitectureFacts, anatomy: Anatomy) => string | number | null;

const yes = (value: boolean | null) => (value === null ? null : value ? l10n.t('yes') : l10n.t('no'));
const NORMS = { layer: l10n.t('layer norm'), rms: l10n.t('RMS norm') };
const FAMILIES: Record<Family, string> = {
  'encoder-only': l10n.t('encoder-only'),
  'decoder-only': l10n.t('decoder-only'),
  'encoder-decoder': l10n.t('encoder-decoder'),
};
const PLACES = { pre: l10n.t('before'), post: l10n.t('after'), both: l10n.t('before and after') };

const ROWS: [label: string, show: Show][] = [
  [l10n.t('Class'), (facts) => facts.class],
  [l10n.t('Architecture'), (facts) => facts.architecture],
  [l10n.t('Family'), ({ family }) => family && FAMILIES[family]],
  [l10n.t('Parameters'), (_, anatomy) => anatomy.parameters],
  [l10n.t('Layers'), (facts) => facts.layers],
  [l10n.t('Decoder layers'), (facts) => facts.decoderLayers],
  [l10n.t('Hidden size'), (facts) => facts.hiddenSize],
  [l10n.t('Heads'), (facts) => facts.heads],
  [l10n.t('Key/value heads'), (facts) => facts.keyValueHeads],
  [l10n.t('Head size'), (facts) => facts.headSize],
  [l10n.t('Feed-forward size'), (facts) => facts.feedForwardSize],
  [
    l10n.t('Experts'),
    ({ experts }) =>
      experts && `${experts.count}${experts.used === null ? '' : l10n.t`, ${experts.used} used`}`,
  ],
  [l10n.t('Vocabulary'), (facts) => facts.vocabulary],
  [l10n.t('Positions'), (facts) => facts.positions && POSITION_NAMES[facts.positions]],
  [l10n.t('Longest input'), (facts) => facts.maxTokens],
  [l10n.t('Activation'), (facts) => facts.activation],
  [l10n.t('Norm'), ({ norm }) => norm && NORMS[norm]],
  [
    l10n.t('Norm placement'),
    ({ normPlacement }) => normPlacement && l10n.t`${PLACES[normPlacement]} each sub-layer`,
  ],
  [l10n.t('Tied embeddings'), (facts) => yes(facts.tied)],
  [l10n.t('Encoder'), (facts) => yes(facts.hasEncoder)],
  [l10n.t('Decoder'), (facts) => yes(facts.hasDecoder)],
];

/** Architectures side by side; rows that no model knows anything of are left out. */
export function compareArchitectures(models: readonly Anatomy[]): ComparisonRow[] {
  const rows = ROWS.map(([label, show]) => {
    const values = models.map((anatomy) => asText(show(anatomy.facts, anatomy)));
    const known = new Set(values.filter((value) => value !== null));
    return { label, values, differs: known.size > 1 };
  });
  return rows.filter(({ values }) => values.some((value) => value !== null));
}

function asText(value: string | number | null): string | null {
  return typeof value === 'number' ? value.toLocaleString('en-US') : value;
}

/** Parameters of a model by kind of component, anywhere in it; for bars side by side. */
export function parametersByKind(anatomy: Anatomy): Partial<Record<ComponentKind, number>> {
  const sums: Partial<Record<ComponentKind, number>> = {};
  const add = ({ kind, children, tensors }: Component) => {
    const own = tensors.reduce((sum, index) => sum + (anatomy.tensors[index]?.parameters ?? 0), 0);
    if (own > 0) sums[kind] = (sums[kind] ?? 0) + own;
    children.forEach(add);
  };
  anatomy.components.forEach(add);
  return sums;
}

/** Bytes a parameter, scales included: ggml's Q8_0 and Q4_0 have a half float for each 32 values. */
const PRECISIONS = { F32: 4, F16: 2, Q8_0: 34 / 32, Q4_0: 18 / 32 };

/** What all parameters of a model would take at usual precisions, in bytes. */
export function sizesByPrecision(anatomy: Anatomy): { dtype: keyof typeof PRECISIONS; bytes: number }[] {
  return (Object.keys(PRECISIONS) as (keyof typeof PRECISIONS)[]).map((dtype) => ({
    dtype,
    bytes: Math.ceil(anatomy.parameters * PRECISIONS[dtype]),
  }));
}

/** A tensor for comparing: its path without what classes put in front. */
interface Named {
  name: string;
  tensor: TensorInfo;
}

/**
 * How the parameters of two models differ: same, renamed (the rest of the name and the shape agree), reshaped, or in one
 * model only. ONNX's transposed matrices count as the same. Names are compared without the prefix of the bare model.
 */
export function diffStructure(left: Anatomy, right: Anatomy): StructuralDiff {
  const a = parametersOf(left);
  const b = new Map(parametersOf(right).map((one) => [one.name, one]));
  const diff: StructuralDiff = { same: 0, changes: [] };
  const lonely: Named[] = [];
  for (const one of a) {
    const other = b.get(one.name);
    if (!other) lonely.push(one);
    else if (sameShape(one.tensor, other.tensor)) diff.same++;
    else
      diff.changes.push({
        kind: 'reshaped',
        name: one.name,
        from: one.tensor.shape,
        shape: other.tensor.shape,
      });
    b.delete(one.name);
  }
  addRenamed(diff, lonely, [...b.values()]);
  return diff;
}

/** Pairs what is left over, in order, by shape, layer and the last part of the name. */
function addRenamed(diff: StructuralDiff, left: readonly Named[], right: readonly Named[]): void {
  const waiting = new Map<string, Named[]>();
  for (const one of right) {
    const key = roleOf(one);
    const list = waiting.get(key);
    if (list) list.push(one);
    else waiting.set(key, [one]);
  }
  for (const { name, tensor } of left) {
    const other = waiting.get(roleOf({ name, tensor }))?.shift();
    if (other) diff.changes.push({ kind: 'renamed', name: other.name, from: name, shape: tensor.shape });
    else diff.changes.push({ kind: 'only', side: 'left', name, shape: tensor.shape });
  }
  for (const { name, tensor } of [...waiting.values()].flat()) {
    diff.changes.push({ kind: 'only', side: 'right', name, shape: tensor.shape });
  }
}

function roleOf({ name, tensor }: Named): string {
  const parts = name.split('.');
  const shape = [...tensor.shape].sort((x, y) => x - y).join('x');
  return `${tensor.layer} ${shape} ${parts.slice(-2).join('.')}`;
}

/** Parameters by a name that two classes over the same stack share; the name in the file where that is not unique. */
export function parametersOf(anatomy: Anatomy): Named[] {
  const own = anatomy.tensors.filter(({ role }) => role === 'parameter');
  const names = own.map((tensor) => bareName(tensor.path ?? tensor.name));
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return own.map((tensor, i) => {
    const name = names[i] as string;
    return { tensor, name: counts.get(name) === 1 ? name : tensor.name };
  });
}

const PREFIX = /^((model|bert|roberta|distilbert|albert|electra|deberta|transformer|gpt_neox)\.)+/;

function bareName(name: string): string {
  return name.replace(PREFIX, '');
}

function sameShape(a: TensorInfo, b: TensorInfo): boolean {
  const straight = a.shape.length === b.shape.length && a.shape.every((size, i) => size === b.shape[i]);
  if (straight || a.shape.length !== 2 || b.shape.length !== 2) return straight;
  return a.shape[0] === b.shape[1] && a.shape[1] === b.shape[0];
}
