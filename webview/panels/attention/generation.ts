import * as l10n from '@vscode/l10n';
import type { AttentionResult } from '../../../src/shared/attention';
import { GENERATION_DEFAULTS, MAX_NEW_TOKENS } from '../../../src/shared/generation';
import { inSentence } from '../../../src/shared/language';
import type {
  Candidate,
  Generation,
  GenerationOptions,
  GenerationStep,
} from '../../../src/shared/generation';
import { visibleText } from '../../charts/labels';
import { select } from '../../ui/controls';
import { changeDetector, h, setText } from '../../ui/dom';
import { button } from '../../ui/toolkit';
import { tabOf } from './view';
import type { Actions, Part, View } from './view';
import { simpleTable } from './simpleTable';

const METHODS: [GenerationOptions['method'], string][] = [
  ['greedy', l10n.t('Greedy')],
  ['sample', l10n.t('Sampling')],
  ['beam', l10n.t('Beam search')],
];

type NumberName = Exclude<keyof GenerationOptions, 'method'>;

interface Setting {
  name: NumberName;
  title: string;
  hint: string;
  methods: GenerationOptions['method'][];
  min: number;
  max: number;
  step: number;
}

const SETTINGS: Setting[] = [
  {
    name: 'temperature',
    title: l10n.t('Temperature'),
    hint: l10n.t('Logits are divided by it'),
    methods: ['sample'],
    min: 0.01,
    max: 100,
    step: 0.1,
  },
  {
    name: 'topK',
    title: l10n.t('Top k'),
    hint: l10n.t('Only the k most likely stay; 0 keeps all'),
    methods: ['sample'],
    min: 0,
    max: 100_000,
    step: 1,
  },
  {
    name: 'topP',
    title: l10n.t('Top p'),
    hint: l10n.t('Only the fewest tokens that sum to p stay; 1 keeps all'),
    methods: ['sample'],
    min: 0,
    max: 1,
    step: 0.05,
  },
  {
    name: 'seed',
    title: l10n.t('Seed'),
    hint: l10n.t('The same seed gives the same tokens'),
    methods: ['sample'],
    min: 0,
    max: 0xffffffff,
    step: 1,
  },
  {
    name: 'beams',
    title: l10n.t('Beams'),
    hint: l10n.t('Hypotheses kept'),
    methods: ['beam'],
    min: 2,
    max: 16,
    step: 1,
  },
  {
    name: 'lengthPenalty',
    title: l10n.t('Length penalty'),
    hint: l10n.t('Score: Σ log p ÷ length to this power'),
    methods: ['beam'],
    min: -10,
    max: 10,
    step: 0.1,
  },
  {
    name: 'maxNewTokens',
    title: l10n.t('New tokens'),
    hint: l10n.t('At most this many'),
    methods: ['greedy', 'sample', 'beam'],
    min: 1,
    max: MAX_NEW_TOKENS,
    step: 1,
  },
];

