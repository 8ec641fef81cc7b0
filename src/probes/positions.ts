import * as l10n from '@vscode/l10n';
import { dot, normalized } from '../numeric/vectors';
import type { Cell, Figure, HeatmapFigure, LineFigure, Report, Table } from '../shared/report';
import { formatNumber } from '../shared/report';
import {
  relativeBucket,
  rotarySimilarity,
  similarityByDistance,
  sinusoidal,
  wavelengths,
} from './positions/encodings';
import type { FoundPositions, ModelPositions } from './positions/ofModel';
import { defineProbe, type SettingsOf } from './probe';

const FIELDS = {
  length: {
    kind: 'number',
    label: l10n.t('Positions'),
    default: 64,
    min: 8,
    max: 512,
    integer: true,
    slider: 'log',
  },
  width: {
    kind: 'number',
    label: l10n.t('Width of the encoding'),
    default: 64,
    min: 4,
    max: 512,
    integer: true,
    slider: 'log',
  },
  model: {
    kind: 'model',
    label: l10n.t("A model's own positions"),
    default: '',
    known: true,
    help: l10n.t(
      'Learned tables and relative biases are read from its file; rotary angles follow from its config.',
    ),
  },
} as const;

type Settings = SettingsOf<typeof FIELDS>;

/** How a transformer is told where a token stands. */
export const positions = defineProbe({
  id: 'positions',
  title: l10n.t('Positional Encoding'),
  topic: 'Architecture',
  summary: l10n.t('Sine and cosine positions, and how the chosen model knows where a token stands.'),
  shows: l10n.t(
    'The sinusoidal encoding of the first Transformer as a heatmap and as curves, the similarity of positions by their distance, and the same of the model’s own positions: learned tables, T5’s relative biases, or rotary angles.',
  ),
  look: l10n.t(
    'Left columns of the heatmap turn fast, right ones hardly move: together they number the positions like the digits of a clock. The similarity depends on the distance alone. Learned tables mostly rediscover that neighbors are alike; relative biases say directly how much each head favors near keys.',
  ),
  limits: l10n.t(
    'A model can use a position in ways that similarity does not show. What a table says of lengths that the training rarely had is noise, and beyond its last row a learned table says nothing at all.',
  ),
  links: [
    { label: l10n.t('Vaswani et al. 2017, section 3.5'), href: 'https://arxiv.org/abs/1706.03762' },
    { label: l10n.t('Raffel et al. 2020: relative buckets'), href: 'https://arxiv.org/abs/1910.10683' },
    { label: l10n.t('Su et al. 2021: rotary positions'), href: 'https://arxiv.org/abs/2104.09864' },
  ],
  input: 'none',
  live: true,
  fields: FIELDS,
  run: async (_inference, { settings }, { machine, signal }): Promise<FoundPositions | null> => {
    if (settings.model === '') return null;
    const { positionsOf } = await import('./positions/ofModel');
    return positionsOf(settings.model, machine.places, signal);
  },
  report,
});

function report(found: FoundPositions | null, settings: Settings): Report {
  return {
    findings: [...sinusoidFindings(settings), ...(found ? modelFindings(found) : [])],
    parts: [
      heatmap(settings),
      curves(settings),
      similarity(settings),
      wavelengthTable(settings),
      ...(found ? modelParts(found, settings) : []),
    ],
  };
}

function sinusoidFindings({ length, width }: Settings): string[] {
  const waves = wavelengths(width);
  const slow = waves.filter((wave) => wave > length).length;
  return [
    l10n.t`Wavelengths go from ${formatNumber(waves[0] ?? 0, 2)} (2π) to ${formatNumber(waves.at(-1) ?? 0, 'count')} positions; ${slow} of ${waves.length} pairs of dimensions do not complete a turn within ${length} positions.`,
    l10n.t('Sines and cosines exist for every position, but a model has only seen those of its training.'),
  ];
}

function rowsOf(table: Float64Array, width: number): Float64Array[] {
  return Array.from({ length: table.length / width }, (_, row) =>
    table.subarray(row * width, (row + 1) * width),
  );
}

