import * as l10n from '@vscode/l10n';
import type { Inference } from '../shared/inference';
import type { TimelineModel } from '../shared/timeline';
import type { Judged, Step } from './guide/choose';
import { report } from './guide/report';
import type { GuideTask, TaskName } from './guide/tasks';
import { TASK_ENTRIES, TASKS } from './guide/tasks';
import { defineProbe, type ProbeContext, type ProbeRequest, type SettingsOf } from './probe';

const FIELDS = {
  task: {
    kind: 'choice',
    label: l10n.t('Task'),
    default: 'classify' as TaskName,
    options: TASK_ENTRIES.map(([value, { label }]) => ({ value, label })),
  },
  material: {
    kind: 'choice',
    label: l10n.t('It reads'),
    default: 'language',
    options: [
      { value: 'language', label: l10n.t('Language') },
      { value: 'code', label: l10n.t('Source code') },
    ],
  },
  memory: {
    kind: 'number',
    label: l10n.t('Memory'),
    default: 0,
    min: 0,
    max: 1024,
    unit: l10n.t('GB; 0: this machine'),
  },
  length: {
    kind: 'number',
    label: l10n.t('Text'),
    default: 256,
    min: 1,
    max: 131_072,
    integer: true,
    slider: 'log',
    unit: l10n.t('tokens'),
  },
  output: {
    kind: 'number',
    label: l10n.t('Answer'),
    default: 64,
    min: 1,
    max: 8192,
    integer: true,
    slider: 'log',
    unit: l10n.t('tokens'),
    when: { field: 'task', is: TASK_ENTRIES.flatMap(([name, { writes }]) => (writes ? [name] : [])) },
  },
  seconds: {
    kind: 'number',
    label: l10n.t('Longest wait'),
    default: 10,
    min: 0.001,
    max: 3600,
    slider: 'log',
    unit: 's',
  },
  speed: {
    kind: 'number',
    label: l10n.t('Speed of the machine'),
    default: 20,
    min: 0.1,
    max: 1_000_000,
    slider: 'log',
    unit: l10n.t('billion multiply-adds a second'),
    help: l10n.t('The probe Architecture Comparison measures time here: multiply-adds by seconds.'),
  },
  license: {
    kind: 'choice',
    label: l10n.t('License'),
    default: 'any',
    options: [
      { value: 'any', label: l10n.t('Any') },
      { value: 'stated', label: l10n.t('One that is stated') },
      { value: 'permissive', label: l10n.t('Apache, MIT or alike') },
    ],
  },
} as const;

export type GuideSettings = SettingsOf<typeof FIELDS>;

export interface GuideResult {
  /** Models before the first question. */
  total: number;
  steps: Step[];
  judged: Judged[];
  /** Bytes that the answers were judged by. */
  memory: number;
  /** Rows of the timeline that the guide refers to. */
  papers: TimelineModel[];
  /** The latest of the first family with weights, and how many there are in all. */
  recent: TimelineModel[];
  openCount: number;
}

const MOST_RECENT = 8;

/** From a task to a family, to models that fit, to a probe. */
export const guide = defineProbe({
  id: 'guide',
  title: l10n.t('Which Architecture?'),
  topic: 'Field',
  summary: l10n.t(
    'From a task to a family of transformers, to models that fit your machine and license, to a probe that shows them.',
  ),
  shows: l10n.t(
    'Six questions, answered by the settings: task, training, language or code, memory, time and license. What each answer leaves of the models that this program can fetch, with size, license and reasons; and for every task the family that suits it, with its paper.',
  ),
  look: l10n.t(
    'Change one answer at a time and see which models fall. Reading tasks lead to encoders, which are small; writing tasks lead to decoders, where memory and time decide. Where two families are named, the second does it as well, at a price.',
  ),
  limits: l10n.t(
    'The guide knows a few dozen models, not the best of today, and says nothing of how well they do the task: measure that on your own data, as in Transfer Learning. Seconds are arithmetic, not measurements. A license is as the page states it; read it before you build on it.',
  ),
  links: [
    { label: l10n.t('Vaswani et al. 2017: encoder-decoder'), href: 'https://arxiv.org/abs/1706.03762' },
    { label: l10n.t('Devlin et al. 2018: encoders'), href: 'https://arxiv.org/abs/1810.04805' },
    { label: l10n.t('Brown et al. 2020: decoders and prompts'), href: 'https://arxiv.org/abs/2005.14165' },
    {
      label: l10n.t('Wang et al. 2022: which architecture generalizes'),
      href: 'https://arxiv.org/abs/2204.05832',
    },
    { label: l10n.t('Kaplan et al. 2020: operations a token'), href: 'https://arxiv.org/abs/2001.08361' },
  ],
  input: 'none',
  live: true,
  fields: FIELDS,
  run,
  report,
});

async function run(
  _inference: Inference,
  { settings }: ProbeRequest<GuideSettings>,
  { signal, onProgress, machine }: ProbeContext<GuideResult>,
): Promise<GuideResult> {
  onProgress?.(l10n.t('Counting the models'));
  const { candidates } = await import('./guide/candidates');
  const { choose } = await import('./guide/choose');
  const { MODELS } = await import('./timeline/data');
  const task: GuideTask = TASKS[settings.task];
  const all = await candidates(machine.places, signal);
  const cited = new Set(TASK_ENTRIES.flatMap(([, { families }]) => families.map(({ paper }) => paper)));
  const open = MODELS.filter(
    ({ family, openness }) => family === task.families[0]?.family && openness === 'weights',
  ).sort((a, b) => b.date.localeCompare(a.date));
  return {
    total: all.length,
    ...choose(all, task, settings, machine.memoryBytes),
    papers: MODELS.filter(({ name }) => cited.has(name)),
    recent: open.slice(0, MOST_RECENT),
    openCount: open.length,
  };
}
