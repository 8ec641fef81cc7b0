import * as l10n from '@vscode/l10n';
import type { Anatomy, Component, TensorInfo } from '../shared/anatomy';
import { ProbeError } from '../shared/errors';
import { allTensors } from './blocks';
import { compareArchitectures } from './compare';
import { componentMarkdown, markdownLines } from './text';

export type ExportFormat = 'json' | 'markdown' | 'csv';

/** A model, or one of its components, as text for other programs: JSON and Markdown of the tree, CSV of the tensors. */
export function exportAnatomy(anatomy: Anatomy, id: string | null, format: ExportFormat): string {
  const component = id === null ? null : findComponent(anatomy.components, id);
  if (id !== null && !component) throw new ProbeError('usage', l10n.t('The model has no such component.'));
  switch (format) {
    case 'json':
      return JSON.stringify(component ? withTensors(anatomy, component) : anatomy, null, 2);
    case 'markdown':
      return [...(component ? componentMarkdown(component) : markdownLines(anatomy, facts(anatomy)))].join(
        '\n',
      );
    case 'csv':
      return csv(anatomy, component);
  }
}

export function findComponent(components: readonly Component[], id: string): Component | null {
  for (const component of components) {
    const found = component.id === id ? component : findComponent(component.children, id);
    if (found) return found;
  }
  return null;
}

function facts(anatomy: Anatomy) {
  return compareArchitectures([anatomy]);
}

/** A component with its tensors themselves in place of their positions. */
function withTensors(anatomy: Anatomy, component: Component): unknown {
  return {
    ...component,
    children: component.children.map((child) => withTensors(anatomy, child)),
    tensors: component.tensors.map((index) => anatomy.tensors[index]),
  };
}

const COLUMNS: [title: string, value: (tensor: TensorInfo, component: string) => string | number | null][] = [
  ['name', ({ name }) => name],
  ['path', ({ path }) => path ?? null],
  ['component', (_, component) => component],
  ['layer', ({ layer }) => layer],
  ['dtype', ({ dtype }) => dtype],
  ['shape', ({ shape }) => shape.join(' x ')],
  ['parameters', ({ parameters }) => parameters],
  ['bytes', ({ bytes }) => bytes],
  ['role', ({ role }) => role],
  ['tied to', ({ tiedTo }) => tiedTo ?? null],
];

function csv(anatomy: Anatomy, component: Component | null): string {
  const owners = new Map<number, string>();
  const visit = ({ id, tensors, children }: Component) => {
    for (const index of tensors) owners.set(index, id);
    children.forEach(visit);
  };
  anatomy.components.forEach(visit);
  const indices = component ? allTensors(component) : anatomy.tensors.map((_, index) => index);
  const rows = indices.flatMap((index) => {
    const tensor = anatomy.tensors[index];
    return tensor ? [COLUMNS.map(([, value]) => cell(value(tensor, owners.get(index) ?? ''))).join(',')] : [];
  });
  return [COLUMNS.map(([title]) => title).join(','), ...rows].join('\r\n');
}

/** A cell as RFC 4180 has it. Text that a spreadsheet would take for a formula gets an apostrophe in front. */
function cell(value: string | number | null): string {
  if (typeof value !== 'string') return value === null ? '' : String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
