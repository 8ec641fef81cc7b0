import * as l10n from '@vscode/l10n';
import type { Inference } from '../shared/inference';
import type { Family } from '../shared/model';
import type { Cell, Report } from '../shared/report';
import { formatNumber } from '../shared/report';
import type { FigureSource, Openness, TimelineModel, TimelineResult } from '../shared/timeline';
import { defineProbe, type ProbeRequest, type SettingsOf } from './probe';
import {
  countFamilies,
  dominanceSince,
  FAMILIES,
  familiesByYear,
  timeOf,
  yearlyGrowth,
  yearOf,
} from './timeline/statistics';

const FAMILY_NAMES: Record<Family, string> = {
  'encoder-only': l10n.t('Encoder-only'),
  'decoder-only': l10n.t('Decoder-only'),
  'encoder-decoder': l10n.t('Encoder-decoder'),
};

const OPENNESS_NAMES: Record<Openness, string> = {
  weights: l10n.t('weights'),
  code: 'code only',
  service: l10n.t('as a service'),
  none: l10n.t('paper only'),
};

const FIELDS = {
  models: {
    kind: 'choice',
    label: l10n.t('Models'),
    default: 'all',
    options: [
      { value: 'all', label: l10n.t('All') },
      { value: 'landmarks', label: l10n.t('The eleven of the course') },
    ],
  },
  family: {
    kind: 'choice',
    label: l10n.t('Family'),
    default: 'all',
    options: [
      { value: 'all', label: l10n.t('All') },
      { value: 'encoder-only', label: l10n.t('Encoder-only') },
      { value: 'decoder-only', label: l10n.t('Decoder-only') },
      { value: 'encoder-decoder', label: l10n.t('Encoder-decoder') },
    ],
  },
  openness: {
    kind: 'choice',
    label: l10n.t('Published as'),
    default: 'all',
    options: [
      { value: 'all', label: l10n.t('All') },
      { value: 'weights', label: l10n.t('Weights') },
      { value: 'service', label: l10n.t('A service') },
      { value: 'none', label: l10n.t('Paper or code only') },
    ],
  },
  from: {
    kind: 'number',
    label: l10n.t('From'),
    default: 2017,
    min: 2017,
    max: 2026,
    integer: true,
    slider: 'linear',
  },
  to: {
    kind: 'number',
    label: l10n.t('To'),
    default: 2026,
    min: 2017,
    max: 2026,
    integer: true,
    slider: 'linear',
  },
} as const;

type Settings = SettingsOf<typeof FIELDS>;

/** Published transformers over time, by size and family. */
export const timeline = defineProbe({
  id: 'timeline',
  title: l10n.t('Transformer Timeline'),
  topic: 'Field',
  summary: l10n.t('Which transformers were published when, how large they are, and which family won.'),
  shows: l10n.t(
    'Published language models: month against parameters on a logarithmic scale, colored by family; how the families share each year. Sizes are of the largest version, with all experts counted.',
  ),
  look: l10n.t(
    'Three families start within two years. Watch which one the later years belong to, how fast the largest models grow, and where small encoders and encoder-decoders are still made.',
  ),
  limits: l10n.t(
    'This is a selection of models that are much written about, not a census: shares by family say what drew attention. Models whose family is not published are left out, and sizes that no page states are missing from the chart, which are those of large services.',
  ),
  links: [
    { label: l10n.t('Vaswani et al. 2017: the Transformer'), href: 'https://arxiv.org/abs/1706.03762' },
    { label: l10n.t('Each row of the table links its source'), href: 'https://arxiv.org/list/cs.CL/recent' },
  ],
  input: 'none',
  live: true,
  fields: FIELDS,
  run,
  report,
});

async function run(_inference: Inference, { settings }: ProbeRequest<Settings>): Promise<TimelineResult> {
  const { MODELS } = await import('./timeline/data');
  const models = MODELS.filter((model) => isWanted(model, settings)).sort((a, b) => timeOf(a) - timeOf(b));
  const years = familiesByYear(models);
  return { models, total: MODELS.length, counts: countFamilies(models), years };
}

