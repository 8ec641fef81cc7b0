import * as l10n from '@vscode/l10n';
import { formulaOf } from '../../../src/shared/aggregate';
import type { Grain } from '../../../src/shared/aggregate';
import { inSentence } from '../../../src/shared/language';
import { COMBINATIONS } from '../../../src/shared/protocol';
import type { Combination } from '../../../src/shared/protocol';
import { select } from '../../ui/controls';
import { changeDetector, h, setText } from '../../ui/dom';
import { checkbox } from '../../ui/toolkit';
import { isPlain, shapingOf, sourceOf } from './shown';
import { hasFlow } from './state';
import { tabOf } from './view';
import type { Actions, Part, View } from './view';

const COMBINATION_NAMES: Record<Combination, string> = {
  head: l10n.t('This head'),
  'heads-mean': l10n.t('Mean of the layer’s heads'),
  'heads-max': l10n.t('Largest of the layer’s heads'),
  'layers-mean': l10n.t('Mean of all layers'),
  'layers-max': l10n.t('Largest of all layers'),
  rollout: l10n.t('Rollout through the layers'),
  flow: l10n.t('Flow through the layers'),
};
const GRAINS: [Grain, string][] = [
  ['token', l10n.t('Tokens')],
  ['word', l10n.t('Words')],
  ['line', l10n.t('Lines')],
];
/** Views whose matrix can be an aggregate. */
const AGGREGATED = new Set(['matrix', 'lines', 'text', 'compare']);

/** Combining heads, joining tokens, hiding and cutting: out of the way until opened, with the formula of what is shown. */
export function createTools(actions: Actions): Part {
  let offered: readonly Combination[] = COMBINATIONS;
  const source = select(l10n.t('Show'), (index) => actions.setCombination(offered[index] ?? 'head'));
  const grain = select(l10n.t('Rows and columns'), (index) =>
    actions.setShaping({ grain: GRAINS[index]?.[0] ?? 'token' }),
  );
  const special = checkbox(l10n.t('Hide special tokens'), (hideSpecial) =>
    actions.setShaping({ hideSpecial }),
  );
  const sinks = checkbox(l10n.t('Hide sinks'), (hideSinks) => actions.setShaping({ hideSinks }));
  sinks.title = l10n.t(
    'Tokens that many heads rest on when there is nothing to read, most often the first one.',
  );
  const renormalize = checkbox(l10n.t('Rows sum to 1 again'), (on) =>
    actions.setShaping({ renormalize: on }),
  );
  const threshold = h('input', {
    attributes: { type: 'number', min: '0', max: '1', step: '0.01' },
    on: { change: () => actions.setShaping({ threshold: fraction(threshold.value) }) },
  });
  const summary = h('span', { class: 'hint' });
  const formula = h('ol', {
    class: 'formula',
    attributes: { 'aria-label': l10n.t('Formula of what is shown') },
  });
  const element = h(
    'details',
    { class: 'tools' },
    h('summary', {}, l10n.t('Combine and filter'), summary),
    h(
      'div',
      { class: 'tools-body' },
      source.element,
      grain.element,
      special,
      sinks,
      renormalize,
      h('label', { class: 'field' }, h('span', { class: 'field-label' }, l10n.t('Blank below')), threshold),
    ),
    formula,
  );
  const changed = changeDetector();
  return {
    element,
    update(view: View) {
      element.hidden = !view.snapshot.result || !AGGREGATED.has(tabOf(view.state));
      if (element.hidden || !changed(view.snapshot.result, view.state)) return;
      const shaping = shapingOf(view.state);
      offered = offeredFor(view);
      const combination = view.state.combination ?? 'head';
      source.set(
        offered.map((name) => COMBINATION_NAMES[name]),
        Math.max(0, offered.indexOf(combination)),
      );
      grain.set(
        GRAINS.map(([, name]) => name),
        GRAINS.findIndex(([name]) => name === shaping.grain),
      );
      special.checked = shaping.hideSpecial;
      sinks.checked = shaping.hideSinks;
      renormalize.checked = shaping.renormalize;
      threshold.value = String(shaping.threshold);
      setText(summary, summaryOf(view));
      const asked = sourceOf(view.state);
      formula.replaceChildren(...(asked ? formulaOf(asked, shaping) : []).map((line) => h('li', {}, line)));
    },
  };
}

function offeredFor({ snapshot: { result }, state: { kind } }: View): Combination[] {
  return COMBINATIONS.filter((name) => name !== 'flow' || (result && hasFlow(result, kind)));
}

/** What is in force, so that a closed drawer hides nothing. */
function summaryOf({ state }: View): string {
  const shaping = shapingOf(state);
  const { combination = 'head' } = state;
  if (combination === 'head' && isPlain(shaping)) return '';
  const parts = [
    ...(combination === 'head' ? [] : [inSentence(COMBINATION_NAMES[combination])]),
    ...(shaping.grain === 'token' ? [] : [shaping.grain === 'word' ? l10n.t('by word') : l10n.t('by line')]),
    ...(shaping.hideSpecial ? [l10n.t('special tokens hidden')] : []),
    ...(shaping.hideSinks ? [l10n.t('sinks hidden')] : []),
    ...(shaping.renormalize ? [l10n.t('rows sum to 1')] : []),
    ...(shaping.threshold > 0 ? [l10n.t`blank below ${shaping.threshold}`] : []),
  ];
  return parts.join(', ');
}

function fraction(text: string): number {
  return Math.max(0, Math.min(1, Number(text) || 0));
}

/** What the shown matrix is called, in headings and aloud. */
export function shownName(kindName: string, { layer, head, combination = 'head' }: View['state']): string {
  if (combination === 'head') return l10n.t`${kindName}, layer ${layer}, head ${head}`;
  const name = COMBINATION_NAMES[combination];
  return combination.startsWith('heads')
    ? l10n.t`${kindName}, layer ${layer}: ${inSentence(name)}`
    : `${kindName}: ${inSentence(name)}`;
}