function heatmap({ length, width }: Settings): HeatmapFigure {
  return {
    kind: 'heatmap',
    id: 'sinusoidal',
    title: l10n.t`Sinusoidal encoding, ${length} positions of ${width} dimensions`,
    note: l10n.t('Even dimensions: sin(position / 10000^(2i / width)); odd ones: cos of the same angle.'),
    rows: Array.from({ length }, (_, i) => String(i)),
    columns: Array.from({ length: width }, (_, i) => String(i)),
    row: { label: l10n.t('Position') },
    column: { label: l10n.t('Dimension') },
    values: [...sinusoidal(length, width)],
    value: { label: l10n.t('Value'), format: 3, min: -1, max: 1 },
  };
}

function curves({ length, width }: Settings): LineFigure {
  const table = sinusoidal(length, width);
  const shown = [...new Set([0, 1, 2, Math.floor(width / 4), Math.floor(width / 2)])];
  return {
    kind: 'line',
    id: 'curves',
    title: l10n.t('Some dimensions along the text'),
    x: { label: l10n.t('Position'), format: 'count' },
    y: { label: l10n.t('Value'), format: 2, min: -1, max: 1 },
    series: shown.map((dimension) => ({
      name:
        dimension % 2 === 0 ? l10n.t`dimension ${dimension} (sine)` : l10n.t`dimension ${dimension} (cosine)`,
      points: Array.from({ length }, (_, position): [number, number] => [
        position,
        table[position * width + dimension] as number,
      ]),
    })),
  };
}

function similarity({ length, width }: Settings): LineFigure {
  const rows = rowsOf(sinusoidal(length, width), width);
  return {
    kind: 'line',
    id: 'similarity',
    title: l10n.t('Similarity of two positions by their distance, sinusoidal'),
    note: l10n.t(
      'Cosine of two rows. It is the same for all pairs of one distance: sin a sin b + cos a cos b = cos(a - b).',
    ),
    x: { label: l10n.t('Distance'), format: 'count' },
    y: { label: l10n.t('Cosine'), format: 3, max: 1 },
    series: [
      {
        name: l10n.t('sinusoidal'),
        points: rows.map((_, distance): [number, number] => [
          distance,
          similarityByDistance(rows, distance).mean,
        ]),
      },
    ],
  };
}

function wavelengthTable({ width }: Settings): Table {
  return {
    kind: 'table',
    id: 'wavelengths',
    title: l10n.t('Wavelengths'),
    note: l10n.t('2π · 10000^(2i / width)'),
    columns: [
      { label: l10n.t('Dimensions') },
      { label: l10n.t('Wavelength in positions'), format: 'significant' },
    ],
    rows: wavelengths(width).map((wave, i): Cell[] => [`${2 * i}, ${2 * i + 1}`, wave]),
  };
}

function modelFindings({ name, positions: own }: FoundPositions): string[] {
  switch (own.kind) {
    case 'learned':
      return [
        l10n.t`${name} learned a table of ${own.table.length} positions: it cannot read a token beyond the last.`,
        nearest(own.table),
      ];
    case 'buckets':
      return own.stacks.map(
        ({ name: stack, bias, farthest }) =>
          l10n.t`${name} adds a bias to the scores of its ${stack}: ${bias.length} buckets for ${bias[0]?.length ?? 0} heads, one for all distances beyond ${farthest}. Any length can be read.`,
      );
    case 'rotary':
      return [
        l10n.t`${name} turns queries and keys by angles that grow with the position (base ${formatNumber(own.base, 'count')}${own.isSaid ? '' : l10n.t(', the usual one: its config here does not say')}): scores depend on distances only${own.maxTokens === null ? '.' : l10n.t`; it was made for ${formatNumber(own.maxTokens, 'count')} tokens.`}`,
      ];
    case 'other':
      return [
        own.named === null
          ? l10n.t`The files of ${name} do not show how it knows positions.`
          : l10n.t`${name} has ${own.named} positions, of which its files hold no table here: open a model on this machine to see its own.`,
      ];
  }
}

