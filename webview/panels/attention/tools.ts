import { formulaOf } from '../../../src/shared/aggregate';
import type { Grain } from '../../../src/shared/aggregate';
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
  head: 'This head',
  'heads-mean': 'Mean of the layer’s heads',
  'heads-max': 'Largest of the layer’s heads',
  'layers-mean': 'Mean of all layers',
  'layers-max': 'Largest of all layers',
  rollout: 'Rollout through the layers',
  flow: 'Flow through the layers',
};
const GRAINS: [Grain, string][] = [
  ['token', 'Tokens'],
  ['word', 'Words'],
  ['line', 'Lines'],
];
/** Views whose matrix can be an aggregate. */
const AGGREGATED = new Set(['matrix', 'lines', 'text', 'compare']);

/** Combining heads, joining tokens, hiding and cutting: out of the way until opened, with the formula of what is shown. */
export function createTools(actions: Actions): Part {
  let offered: readonly Combination[] = COMBINATIONS;
  const source = select('Show', (index) => actions.setCombination(offered[index] ?? 'head'));
  const grain = select('Rows and columns', (index) =>
    actions.setShaping({ grain: GRAINS[index]?.[0] ?? 'token' }),
  );
  const special = checkbox('Hide special tokens', (hideSpecial) => actions.setShaping({ hideSpecial }));
  const sinks = checkbox('Hide sinks', (hideSinks) => actions.setShaping({ hideSinks }));
  sinks.title = 'Tokens that many heads rest on when there is nothing to read, most often the first one.';
  const renormalize = checkbox('Rows sum to 1 again', (on) => actions.setShaping({ renormalize: on }));
  const threshold = h('input', {
    attributes: { type: 'number', min: '0', max: '1', step: '0.01' },
    on: { change: () => actions.setShaping({ threshold: fraction(threshold.value) }) },
  });
  const summary = h('span', { class: 'hint' });
  const formula = h('ol', { class: 'formula', attributes: { 'aria-label': 'Formula of what is shown' } });
  const element = h(
    'details',
    { class: 'tools' },
    h('summary', {}, 'Combine and filter', summary),
    h(
      'div',
      { class: 'tools-body' },
      source.element,
      grain.element,
      special,
      sinks,
      renormalize,
      h('label', { class: 'field' }, h('span', { class: 'field-label' }, 'Blank below'), threshold),
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
    ...(combination === 'head' ? [] : [COMBINATION_NAMES[combination].toLowerCase()]),
    ...(shaping.grain === 'token' ? [] : [`by ${shaping.grain}`]),
    ...(shaping.hideSpecial ? ['special tokens hidden'] : []),
    ...(shaping.hideSinks ? ['sinks hidden'] : []),
    ...(shaping.renormalize ? ['rows sum to 1'] : []),
    ...(shaping.threshold > 0 ? [`blank below ${shaping.threshold}`] : []),
  ];
  return parts.join(', ');
}

function fraction(text: string): number {
  return Math.max(0, Math.min(1, Number(text) || 0));
}

/** What the shown matrix is called, in headings and aloud. */
export function shownName(kindName: string, { layer, head, combination = 'head' }: View['state']): string {
  if (combination === 'head') return `${kindName}, layer ${layer}, head ${head}`;
  const name = COMBINATION_NAMES[combination];
  return combination.startsWith('heads')
    ? `${kindName}, layer ${layer}: ${name.toLowerCase()}`
    : `${kindName}: ${name.toLowerCase()}`;
}
