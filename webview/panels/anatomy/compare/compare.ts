import * as l10n from '@vscode/l10n';
import type { ComparisonRow } from '../../../../src/shared/anatomy';
import type { ModelAnatomy } from '../../../../src/shared/anatomyProtocol';
import { select } from '../../../ui/controls';
import { changeDetector, h } from '../../../ui/dom';
import { button, checkbox } from '../../../ui/toolkit';
import type { Actions, Part, View } from '../view';
import { breakdown, sizes } from './bars';
import { createStructure } from './structure';
import { createWeights } from './weights';

/** The model beside others: architecture row by row, where the parameters are, and how two differ tensor by tensor. */
export function createCompare(actions: Actions): Part {
  const models = h('ul', { class: 'chips-list' });
  const add = button(l10n.t('Add Model…'), 'primary', () => actions.send('addComparison', null));
  const only = checkbox(l10n.t('Only differences'), () => draw());
  const rows = h('div', { class: 'stack' });
  const choice = select(l10n.t('Tensor by tensor with'), (index) => {
    other = others[index]?.key ?? null;
    draw();
  });
  const structure = createStructure(actions);
  const weights = createWeights(actions);
  const pair = h('section', { class: 'stack' }, choice.element, structure.element, weights.element);
  const element = h(
    'section',
    { class: 'stack' },
    h('div', { class: 'toolbar' }, models, add, only),
    rows,
    pair,
  );
  const changed = changeDetector();
  let view: View | null = null;
  let others: ModelAnatomy[] = [];
  let other: string | null = null;
  const draw = () => {
    const model = view?.snapshot.model;
    if (!view || !model) return;
    others = view.snapshot.others;
    if (!others.some(({ key }) => key === other)) other = others[0]?.key ?? null;
    const all = [model, ...others];
    models.replaceChildren(...others.map((one) => chip(one, actions)));
    rows.replaceChildren(
      ...(others.length > 0 ? [architecture(view.snapshot.comparison, all, only.checked)] : [invitation()]),
      breakdown(all),
      sizes(all),
    );
    only.hidden = pair.hidden = others.length === 0;
    choice.set(
      others.map(({ anatomy }) => anatomy.name),
      others.findIndex(({ key }) => key === other),
    );
    const chosen = others.find(({ key }) => key === other) ?? null;
    structure.update(model, chosen);
    weights.update(model, chosen);
  };
  return {
    element,
    update(next) {
      view = next;
      if (next.state.tab === 'compare' && changed(next.snapshot)) draw();
    },
  };
}

function invitation(): HTMLElement {
  return h(
    'p',
    { class: 'hint' },
    l10n.t('Add a file, a folder, a downloaded model or one of the catalogue to see both side by side.'),
  );
}

function chip({ key, anatomy }: ModelAnatomy, actions: Actions): HTMLElement {
  const remove = button(
    l10n.t`Remove ${anatomy.name}`,
    'icon',
    () => actions.send('removeComparison', { key }),
    '✕',
  );
  return h('li', {}, h('span', {}, anatomy.name), remove);
}

function architecture(
  comparison: readonly ComparisonRow[],
  models: readonly ModelAnatomy[],
  onlyDifferences: boolean,
): HTMLElement {
  const heads = ['', ...models.map(({ anatomy }) => anatomy.name)].map((name) =>
    h('th', { attributes: { scope: 'col' } }, name),
  );
  const shown = comparison.filter(({ differs }) => differs || !onlyDifferences);
  const body = shown.map(({ label, values, differs }) =>
    h(
      'tr',
      { class: differs ? 'differs' : '' },
      h(
        'th',
        { attributes: { scope: 'row' } },
        label,
        ...(differs ? [h('span', { class: 'visually-hidden' }, l10n.t(' (differs)'))] : []),
      ),
      ...values.map((value) => h('td', {}, value ?? '–')),
    ),
  );
  const attributes = { tabindex: '0', role: 'region', 'aria-label': l10n.t('Architecture, side by side') };
  const table = h(
    'table',
    { class: 'plain' },
    h('thead', {}, h('tr', {}, ...heads)),
    h('tbody', {}, ...body),
  );
  return h(
    'section',
    {},
    h('h2', {}, l10n.t('Architecture')),
    h('div', { class: 'table-scroll', attributes }, table),
  );
}
