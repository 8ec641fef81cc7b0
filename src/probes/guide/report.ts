import * as l10n from '@vscode/l10n';
import type { Cell, Report, ReportAction, Table } from '../../shared/report';
import { formatNumber } from '../../shared/report';
import type { TimelineModel } from '../../shared/timeline';
import type { GuideResult, GuideSettings } from '../guide';
import type { Judged } from './choose';
import type { GuideTask } from './tasks';
import { TASK_ENTRIES, TASKS } from './tasks';

const PLACES = {
  bundled: l10n.t('comes with the program'),
  downloaded: l10n.t('on this machine'),
  hub: l10n.t('to download'),
};

export function report(result: GuideResult, settings: GuideSettings): Report {
  const { steps, judged, total } = result;
  const task: GuideTask = TASKS[settings.task];
  const fitting = judged.filter(({ against }) => against === null);
  return {
    findings: findings(result, settings, task, fitting),
    actions: next(task, fitting),
    parts: [
      {
        kind: 'bar',
        id: 'questions',
        title: l10n.t('What each answer leaves'),
        note: l10n.t`Of ${total} models: those that come with the program, and those of its download catalogue.`,
        categories: steps.map(({ question, answer }) => `${question} ${answer}`),
        category: { label: l10n.t('Question and answer') },
        value: { label: l10n.t('Models left'), format: 'count', min: 0 },
        horizontal: true,
        series: [{ name: '', values: steps.map(({ left }) => left) }],
      },
      modelTable('fitting', l10n.t('Models that fit'), fitting, task),
      familyTable(result, task),
      guideTable(result, settings),
      recentTable(result),
      modelTable(
        'others',
        l10n.t('Left out'),
        judged.filter(({ against }) => against !== null),
        task,
      ),
    ],
  };
}

function findings(
  { papers, recent, openCount, steps }: GuideResult,
  { speed, length }: GuideSettings,
  task: GuideTask,
  fitting: readonly Judged[],
): string[] {
  const [best, ...rest] = task.families;
  const lines = best
    ? [
        `${task.label}: ${best.family}. ${best.why}`,
        ...rest.map(({ family }) => l10n.t`Also possible: ${family}.`),
      ]
    : [];
  const [first] = fitting;
  if (first) {
    const { name, parameters, license, place } = first.candidate;
    const size = parameters === null ? '' : l10n.t`, ${formatNumber(parameters, 'compact')} parameters`;
    const wait = first.need.seconds;
    const seconds =
      wait === null
        ? ''
        : l10n.t` For ${formatNumber(length, 'count')} tokens it computes about ${formatNumber(wait, 'significant')} s at ${speed} billion multiply-adds a second.`;
    lines.push(
      l10n.t`First of those that fit: ${name}${size}, license ${license ?? l10n.t('not stated')}; it ${place === 'hub' ? l10n.t('has to be downloaded') : PLACES[place]}.${seconds}`,
    );
  } else {
    const before = steps.findLast(({ left }) => left > 0);
    const culprit = steps.find(({ left }) => left === 0);
    lines.push(
      l10n.t`No model is left: "${String(culprit?.question)} ${String(culprit?.answer)}" takes the last ${before?.left ?? 0}. Change that answer.`,
    );
  }
  const newest = recent[0];
  if (newest && papers.length > 0) {
    lines.push(
      l10n.t`Of the models with weights in the timeline ${openCount} are ${String(best?.family)}; the latest is ${newest.name} of ${newest.date}.`,
    );
  }
  return lines;
}

/** Starts the probe that shows the task, with the first model that is here. */
function next(task: GuideTask, fitting: readonly Judged[]): ReportAction[] {
  const here = fitting.find(({ candidate }) => candidate.place !== 'hub');
  const [first] = fitting;
  const anatomy: ReportAction[] = first
    ? [
        {
          kind: 'anatomy',
          label: l10n.t`Anatomy of ${first.candidate.name}`,
          model: first.candidate.place === 'hub' ? first.candidate.name : first.candidate.reference,
        },
      ]
    : [];
  return [start(task, here), ...anatomy];
}