/** How often a position's most similar other one is a neighbor. */
function nearest(table: readonly number[][]): string {
  const rows = table.slice(0, 256).map(normalized);
  const near = rows.filter((row, i) => {
    let [best, at] = [-Infinity, -1];
    rows.forEach((other, j) => {
      const product = dot(row, other);
      if (j !== i && product > best) [best, at] = [product, j];
    });
    return Math.abs(at - i) === 1;
  }).length;
  return l10n.t`For ${near} of its first ${rows.length} positions the most similar other position is a direct neighbor.`;
}

function modelParts({ name, positions: own }: FoundPositions, { length }: Settings): (Figure | Table)[] {
  switch (own.kind) {
    case 'learned':
      return learnedParts(name, own, length);
    case 'buckets':
      return own.stacks.map((stack) => biasFigure(name, stack, length));
    case 'rotary':
      return [rotaryFigure(name, own, length)];
    case 'other':
      return [];
  }
}

function learnedParts(
  name: string,
  { table }: Extract<ModelPositions, { kind: 'learned' }>,
  length: number,
): Figure[] {
  const rows = table.slice(0, length);
  const distances = rows
    .slice(0, -1)
    .map((_, distance) => ({ distance, ...similarityByDistance(rows, distance) }));
  return [
    {
      kind: 'heatmap',
      id: 'learned',
      title: l10n.t`Learned positions of ${name}`,
      rows: rows.map((_, i) => String(i)),
      columns: (rows[0] ?? []).map((_, i) => String(i)),
      row: { label: l10n.t('Position') },
      column: { label: l10n.t('Dimension') },
      values: rows.flat(),
      value: { label: l10n.t('Weight'), format: 3 },
    },
    {
      kind: 'line',
      id: 'learned-similarity',
      title: l10n.t`Similarity by distance, ${name}`,
      note: l10n.t('Mean and standard deviation of the cosine over all pairs of a distance.'),
      x: { label: l10n.t('Distance'), format: 'count' },
      y: { label: l10n.t('Cosine'), format: 3, max: 1 },
      series: [
        {
          name,
          points: distances.map(({ distance, mean }): [number, number] => [distance, mean]),
          band: distances.map(({ distance, mean, deviation }): [number, number, number] => [
            distance,
            mean - deviation,
            mean + deviation,
          ]),
        },
      ],
    },
  ];
}

function biasFigure(
  name: string,
  {
    name: stack,
    bidirectional,
    bias,
    farthest,
  }: Extract<ModelPositions, { kind: 'buckets' }>['stacks'][number],
  length: number,
): LineFigure {
  const options = { buckets: bias.length, farthest, bidirectional };
  const offsets = Array.from({ length: 2 * length + 1 }, (_, i) => i - length).filter(
    (offset) => bidirectional || offset <= 0,
  );
  return {
    kind: 'line',
    id: `bias-${stack}`,
    title: l10n.t`Relative bias by head, ${stack} of ${name}`,
    note: l10n.t('Added to the score before the softmax: 1 more is 2.7 times the weight, all else equal.'),
    x: { label: l10n.t('Key minus query'), format: 'count' },
    y: { label: l10n.t('Bias'), format: 2 },
    series: (bias[0] ?? []).map((_, head) => ({
      name: l10n.t`head ${head}`,
      points: offsets.map((offset): [number, number] => [
        offset,
        bias[relativeBucket(offset, options)]?.[head] ?? 0,
      ]),
    })),
  };
}

function rotaryFigure(
  name: string,
  { width, base }: Extract<ModelPositions, { kind: 'rotary' }>,
  length: number,
): LineFigure {
  return {
    kind: 'line',
    id: 'rotary',
    title: l10n.t`Rotary positions of ${name}: product of equal queries and keys`,
    note: l10n.t`Mean of cos(distance · ${formatNumber(base, 'count')}^(-2i / ${width})) over ${width / 2} pairs of dimensions.`,
    x: { label: l10n.t('Distance'), format: 'count' },
    y: { label: l10n.t('Part of the product at distance 0'), format: 3, max: 1 },
    series: [
      {
        name: l10n.t`base ${formatNumber(base, 'count')}`,
        points: Array.from({ length: 4 * length }, (_, distance): [number, number] => [
          distance,
          rotarySimilarity(distance, width, base),
        ]),
      },
    ],
  };
}