/** The model's own writing, one token at a time: what it could have written, and what it read when it did not. */
export function createGeneration(actions: Actions): Part {
  let options: GenerationOptions = { ...GENERATION_DEFAULTS };
  let step = 0;
  let view: View | null = null;
  const method = select(l10n.t('Method'), (index) => {
    options = { ...options, method: METHODS[index]?.[0] ?? 'greedy' };
    showSettings();
  });
  const inputs = SETTINGS.map((setting) => ({
    setting,
    ...numberField(setting, (value) => (options = { ...options, [setting.name]: value })),
  }));
  const run = button(l10n.t('Generate'), 'primary', () => actions.send('generate', options));
  const words = h('div', {
    class: 'chips',
    attributes: {
      role: 'listbox',
      'aria-label': l10n.t('Generated tokens'),
      'aria-orientation': 'horizontal',
    },
  });
  const facts = h('p', { class: 'hint' });
  const heading = h('h2');
  const candidates = h('div', { class: 'candidates' });
  const hypotheses = h('div', { class: 'hypotheses' });
  const empty = h(
    'p',
    { class: 'hint' },
    l10n.t(
      'Nothing is generated yet. The model goes on from the text, and the run with what it wrote replaces this one.',
    ),
  );
  const body = h('div', { class: 'generation-body' }, words, facts, heading, candidates, hypotheses);
  const element = h(
    'section',
    { class: 'generation' },
    h('div', { class: 'tools-body' }, method.element, ...inputs.map(({ element }) => element), run),
    empty,
    body,
  );
  const rebuild = changeDetector();
  const redraw = changeDetector();
  const showSettings = () => {
    method.set(
      METHODS.map(([, name]) => name),
      METHODS.findIndex(([name]) => name === options.method),
    );
    for (const { setting, element, input } of inputs) {
      element.hidden = !setting.methods.includes(options.method);
      input.value = String(options[setting.name]);
    }
  };
  const go = (to: number) => {
    const steps = view?.snapshot.result?.generation?.steps ?? [];
    step = Math.max(0, Math.min(steps.length - 1, to));
    const chosen = steps[step];
    if (!chosen || !view) return;
    if (view.state.kind === 'encoder') actions.choose({ kind: 'decoder' });
    actions.pin(chosen.query);
    actions.say(spoken(chosen, step, steps.length));
    (words.children[step] as HTMLElement | undefined)?.focus();
  };
  words.addEventListener('click', (event) => {
    const found = (event.target as Element).closest<HTMLElement>('[data-step]')?.dataset.step;
    if (found !== undefined) go(Number(found));
  });
  words.addEventListener('keydown', (event) => {
    const to = { ArrowRight: step + 1, ArrowLeft: step - 1, Home: 0, End: Infinity }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  });
  showSettings();
  return {
    element,
    update(next: View) {
      view = next;
      const { result, busy } = next.snapshot;
      element.hidden = !result || tabOf(next.state) !== 'generation';
      if (element.hidden || !result) return;
      run.disabled = busy !== null;
      const { generation } = result;
      empty.hidden = generation !== undefined;
      body.hidden = !generation;
      if (!generation) return;
      if (rebuild(result.runId)) {
        options = { ...generation.options };
        step = 0;
        showSettings();
        words.replaceChildren(...generation.steps.map((entry, index) => stepChip(entry, index)));
        hypotheses.replaceChildren(...hypothesisTable(generation));
      }
      const pinned = generation.steps.findIndex(({ query }) => query === next.state.query);
      if (pinned >= 0) step = pinned;
      if (!redraw(result.runId, step)) return;
      setText(facts, factsOf(generation));
      drawStep(generation, result);
    },
  };

  function drawStep({ steps, options: used }: Generation, result: AttentionResult): void {
    const entry = steps[step];
    [...words.children].forEach((chip, index) => {
      chip.classList.toggle('pinned', index === step);
      chip.setAttribute('aria-selected', String(index === step));
      chip.setAttribute('tabindex', index === step ? '0' : '-1');
    });
    if (!entry) return;
    setText(
      heading,
      result.target
        ? l10n.t`Token ${step + 1} of ${steps.length}: written after row ${entry.query} of the target was read`
        : l10n.t`Token ${step + 1} of ${steps.length}: written after row ${entry.query} of the text was read`,
    );
    const filtered = used.method === 'sample';
    candidates.replaceChildren(candidateTable(entry, filtered));
  }
}

function numberField({ title, hint, min, max, step }: Setting, changed: (value: number) => void) {
  const input = h('input', {
    attributes: { type: 'number', min: String(min), max: String(max), step: String(step) },
    on: {
      change: () => {
        const value = Math.max(min, Math.min(max, Number(input.value) || 0));
        const whole = step >= 1 ? Math.round(value) : value;
        input.value = String(whole);
        changed(whole);
      },
    },
  });
  return {
    input,
    element: h('label', { class: 'field', title: hint }, h('span', { class: 'field-label' }, title), input),
  };
}

