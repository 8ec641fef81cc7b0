import * as l10n from '@vscode/l10n';
import type { Cell, Mark, Report, ScatterFigure, Table } from '../shared/report';
import { formatNumber } from '../shared/report';
import { defineProbe } from './probe';
import { fitPowerLaw, type PowerFit } from './scaling/fit';
import { SERIES } from './scaling/series';

const ALL = 'all';

const FIELDS = {
  series: {
    kind: 'choice',
    label: l10n.t('Series'),
    default: ALL,
    options: [
      { value: ALL, label: l10n.t('All') },
      ...SERIES.map(({ name }) => ({ value: name, label: name })),
    ],
  },
  model: {
    kind: 'model',
    label: l10n.t('Compare with'),
    default: '',
    known: true,
    help: l10n.t('Marked in the first chart.'),
  },
} as const;

/** The measures of a model that are plotted against each other. */
export interface ScaledModel {
  series: string;
  name: string;
  /** Exact, tied weights counted once. */
  parameters: number;
  /** Without the token, position and segment tables. */
  bodyParameters: number;
  width: number;
  /** Of both stacks. */
  layers: number;
  heads: number;
  feedForward: number;
}

export interface ScalingResult {
  models: ScaledModel[];
  marked: ScaledModel | null;
}

/** How families of models grow: width, depth, heads and parameters against each other. */
export const scaling = defineProbe({
  id: 'scaling',
  title: l10n.t('Scaling'),
  topic: 'Cost',
  summary: l10n.t(
    'How GPT-2, BERT, T5, Llama and others grow: width, depth, heads and exact parameter counts.',
  ),
  shows: l10n.t(
    'Published models of one recipe at several sizes, computed from their configs: width against parameters, depth and heads, with the power law that fits each series and its standard error.',
  ),
  look: l10n.t(
    'A block of width d has about 12 d² weights. If depth stayed the same, parameters would grow with the square of the width; the exponent says how much depth grows along. Small models are mostly embedding table: compare the two parameter columns.',
  ),
  limits: l10n.t(
    'Series have three to five members that people chose, so the errors of the exponents are large and say nothing about other models. These are sizes, not what the models can do: scaling laws of loss (Kaplan et al., Hoffmann et al.) are another matter.',
  ),
  links: [
    { label: l10n.t('Kaplan et al. 2020: scaling laws'), href: 'https://arxiv.org/abs/2001.08361' },
    {
      label: l10n.t('Hoffmann et al. 2022: compute-optimal training'),
      href: 'https://arxiv.org/abs/2203.15556',
    },
    {
      label: l10n.t('Radford et al. 2019: GPT-2'),
      href: 'https://openai.com/research/better-language-models',
    },
  ],
  input: 'none',
  live: true,
  fields: FIELDS,
  run: async (_inference, { settings }, { machine }): Promise<ScalingResult> => {
    const { anatomyFromConfig } = await import('../anatomy/fromConfig/anatomy');
    const { findInCatalogue, shortName } = await import('../anatomy/catalogue');
    const { requireAnatomy } = await import('../anatomy/find');
    const { measured } = await import('./scaling/measured');
    const chosen = SERIES.filter(({ name }) => settings.series === ALL || name === settings.series);
    const models: ScaledModel[] = [];
    for (const { name, models: ids } of chosen) {
      for (const id of ids) {
        const entry = findInCatalogue(id);
        const model = entry && measured(name, await anatomyFromConfig(shortName(entry.id), entry.config));
        if (model) models.push(model);
      }
    }
    const anatomy = settings.model === '' ? null : await requireAnatomy(settings.model, machine.places);
    return { models, marked: anatomy && measured('', anatomy) };
  },
  report,
});

type Measure = 'parameters' | 'bodyParameters' | 'width' | 'layers' | 'heads' | 'feedForward';

function report({ models, marked }: ScalingResult): Report {
  const names = [...new Set(models.map(({ series }) => series))];
  const fits = names.map((name) => ({ name, fit: fitted(models, name, 'width', 'bodyParameters') }));
  const width = { label: l10n.t('Width (hidden size)'), scale: 'log' as const, format: 'count' as const };
  const marks: Mark[] = marked ? [{ axis: 'x', at: marked.width, label: marked.name }] : [];
  return {
    findings: findings(models, marked, fits),
    parts: [
      {
        ...scatter(models, names, 'width', 'parameters'),
        title: l10n.t('Parameters against width'),
        x: width,
        y: { label: l10n.t('Parameters'), scale: 'log', format: 'compact' },
        marks,
      },
      {
        ...scatter(models, names, 'width', 'layers'),
        title: l10n.t('Layers against width'),
        x: width,
        y: { label: l10n.t('Layers, both stacks'), format: 'count', min: 0 },
        marks,
      },
      {
        ...scatter(models, names, 'width', 'heads'),
        title: l10n.t('Heads against width'),
        note: l10n.t('On a straight line through the origin every head has the same size.'),
        x: width,
        y: { label: l10n.t('Heads of a layer'), format: 'count', min: 0 },
        marks,
      },
      fitTable(models, names),
      modelTable(models, marked),
    ],
  };
}

