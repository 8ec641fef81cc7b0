import * as l10n from '@vscode/l10n';
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
    label: l10n.t('Structural differences'),
    columns: [
      { name: l10n.t('Change'), width: '11em', cell: (change) => changeName(change, names) },
      { name: l10n.t('Tensor'), width: '28em', cell: ({ name }) => name },
      { name: l10n.t('Shape'), width: '12em', cell: ({ shape }) => shapeText(shape) },
      { name: l10n.t('Was'), width: '28em', cell: was },
    ],
  });
  const element = h('section', {}, h('h2', {}, l10n.t('Structure')), status, table.element);
  let names = ['', ''];
  let start: (() => void) | null = null;
  const draw = () => {
    const { state } = job;
    const notice = jobNotice(job, l10n.t('Comparing the structure…'), () => start?.());
    const done = state.kind === 'done' ? [h('p', {}, summary(state.value))] : [];
    const idle =
      state.kind === 'idle' ? [button(l10n.t('Compare Structure'), 'secondary', () => start?.())] : [];
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
  if (change.kind === 'renamed') return l10n.t('renamed');
  if (change.kind === 'reshaped') return l10n.t('reshaped');
  return l10n.t`only in ${change.side === 'left' ? left : right}`;
}

function was(change: Change): string {
  if (change.kind === 'renamed') return change.from;
  return change.kind === 'reshaped' ? shapeText(change.from) : '';
}

function summary({ same, changes }: StructuralDiff): string {
  const number = (kind: Change['kind']) => changes.filter((change) => change.kind === kind).length;
  const parts = [l10n.t`${count(same)} tensors are the same`];
  if (number('renamed') > 0) parts.push(l10n.t`${count(number('renamed'))} renamed`);
  if (number('reshaped') > 0) parts.push(l10n.t`${count(number('reshaped'))} reshaped`);
  if (number('only') > 0) parts.push(l10n.t`${count(number('only'))} in one model only`);
  return `${parts.join(', ')}.`;
}
