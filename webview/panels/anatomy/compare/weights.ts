import * as l10n from '@vscode/l10n';
import type { WeightChange } from '../../../../src/shared/anatomy';
import { changeDetector, h } from '../../../ui/dom';
import { button } from '../../../ui/toolkit';
import { VirtualTable } from '../../../ui/virtualTable';
import { count } from '../../../charts/numbers';
import { Job } from '../job';
import { jobNotice } from '../jobView';
import { bar } from '../summary';
import type { Actions } from '../view';
import type { PairPart } from './structure';

/** How far the weights of two checkpoints are apart, tensor by tensor, on demand: it reads both. */
export function createWeights(actions: Actions): PairPart {
  const status = h('div');
  let largest = 1;
  let rows: WeightChange[] = [];
  const table = new VirtualTable<WeightChange>({
    label: l10n.t('Relative change of each tensor'),
    columns: [
      { name: l10n.t('Tensor'), width: '30em', cell: ({ name }) => name },
      { name: l10n.t('Parameters'), width: '9em', number: true, cell: ({ parameters }) => count(parameters) },
      { name: l10n.t('Change'), width: '8em', number: true, cell: ({ relative }) => relativeText(relative) },
      { name: '', width: '12em', cell: ({ relative }) => bar((relative ?? 0) / largest) },
    ],
  });
  const note = h(
    'p',
    { class: 'hint' },
    l10n.t(
      'Relative change: ‖a − b‖ ÷ ‖a‖ (Frobenius norms), of tensors that both have in one shape; largest first.',
    ),
  );
  const element = h('section', {}, h('h2', {}, l10n.t('Weights')), status, note, table.element);
  let start: (() => void) | null = null;
  let canRead = false;
  const draw = () => {
    const { state } = job;
    const notice = jobNotice(job, l10n.t('Comparing the weights…'), () => start?.());
    const idle =
      state.kind !== 'idle'
        ? []
        : canRead
          ? [button(l10n.t('Compare Weights'), 'secondary', () => start?.())]
          : [noWeights()];
    status.replaceChildren(...(notice ? [notice] : []), ...idle);
    rows = state.kind === 'done' ? [...state.value].sort((a, b) => sortable(b) - sortable(a)) : [];
    largest = rows.reduce((most, { relative }) => Math.max(most, relative ?? 0), 0) || 1;
    table.element.hidden = note.hidden = rows.length === 0;
    table.setRows(rows.length, (index) => rows[index] ?? null);
  };
  const job = new Job<WeightChange[]>(draw);
  const changed = changeDetector();
  return {
    element,
    update(model, other) {
      if (!changed(model.key, other?.key)) return;
      canRead = model.hasWeights && other !== null && other.hasWeights;
      start = () => {
        if (other)
          job.run((signal, progress) => actions.ask('weights', { other: other.key }, signal, progress));
      };
      job.reset();
      draw();
    },
  };
}

function noWeights(): HTMLElement {
  return h(
    'p',
    { class: 'hint' },
    l10n.t('One of the models is known from its config alone: there are no weights to compare.'),
  );
}

const sortable = ({ relative }: WeightChange): number => relative ?? Infinity;

function relativeText(relative: number | null): string {
  if (relative === null) return l10n.t('from zero');
  return relative === 0 ? '0' : relative.toPrecision(3);
}
