import type { StructuralDiff } from '../../../../src/shared/anatomy';
import type { ModelAnatomy } from '../../../../src/shared/anatomyProtocol';
import { changeDetector, h } from '../../../ui/dom';
import { button } from '../../../ui/toolkit';
import { VirtualTable } from '../../../ui/virtualTable';
import { count, shapeText } from '../../../charts/numbers';
import { Job } from '../job';
import { jobNotice } from '../jobView';
import type { Actions } from '../view';

type Change = StructuralDiff['changes'][number];

export interface PairPart {
  element: HTMLElement;
  update(model: ModelAnatomy, other: ModelAnatomy | null): void;
}

/** Tensors that are the same, renamed, reshaped or in one model only. */
export function createStructure(actions: Actions): PairPart {
  const status = h('div');
  const table = new VirtualTable<Change>({
    label: 'Structural differences',
    columns: [
      { name: 'Change', width: '11em', cell: (change) => changeName(change, names) },
      { name: 'Tensor', width: '28em', cell: ({ name }) => name },
      { name: 'Shape', width: '12em', cell: ({ shape }) => shapeText(shape) },
      { name: 'Was', width: '28em', cell: was },
    ],
  });
  const element = h('section', {}, h('h2', {}, 'Structure'), status, table.element);
  let names = ['', ''];
  let start: (() => void) | null = null;
  const draw = () => {
    const { state } = job;
    const notice = jobNotice(job, 'Comparing the structure…', () => start?.());
    const done = state.kind === 'done' ? [h('p', {}, summary(state.value))] : [];
    const idle = state.kind === 'idle' ? [button('Compare Structure', 'secondary', () => start?.())] : [];
    status.replaceChildren(...(notice ? [notice] : []), ...done, ...idle);
    const changes = state.kind === 'done' ? state.value.changes : [];
    table.element.hidden = changes.length === 0;
    table.setRows(changes.length, (index) => changes[index] ?? null);
  };
  const job = new Job<StructuralDiff>(draw);
  const changed = changeDetector();
  return {
    element,
    update(model, other) {
      if (!changed(model.key, other?.key) || !other) return;
      names = [model.anatomy.name, other.anatomy.name];
      start = () => job.run((signal) => actions.ask('structure', { other: other.key }, signal));
      job.reset();
      start();
    },
  };
}

function changeName(change: Change, [left = '', right = '']: string[]): string {
  if (change.kind !== 'only') return change.kind;
  return `only in ${change.side === 'left' ? left : right}`;
}

function was(change: Change): string {
  if (change.kind === 'renamed') return change.from;
  return change.kind === 'reshaped' ? shapeText(change.from) : '';
}

function summary({ same, changes }: StructuralDiff): string {
  const number = (kind: Change['kind']) => changes.filter((change) => change.kind === kind).length;
  const parts = [`${count(same)} tensors are the same`];
  if (number('renamed') > 0) parts.push(`${count(number('renamed'))} renamed`);
  if (number('reshaped') > 0) parts.push(`${count(number('reshaped'))} reshaped`);
  if (number('only') > 0) parts.push(`${count(number('only'))} in one model only`);
  return `${parts.join(', ')}.`;
}