function isWanted(model: TimelineModel, { models, family, openness, from, to }: Settings): boolean {
  const isOpen =
    openness === 'none' ? ['none', 'code'].includes(model.openness) : model.openness === openness;
  return (
    (models === 'all' || model.isLandmark) &&
    (family === 'all' || model.family === family) &&
    (openness === 'all' || isOpen) &&
    yearOf(model) >= from &&
    yearOf(model) <= to
  );
}

function report(result: TimelineResult): Report {
  const { models, counts, years } = result;
  return {
    findings: findings(result),
    parts: [
      {
        kind: 'scatter',
        id: 'timeline',
        title: l10n.t('Parameters over time'),
        note: l10n.t('Models without a known size are in the table only.'),
        x: { label: l10n.t('Published'), scale: 'time', format: 'date' },
        y: { label: l10n.t('Parameters'), scale: 'log', format: 'compact' },
        series: FAMILIES.map((family) => ({
          name: FAMILY_NAMES[family],
          points: models
            .filter((model) => model.family === family && model.parameters !== null)
            .map((model) => ({
              x: timeOf(model),
              y: model.parameters as number,
              label: model.name,
              href: model.source,
            })),
        })),
      },
      {
        kind: 'bar',
        id: 'years',
        title: l10n.t('Families by year'),
        categories: years.map(({ year }) => String(year)),
        category: { label: l10n.t('Year') },
        value: { label: l10n.t('Models'), format: 'count', min: 0 },
        stacked: true,
        series: FAMILIES.map((family) => ({
          name: FAMILY_NAMES[family],
          values: years.map((year) => year.counts[family]),
        })),
      },
      {
        kind: 'bar',
        id: 'families',
        title: l10n.t('Families, all years'),
        categories: FAMILIES.map((family) => FAMILY_NAMES[family]),
        category: { label: l10n.t('Family') },
        value: { label: l10n.t('Models'), format: 'count', min: 0 },
        horizontal: true,
        series: [{ name: '', values: FAMILIES.map((family) => counts[family]) }],
      },
      modelTable(models),
    ],
  };
}

function findings({ models, total, counts, years }: TimelineResult): string[] {
  if (models.length === 0) return [l10n.t('No model is left: widen the filters.')];
  const unsized = models.filter(({ parameters }) => parameters === null).length;
  const shares = FAMILIES.filter((family) => counts[family] > 0).map(
    (family) => `${counts[family]} ${family} (${formatNumber(counts[family] / models.length, 'percent')})`,
  );
  const lines = [l10n.t`${models.length} of ${total} models: ${shares.join(', ')}.`];
  const rule = dominanceSince(years);
  lines.push(
    rule
      ? l10n.t`${FAMILY_NAMES[rule.family]} models are the majority of every year with models from ${rule.since} to ${String(years.at(-1)?.year)}.`
      : l10n.t('No family has the majority of the last year.'),
  );
  const growth = yearlyGrowth(models);
  if (growth) {
    lines.push(
      l10n.t`The largest known size grew ${formatNumber(growth.factor, 1)}-fold a year from ${growth.from} to ${growth.to}, when the largest of all came out.`,
    );
  }
  if (unsized > 0)
    lines.push(l10n.t`For ${unsized} of them no page was found that states the number of parameters.`);
  return lines;
}

function cellOf(from: FigureSource | null): Cell {
  return from && { text: from.label, href: from.href };
}

function modelTable(models: readonly TimelineModel[]): Report['parts'][number] {
  return {
    kind: 'table',
    id: 'models',
    title: l10n.t('Models and their sources'),
    note: l10n.t(
      'Parameters counted from a model’s config where its page on the Hub is named. 128K tokens are written as 131,072.',
    ),
    columns: [
      { label: l10n.t('Model'), note: l10n.t('Links the source of the row') },
      { label: l10n.t('Organization') },
      { label: l10n.t('Month') },
      { label: l10n.t('Parameters'), format: 'compact' },
      { label: l10n.t('Family') },
      { label: l10n.t('Context'), format: 'count' },
      { label: l10n.t('Published as') },
      { label: l10n.t('Parameters from') },
      { label: l10n.t('Context from') },
    ],
    rows: models.map((model) => [
      { text: model.name, href: model.source },
      model.organization,
      model.date,
      model.parameters,
      FAMILY_NAMES[model.family],
      model.context,
      OPENNESS_NAMES[model.openness],
      cellOf(model.parametersFrom),
      cellOf(model.contextFrom),
    ]),
  };
}