function stepChip({ chosen, position }: GenerationStep, index: number): HTMLElement {
  const attributes = { role: 'option', tabindex: index === 0 ? '0' : '-1', 'data-step': String(index) };
  const name = position === null ? l10n.t`${visibleText(chosen.text)} (end)` : visibleText(chosen.text);
  return h(
    'span',
    { class: 'chip', title: l10n.t`Probability ${chosen.probability.toFixed(4)}`, attributes },
    h('bdi', {}, name),
  );
}

function candidateTable(entry: GenerationStep, filtered: boolean): HTMLElement {
  const rows = entry.candidates.map((candidate) =>
    candidateRow(candidate, candidate.id === entry.chosen.id, filtered),
  );
  const rank = rankText(entry.rank);
  const kept = filtered ? l10n.t` ${entry.kept.toLocaleString('en-US')} tokens passed the filters.` : '';
  const caption = l10n.t`What could have come next. ${rank}${kept} Entropy ${entry.entropy.toFixed(3)} nats.`;
  const titles = [l10n.t('Token'), '', l10n.t('Probability'), ...(filtered ? [l10n.t('Drawn from')] : [])];
  return simpleTable(caption, titles, rows);
}

function candidateRow(candidate: Candidate, chosen: boolean, filtered: boolean): HTMLElement {
  const bar = h('span', { class: 'bar' });
  bar.style.width = `${(100 * candidate.probability).toFixed(2)}%`;
  return h(
    'tr',
    { class: chosen ? 'pinned' : '' },
    h(
      'th',
      { attributes: { scope: 'row' } },
      h('bdi', { class: 'token' }, visibleText(candidate.text)),
      chosen ? ' ✓' : '',
    ),
    h('td', { class: 'bar-cell' }, h('span', { class: 'track', attributes: { 'aria-hidden': 'true' } }, bar)),
    h(
      'td',
      { class: 'number', title: l10n.t`log p = ${candidate.logProbability.toFixed(4)}` },
      candidate.probability.toFixed(4),
    ),
    ...(filtered
      ? [
          h(
            'td',
            { class: 'number' },
            candidate.filtered > 0 ? candidate.filtered.toFixed(4) : l10n.t('filtered out'),
          ),
        ]
      : []),
  );
}

function hypothesisTable({ hypotheses }: Generation): Node[] {
  if (hypotheses.length === 0) return [];
  const rows = hypotheses.map(({ text, score }, index) =>
    h(
      'tr',
      {},
      h('th', { attributes: { scope: 'row' } }, String(index + 1)),
      h('td', { class: 'wrap' }, text),
      h('td', { class: 'number' }, score.toFixed(4)),
    ),
  );
  return [
    simpleTable(
      l10n.t('The finished beams, best first; the first one is shown.'),
      ['', l10n.t('Text'), l10n.t('Score')],
      rows,
    ),
  ];
}

function factsOf({ steps, stopped, options }: Generation): string {
  const why = {
    end: l10n.t('the model ended the text'),
    limit: l10n.t('the limit was reached'),
    cancelled: l10n.t('it was cancelled'),
  }[stopped];
  const name = inSentence(METHODS.find(([method]) => method === options.method)?.[1] ?? '');
  return l10n.t`${steps.length} tokens by ${name}; ${why}. Left and right step through them.`;
}

function spoken({ chosen, candidates }: GenerationStep, step: number, total: number): string {
  const others = candidates
    .filter(({ id }) => id !== chosen.id)
    .slice(0, 2)
    .map(({ text, probability }) => `${text} ${probability.toFixed(2)}`);
  return l10n.t`Token ${step + 1} of ${total}: ${chosen.text}, probability ${chosen.probability.toFixed(2)}. Instead: ${others.join(', ')}`;
}

function rankText(rank: number): string {
  return rank === 0
    ? l10n.t('The written token was the most likely one.')
    : l10n.t`${rank.toLocaleString('en-US')} tokens were more likely than the one written.`;
}