function start({ probe }: GuideTask, judged?: Judged): ReportAction {
  const model =
    judged && judged.candidate.place !== 'hub' && probe.field !== ''
      ? { [probe.field]: judged.candidate.reference }
      : {};
  return { kind: 'probe', label: probe.title, probe: probe.id, settings: { ...probe.settings, ...model } };
}

function modelTable(id: string, title: string, judged: readonly Judged[], task: GuideTask): Table {
  const isFitting = id === 'fitting';
  return {
    kind: 'table',
    id,
    title,
    ...(isFitting && {
      note: l10n.t(
        'Best family first, then what is on this machine, then by size. Memory: weights, cache and working memory. Seconds: multiply-adds by the speed that you set. A dash: not published, and not counted against it.',
      ),
    }),
    columns: [
      { label: l10n.t('Model') },
      { label: l10n.t('Family') },
      { label: l10n.t('Parameters'), format: 'compact' },
      { label: l10n.t('Weights'), format: 'bytes', note: l10n.t('As published; else computed in 32 bits') },
      { label: l10n.t('Memory'), format: 'bytes' },
      { label: l10n.t('Seconds'), format: 'significant' },
      { label: l10n.t('Context'), format: 'count' },
      { label: l10n.t('License') },
      { label: l10n.t('Where') },
      { label: isFitting ? l10n.t('Start') : l10n.t('Why not') },
    ],
    rows: judged.map(({ candidate, need, against, ...rest }): Cell[] => {
      const { name, page, family, parameters, bytes, context, license, place } = candidate;
      const action = start(task, { candidate, need, against, ...rest });
      return [
        page === null ? name : { text: name, href: page },
        ...[family, parameters, bytes, need.memory, need.seconds, context],
        license ?? l10n.t('not stated'),
        PLACES[place],
        against ?? { text: action.label, action },
      ];
    }),
  };
}

function familyTable({ papers }: GuideResult, task: GuideTask): Table {
  return {
    kind: 'table',
    id: 'families',
    title: l10n.t('Why this family'),
    columns: [{ label: l10n.t('Family') }, { label: l10n.t('Why') }, { label: l10n.t('Paper') }],
    rows: task.families.map(({ family, why, paper }) => [family, why, paperCell(papers, paper)]),
  };
}

function guideTable({ papers }: GuideResult, settings: GuideSettings): Table {
  return {
    kind: 'table',
    id: 'guide',
    title: l10n.t('The whole guide'),
    note: l10n.t('Task, family, and the probe that shows it.'),
    columns: [
      { label: l10n.t('Task') },
      { label: l10n.t('Family') },
      { label: l10n.t('Why') },
      { label: l10n.t('Paper') },
      { label: l10n.t('Start') },
    ],
    rows: TASK_ENTRIES.map(([name, task]): Cell[] => {
      const [best] = task.families;
      const action = start(task);
      return [
        name === settings.task ? l10n.t`${task.label} (chosen)` : task.label,
        task.families.map(({ family }) => family).join(', then '),
        best?.why ?? null,
        best ? paperCell(papers, best.paper) : null,
        { text: action.label, action },
      ];
    }),
  };
}

function paperCell(papers: readonly TimelineModel[], name: string): Cell {
  const paper = papers.find((one) => one.name === name);
  return paper ? { text: `${paper.name}, ${paper.date.slice(0, 4)}`, href: paper.source } : name;
}

function recentTable({ recent }: GuideResult): Table {
  return {
    kind: 'table',
    id: 'recent',
    title: l10n.t('Published lately in this family, with weights'),
    note: l10n.t('From the timeline; sizes are of the largest version.'),
    columns: [
      { label: l10n.t('Model') },
      { label: l10n.t('Organization') },
      { label: l10n.t('Month') },
      { label: l10n.t('Parameters'), format: 'compact' },
      { label: l10n.t('Context'), format: 'count' },
    ],
    rows: recent.map(({ name, source, organization, date, parameters, context }) => [
      { text: name, href: source },
      ...[organization, date, parameters, context],
    ]),
  };
}