function scatter(
  models: ScaledModel[],
  names: string[],
  x: Measure,
  y: Measure,
): Pick<ScatterFigure, 'kind' | 'id' | 'series'> {
  return {
    kind: 'scatter',
    id: `${y}-${x}`,
    series: names.map((name) => ({
      name,
      points: models
        .filter(({ series }) => series === name)
        .map((model) => ({ x: model[x], y: model[y], label: model.name })),
    })),
  };
}

function fitted(models: ScaledModel[], name: string, x: Measure, y: Measure): PowerFit | null {
  return fitPowerLaw(
    models.filter(({ series }) => series === name).map((model) => ({ x: model[x], y: model[y] })),
  );
}

function findings(
  models: ScaledModel[],
  marked: ScaledModel | null,
  fits: { name: string; fit: PowerFit | null }[],
): string[] {
  const sizes = models.map(({ parameters }) => parameters);
  const exponents = fits.flatMap(({ name, fit }) => (fit ? [{ name, ...fit }] : []));
  const lines = [
    l10n.t`${models.length} models, ${formatNumber(Math.min(...sizes), 'compact')} to ${formatNumber(Math.max(...sizes), 'compact')} parameters.`,
  ];
  const sorted = exponents.sort((a, b) => a.exponent - b.exponent);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least && most) {
    const said = ({ name, exponent, error }: typeof least) =>
      `${formatNumber(exponent, 2)} ± ${formatNumber(error, 2)} (${name})`;
    lines.push(
      least === most
        ? l10n.t`Outside of the embeddings parameters grow with the width to the power ${said(least)}.`
        : l10n.t`Outside of the embeddings parameters grow with the width to a power from ${said(least)} to ${said(most)}; with constant depth it would be 2.`,
    );
  }
  const [small] = [...models].sort((a, b) => shareOutside(b) - shareOutside(a));
  if (small) {
    lines.push(
      l10n.t`${small.name} has the largest part of its weights in embedding tables: ${formatNumber(shareOutside(small), 'percent')}.`,
    );
  }
  if (marked) {
    lines.push(
      l10n.t`${marked.name}: width ${marked.width}, ${marked.layers} layers, ${marked.heads} heads, ${formatNumber(marked.parameters, 'count')} parameters.`,
    );
  }
  return lines;
}

const shareOutside = ({ parameters, bodyParameters }: ScaledModel) => 1 - bodyParameters / parameters;

function fitTable(models: ScaledModel[], names: string[]): Table {
  const pairs: [Measure, Measure, string][] = [
    ['width', 'parameters', 'parameters ~ width'],
    ['width', 'bodyParameters', l10n.t('parameters without embeddings ~ width')],
    ['layers', 'bodyParameters', l10n.t('parameters without embeddings ~ layers')],
    ['width', 'layers', 'layers ~ width'],
  ];
  return {
    kind: 'table',
    id: 'fits',
    title: l10n.t('Fitted exponents'),
    note: l10n.t(
      'y ~ x^exponent, least squares on logarithms; the error is the standard error of the exponent. A dash: fewer than three points or all alike.',
    ),
    columns: [
      { label: l10n.t('Series') },
      { label: l10n.t('Law') },
      { label: l10n.t('Exponent'), format: 2 },
      { label: l10n.t('Error'), format: 2 },
      { label: 'R²', format: 3 },
      { label: l10n.t('Models'), format: 'count' },
    ],
    rows: names.flatMap((name) =>
      pairs.map(([x, y, label]): Cell[] => {
        const fit = fitted(models, name, x, y);
        return [name, label, fit?.exponent ?? null, fit?.error ?? null, fit?.r2 ?? null, fit?.n ?? null];
      }),
    ),
  };
}

function modelTable(models: ScaledModel[], marked: ScaledModel | null): Table {
  return {
    kind: 'table',
    id: 'models',
    title: l10n.t('Models'),
    note: l10n.t(
      'Counted from each config: the bare encoder for encoders, the language model for the rest. Tied weights once.',
    ),
    columns: [
      { label: l10n.t('Model') },
      { label: l10n.t('Series') },
      { label: l10n.t('Parameters'), format: 'count' },
      { label: l10n.t('Without embeddings'), format: 'count' },
      { label: l10n.t('Width'), format: 'count' },
      { label: l10n.t('Layers'), format: 'count' },
      { label: l10n.t('Heads'), format: 'count' },
      { label: l10n.t('Feed-forward'), format: 'count' },
    ],
    rows: [...models, ...(marked ? [marked] : [])].map((m): Cell[] => [
      m.name,
      m.series,
      m.parameters,
      m.bodyParameters,
      m.width,
      m.layers,
      m.heads,
      m.feedForward,
    ]),
  };
}
