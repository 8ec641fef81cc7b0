import * as l10n from '@vscode/l10n';
import type { AttentionKind } from '../../../src/shared/attention';
import { LABELS, LABEL_TITLES, METRICS, metricsFor } from '../../../src/shared/metrics';
import type { HeadLabel, HeadMetrics, HeadProbe, MetricName } from '../../../src/shared/metrics';
import { select } from '../../ui/controls';
import { changeDetector, h, setText } from '../../ui/dom';
import { button, checkbox } from '../../ui/toolkit';
import { createFailure } from './failure';
import { headTable } from './headTable';
import type { HeadColumn } from './headTable';
import { createScatter } from './scatter';
import { tabOf } from './view';
import type { Actions, Part, View } from './view';

const SIMILAR = 6;
/** The probe's random tokens are the same each time. */
const PROBE_SEED = 0;

interface Choice {
  x: MetricName;
  y: MetricName;
  label: HeadLabel | null;
  clean: boolean;
  sort: { column: string; down: boolean };
  probing: boolean;
}

/** Every head of the chosen kind by what it does: as points of two measures, as a table, and those like the chosen one. */
export function createHeadFinder(actions: Actions): Part {
  const choice: Choice = {
    x: 'distance',
    y: 'entropy',
    label: null,
    clean: false,
    sort: { column: 'layer', down: false },
    probing: false,
  };
  let metrics: MetricName[] = [];
  let labels: HeadLabel[] = [];
  let view: View | null = null;
  const redraw = () => view && part.update(view);
  const change = (next: Partial<Choice>) => {
    Object.assign(choice, next);
    redraw();
  };
  const x = select(l10n.t('Across'), (index) => change({ x: metrics[index] ?? 'entropy' }));
  const y = select(l10n.t('Up'), (index) => change({ y: metrics[index] ?? 'entropy' }));
  const label = select(l10n.t('Label'), (index) => change({ label: labels[index - 1] ?? null }));
  const clean = checkbox(l10n.t('Without sinks'), (on) => change({ clean: on }));
  clean.title = l10n.t('Measured after special and sink tokens are removed and rows sum to 1 again.');
  const probe = button(l10n.t('Run Repeated-Token Probe'), 'secondary', () => change({ probing: true }));
  probe.title = l10n.t('Random tokens, repeated once: the standard test for induction heads.');
  const scatter = createScatter((head) => actions.choose(head));
  const status = h('p', { class: 'hint' });
  const failed = createFailure(actions);
  const formulas = h('p', { class: 'hint' });
  const similar = h('section', { class: 'similar' });
  const table = h('div', {
    class: 'table-scroll',
    attributes: { tabindex: '0', role: 'region', 'aria-label': l10n.t('Heads and their measures') },
  });
  const board = h('div', { class: 'finder-board' }, h('div', {}, scatter.element, formulas), similar);
  const element = h(
    'section',
    { class: 'head-finder wide-view' },
    h('div', { class: 'tools-body' }, x.element, y.element, label.element, clean, probe),
    status,
    failed.element,
    board,
    table,
  );
  const changed = changeDetector();
  const part: Part = {
    element,
    svg: () => scatter.svg(),
    update(next: View) {
      view = next;
      const { result } = next.snapshot;
      const { kind, layer, head } = next.state;
      element.hidden = !result || tabOf(next.state) !== 'heads';
      if (element.hidden || !result || !kind) return;
      const { runId } = result;
      const { value, failure } = actions.fetch('headMetrics', { runId });
      const like = actions.fetch('similarHeads', { runId, kind, layer, head, count: SIMILAR });
      const probed = choice.probing ? actions.fetch('headProbe', { runId, seed: PROBE_SEED }) : null;
      element.setAttribute('aria-busy', String(!value && !failure));
      if (
        !changed(
          value,
          failure,
          like,
          probed,
          next.state,
          next.theme,
          ...Object.values(choice),
          scatter.width(),
        )
      )
        return;
      const waiting = probed && !probed.value && !probed.failure ? l10n.t('Running the probe…') : '';
      setText(status, value || failure ? waiting : l10n.t('Measuring every head…'));
      failed.show(failure ?? probed?.failure);
      board.hidden = table.hidden = !value;
      const heads = value?.heads.filter((entry) => entry.kind === kind) ?? [];
      setControls(kind, heads);
      const shown = heads.filter(({ labels }) => choice.label === null || labels.includes(choice.label));
      drawScatter(next, shown);
      similar.replaceChildren(...similarHeads(like.value ?? [], next));
      const columns = columnsOf(kind, probed?.value ?? null);
      table.replaceChildren(
        headTable(
          shown,
          columns,
          choice.sort,
          { layer, head },
          (column) =>
            change({ sort: { column, down: choice.sort.column === column ? !choice.sort.down : true } }),
          (address) => actions.choose(address),
        ),
      );
    },
  };
  scatter.onResize(redraw);
  return part;

  function setControls(kind: AttentionKind, heads: HeadMetrics[]): void {
    metrics = metricsFor(kind);
    labels = LABELS.map((rule) => rule.label).filter((name) =>
      heads.some((entry) => entry.labels.includes(name)),
    );
    if (!metrics.includes(choice.x)) choice.x = metrics[0] as MetricName;
    if (!metrics.includes(choice.y)) choice.y = metrics[1] as MetricName;
    const titles = metrics.map((name) => METRICS[name].title);
    x.set(titles, metrics.indexOf(choice.x));
    y.set(titles, metrics.indexOf(choice.y));
    label.set(
      [l10n.t('Any'), ...labels.map((name) => LABEL_TITLES[name])],
      choice.label ? labels.indexOf(choice.label) + 1 : 0,
    );
    clean.checked = choice.clean;
    probe.disabled = choice.probing;
    setText(
      formulas,
      [
        ...[choice.x, choice.y].map((name) => `${METRICS[name].title}: ${METRICS[name].formula}.`),
        l10n.t('Filled: heads with a label.'),
      ].join(' '),
    );
  }

  function drawScatter({ state, theme }: View, heads: HeadMetrics[]): void {
    const points = heads.flatMap((entry) => {
      const values = choice.clean ? entry.clean : entry.raw;
      const [px, py] = [values[choice.x], values[choice.y]];
      return px === null || py === null ? [] : [{ ...entry, x: px, y: py }];
    });
    const titles = { x: METRICS[choice.x].title, y: METRICS[choice.y].title };
    scatter.draw(points, titles, { layer: state.layer, head: state.head }, theme);
  }

  function columnsOf(kind: AttentionKind, probed: HeadProbe | null): HeadColumn[] {
    const own = metricsFor(kind).map((name) => ({
      name,
      title: METRICS[name].title,
      formula: METRICS[name].formula,
      value: (entry: HeadMetrics) => (choice.clean ? entry.clean : entry.raw)[name],
    }));
    if (!probed) return own;
    const scores = new Map(
      probed.heads.map((entry) => [`${entry.kind} ${entry.layer} ${entry.head}`, entry]),
    );
    const names = {
      induction: l10n.t('Probe: induction'),
      duplicate: l10n.t('Probe: duplicate'),
      previous: l10n.t('Probe: previous'),
    };
    return [
      ...own,
      ...(['induction', 'duplicate', 'previous'] as const).map((name) => ({
        name: `probe-${name}`,
        title: names[name],
        formula: l10n.t`on ${probed.sequences} sequences of ${probed.tokens} random tokens, repeated once`,
        value: ({ kind, layer, head }: HeadMetrics) => scores.get(`${kind} ${layer} ${head}`)?.[name] ?? null,
      })),
    ];
  }

  function similarHeads(
    heads: { layer: number; head: number; similarity: number }[],
    { state }: View,
  ): Node[] {
    const items = heads.map(({ layer, head, similarity }) =>
      h(
        'li',
        {},
        h(
          'button',
          {
            class: 'link',
            attributes: { type: 'button' },
            on: { click: () => actions.choose({ layer, head }) },
          },
          l10n.t`Layer ${layer}, head ${head}`,
        ),
        h(
          'span',
          { class: 'weight', title: l10n.t('1 − mean Jensen-Shannon divergence of the rows') },
          similarity.toFixed(3),
        ),
      ),
    );
    return [
      h('h2', {}, l10n.t`Like layer ${state.layer}, head ${state.head}`),
      h('ol', { class: 'similar-list' }, ...items),
    ];
  }
}
