import * as l10n from '@vscode/l10n';
import type { CellArithmetic } from '../../../src/shared/cell';
import { axisTokens } from '../../../src/shared/attention';
import { tokenLabel } from '../../charts/labels';
import { formatWeight } from '../../charts/rows';
import { select } from '../../ui/controls';
import { changeDetector, h, setText } from '../../ui/dom';
import { createDimensionBars } from './dimensionBars';
import { createFailure } from './failure';
import { activeQuery, KIND_NAMES, tabOf } from './view';
import type { Actions, Part, View } from './view';
import { simpleTable } from './simpleTable';

/** How one weight comes about: the product per dimension, the score, the mask, the softmax. */
export function createArithmetic(actions: Actions): Part {
  const heading = h('h2');
  const query = select(l10n.t('Query'), (index) => actions.pin(index));
  const key = select(l10n.t('Key'), (index) => actions.setState({ key: index }));
  const status = h('p', { class: 'hint' });
  const failed = createFailure(actions);
  const steps = h('ol', { class: 'steps' });
  const bars = createDimensionBars();
  const table = h('div', {
    class: 'table-scroll',
    attributes: { tabindex: '0', role: 'region', 'aria-label': l10n.t('Product by dimension') },
  });
  const row = h('div', {
    class: 'table-scroll',
    attributes: { tabindex: '0', role: 'region', 'aria-label': l10n.t('The softmax row') },
  });
  const element = h(
    'section',
    { class: 'arithmetic wide-view' },
    heading,
    h('div', { class: 'tools-body' }, query.element, key.element),
    status,
    failed.element,
    steps,
    bars.element,
    h('div', { class: 'tables' }, table, row),
  );
  const changed = changeDetector();
  return {
    element,
    update(view: View) {
      const { result } = view.snapshot;
      const { kind, layer, head } = view.state;
      element.hidden = !result || tabOf(view.state) !== 'arithmetic';
      if (element.hidden || !result || !kind) return;
      const { queries, keys } = axisTokens(result, kind);
      const at = cellOf(view);
      setText(heading, l10n.t`${KIND_NAMES[kind]}, layer ${layer}, head ${head}: one weight, step by step`);
      query.set(
        queries.map((token, index) => `${index} ${tokenLabel(token)}`),
        at.query,
      );
      key.set(
        keys.map((token, index) => `${index} ${tokenLabel(token)}`),
        at.key,
      );
      const { value, failure } = actions.fetch('cell', { runId: result.runId, kind, layer, head, ...at });
      element.setAttribute('aria-busy', String(!value && !failure));
      setText(status, value || failure ? '' : l10n.t('Reading queries and keys…'));
      failed.show(failure);
      steps.hidden = bars.element.hidden = table.hidden = row.hidden = !value;
      if (!value || !changed(value, view.theme, bars.width())) return;
      steps.replaceChildren(
        ...stepsOf(value).map(([text, note]) =>
          h('li', {}, h('code', {}, text), h('span', { class: 'hint' }, note)),
        ),
      );
      bars.draw(value, view.theme);
      table.replaceChildren(dimensionTable(value));
      row.replaceChildren(rowTable(value, keys.map(tokenLabel)));
    },
  };
}

/** The chosen cell: the active query and the chosen key, else the strongest key of that query. */
function cellOf(view: View): { query: number; key: number } {
  const query = view.state.query ?? activeQuery(view) ?? 0;
  const { head, state } = view;
  if (state.key !== null && state.key !== undefined) return { query, key: state.key };
  const weights = head?.weights.subarray(query * head.keys, (query + 1) * head.keys) ?? new Float32Array(1);
  return { query, key: weights.indexOf(weights.reduce((best, weight) => Math.max(best, weight), 0)) };
}

const number = (value: number): string =>
  Number.isFinite(value) ? minus(String(Number(value.toPrecision(6)))) : value < 0 ? '−∞' : '∞';

const minus = (text: string): string => text.replace('-', '−');

/** Less than this part of the score is what single precision loses on the way, not something the model adds. */
const LOST = 1e-6;

function stepsOf(cell: CellArithmetic): [text: string, note: string][] {
  const shared =
    cell.keyHead === cell.head
      ? ''
      : l10n.t` The key is of key/value head ${cell.keyHead}, which several heads share.`;
  return [
    [`q · k = Σᵢ q[i] · k[i] = ${number(cell.product)}`, l10n.t`over ${cell.size} dimensions.${shared}`],
    [
      `× ${number(cell.scale)} = ${number(cell.scaled)}`,
      cell.scale === 1 ? l10n.t('this model does not scale') : l10n.t('the scale, 1 ÷ √size in most models'),
    ],
    [`+ ${number(addsNothing(cell) ? 0 : cell.added)} = ${number(cell.score)}`, addedNote(cell)],
    [
      `exp(${number(cell.score)} − ${number(cell.largest)}) ÷ ${number(cell.denominator)} = ${number(cell.weight)}`,
      l10n.t`softmax over the row, its largest score taken off first; the views show ${formatWeight(cell.shown)}`,
    ],
  ];
}

const addsNothing = ({ added, scaled }: CellArithmetic): boolean =>
  Math.abs(added) < LOST * Math.max(1, Math.abs(scaled));

function addedNote(cell: CellArithmetic): string {
  if (cell.masked) return l10n.t('the mask: this key cannot be seen');
  return addsNothing(cell)
    ? l10n.t('no position bias and no mask here')
    : l10n.t('what the model adds: position bias and mask');
}

function dimensionTable(cell: CellArithmetic): HTMLElement {
  let sum = 0;
  const rows = Array.from(cell.products, (product, i) => {
    sum += product;
    const values = [cell.q[i] as number, cell.k[i] as number, product, sum];
    return h(
      'tr',
      {},
      h('th', { attributes: { scope: 'row' } }, String(i)),
      ...values.map((value) => h('td', { class: 'number' }, minus(value.toFixed(5)))),
    );
  });
  return simpleTable(
    l10n.t('Dimension by dimension; the last sum is q · k.'),
    ['i', 'q[i]', 'k[i]', 'q[i] · k[i]', l10n.t('Sum')],
    rows,
  );
}

function rowTable(cell: CellArithmetic, names: string[]): HTMLElement {
  const rows = Array.from(cell.scores, (score, key) => {
    const values = [number(score), (cell.weights[key] as number).toFixed(6)];
    return h(
      'tr',
      { class: key === cell.key ? 'pinned' : '' },
      h('th', { attributes: { scope: 'row' } }, `${key} `, h('bdi', { class: 'token' }, names[key] ?? '')),
      ...values.map((value) => h('td', { class: 'number' }, value)),
    );
  });
  return simpleTable(
    l10n.t('The whole row: scores before the softmax, weights after.'),
    [l10n.t('Key'), l10n.t('Score'), l10n.t('Weight')],
    rows,
  );
}
