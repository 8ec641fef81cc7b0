import * as vscode from 'vscode';
import { count, percent, ranges, size } from '../../anatomy/text';
import type { Anatomy, Component, ComponentKind, TensorInfo } from '../../shared/anatomy';
import type { AnatomyRow } from './rows';
import { leafName, pathOf, tensorsBelow } from './rows';

const ICONS: Record<ComponentKind, string> = {
  ...{ encoder: 'arrow-down', decoder: 'arrow-up', embeddings: 'symbol-key', block: 'layers' },
  ...{ attention: 'eye', 'cross-attention': 'git-compare', 'feed-forward': 'symbol-method' },
  ...{ experts: 'organization', norm: 'dash', head: 'target', pooler: 'filter', other: 'symbol-misc' },
  constants: 'symbol-constant',
};

export function iconOf(anatomy: Anatomy, row: AnatomyRow): vscode.ThemeIcon {
  if (row.kind === 'model') return new vscode.ThemeIcon('symbol-structure');
  if (row.kind === 'component') return new vscode.ThemeIcon(ICONS[row.component.kind]);
  if (row.kind === 'layers') return new vscode.ThemeIcon('symbol-array');
  const state = anatomy.tensors[row.index]?.state;
  return new vscode.ThemeIcon(state === 'whole' ? 'symbol-numeric' : 'warning');
}

export function labelOf(anatomy: Anatomy, row: AnatomyRow): string {
  switch (row.kind) {
    case 'model':
      return anatomy.name;
    case 'component': {
      const { label, count: times = 1 } = row.component;
      return times > 1 ? `${label} ×${times}` : label;
    }
    case 'layers':
      return `${row.label} ×${row.tensors.length}`;
    case 'tensor': {
      const tensor = anatomy.tensors[row.index];
      if (!tensor) return '';
      const isInGroup = row.parent.kind === 'layers';
      return isInGroup ? vscode.l10n.t('layer {0}', String(tensor.layer)) : leafName(tensor);
    }
  }
}

/** What stands behind the label: shape, type, parameters, bytes, share. */
export function factsOf(anatomy: Anatomy, row: AnatomyRow): string[] {
  switch (row.kind) {
    case 'model':
      return [parameters(anatomy.parameters), size(anatomy.bytes), dtypesOf(anatomy)];
    case 'component':
      return [...sums(row.component), ...(tiedOnly(row.component) ? [vscode.l10n.t('tied')] : [])];
    case 'layers': {
      const tensors = row.tensors.flatMap((index) => anatomy.tensors[index] ?? []);
      const [first] = tensors;
      return [...(first ? [shapeOf(first), first.dtype] : []), ...totals(anatomy, tensors)];
    }
    case 'tensor': {
      const tensor = anatomy.tensors[row.index];
      if (!tensor) return [];
      const note =
        tensor.role === 'parameter' ? totals(anatomy, [tensor]) : [size(tensor.bytes), roleOf(tensor)];
      return [shapeOf(tensor), tensor.dtype, ...note, ...stateOf(tensor)];
    }
  }
}

/** The tooltip: everything that is known, as plain text, because names come from files. */
export function tooltipOf(anatomy: Anatomy, row: AnatomyRow): string {
  const lines: string[] = [];
  if (row.kind === 'tensor') {
    const tensor = anatomy.tensors[row.index];
    if (tensor) lines.push(...tensorLines(anatomy, tensor));
  } else {
    const tensors = tensorsBelow(row);
    lines.push(labelOf(anatomy, row));
    if (row.kind === 'component' && row.component.layers)
      lines.push(vscode.l10n.t('Layers {0}', ranges(row.component.layers)));
    if (row.kind === 'model') lines.push(...modelLines(anatomy));
    lines.push(...factsOf(anatomy, row), vscode.l10n.t('{0} tensors', count(tensors.length)));
  }
  return lines.filter((line) => line !== '').join('\n');
}

function modelLines({ facts, format, files, problems }: Anatomy): string[] {
  const names = files.slice(0, 4).map(({ name }) => name);
  const more =
    files.length > names.length ? [vscode.l10n.t('and {0} more', files.length - names.length)] : [];
  return [facts.class ?? facts.architecture ?? '', format, ...names, ...more, ...problems];
}

function tensorLines(anatomy: Anatomy, tensor: TensorInfo): string[] {
  const { name, path, parameters: own, bytes, note, tiedTo, layer, file } = tensor;
  return [
    name,
    ...(path === undefined ? [] : [path]),
    `${shapeOf(tensor)} ${tensor.dtype}`,
    vscode.l10n.t('{0} parameters, {1}', count(own), size(bytes)),
    ...(layer === null ? [] : [vscode.l10n.t('Layer {0}', layer)]),
    ...(tiedTo === undefined ? [] : [vscode.l10n.t('The same values as {0}', tiedTo)]),
    ...(tensor.role === 'parameter' || tiedTo !== undefined ? [] : [roleOf(tensor)]),
    ...stateOf(tensor),
    ...(note === undefined ? [] : [note]),
    anatomy.files[file]?.name ?? '',
  ];
}

function sums({ parameters: own, bytes, share, kind }: Component): string[] {
  if (kind === 'constants') return [size(bytes), vscode.l10n.t('not counted')];
  return [parameters(own), size(bytes), percent(share).trim()];
}

function tiedOnly({ parameters: own, kind }: Component): boolean {
  return own === 0 && kind !== 'constants';
}

function totals(anatomy: Anatomy, tensors: readonly TensorInfo[]): string[] {
  const own = tensors.reduce((sum, tensor) => sum + tensor.parameters, 0);
  const bytes = tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
  const share = anatomy.parameters === 0 ? 0 : own / anatomy.parameters;
  return [parameters(own), size(bytes), percent(share).trim()];
}

function dtypesOf({ precisions }: Anatomy): string {
  return precisions.flatMap(({ dtype, parameters: own }) => (own > 0 ? [dtype] : [])).join(', ');
}

function roleOf({ role }: TensorInfo): string {
  switch (role) {
    case 'tied':
      return vscode.l10n.t('tied');
    case 'constant':
      return vscode.l10n.t('a constant, not counted');
    case 'quantization':
      return vscode.l10n.t('of a quantized weight, not counted');
    case 'parameter':
      return '';
  }
}

function stateOf({ state }: TensorInfo): string[] {
  if (state === 'missing') return [vscode.l10n.t('its file is missing')];
  return state === 'cut' ? [vscode.l10n.t('cut off')] : [];
}

function shapeOf({ shape }: TensorInfo): string {
  return `[${shape.join(', ')}]`;
}

/** `109M`: rows are narrow; the exact number is in the tooltip and the table. */
function parameters(number: number): string {
  const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
  return short.format(number);
}

/** What a screen reader says of a row. */
export function spokenLabel(anatomy: Anatomy, row: AnatomyRow): string {
  const tensor = row.kind === 'tensor' ? anatomy.tensors[row.index] : undefined;
  return [tensor ? pathOf(tensor) : labelOf(anatomy, row), ...factsOf(anatomy, row)].join(', ');
}
