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
    label: 'Positions',
    default: 64,
    min: 8,
    max: 512,
    integer: true,
    slider: 'log',
  },
  width: {
    kind: 'number',
    label: 'Width of the encoding',
    default: 64,
    min: 4,
    max: 512,
    integer: true,
    slider: 'log',
  },
  model: {
    kind: 'model',
    label: "A model's own positions",
    default: '',
    known: true,
    help: 'Learned tables and relative biases are read from its file; rotary angles follow from its config.',
  },
} as const;

type Settings = SettingsOf<typeof FIELDS>;

/** How a transformer is told where a token stands. */
export const positions = defineProbe({
  id: 'positions',
  title: 'Positional Encoding',
  topic: 'Architecture',
  summary: 'Sine and cosine positions, and how the chosen model knows where a token stands.',
  shows:
    'The sinusoidal encoding of the first Transformer as a heatmap and as curves, the similarity of positions by their distance, and the same of the model’s own positions: learned tables, T5’s relative biases, or rotary angles.',
  look: 'Left columns of the heatmap turn fast, right ones hardly move: together they number the positions like the digits of a clock. The similarity depends on the distance alone. Learned tables mostly rediscover that neighbors are alike; relative biases say directly how much each head favors near keys.',
  limits:
    'A model can use a position in ways that similarity does not show. What a table says of lengths that the training rarely had is noise, and beyond its last row a learned table says nothing at all.',
  links: [
    { label: 'Vaswani et al. 2017, section 3.5', href: 'https://arxiv.org/abs/1706.03762' },
    { label: 'Raffel et al. 2020: relative buckets', href: 'https://arxiv.org/abs/1910.10683' },
    { label: 'Su et al. 2021: rotary positions', href: 'https://arxiv.org/abs/2104.09864' },
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
    `Wavelengths go from ${formatNumber(waves[0] ?? 0, 2)} (2π) to ${formatNumber(waves.at(-1) ?? 0, 'count')} positions; ` +
      `${slow} of ${waves.length} pairs of dimensions do not complete a turn within ${length} positions.`,
    'Sines and cosines exist for every position, but a model has only seen those of its training.',
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
    title: `Sinusoidal encoding, ${length} positions of ${width} dimensions`,
    note: 'Even dimensions: sin(position / 10000^(2i / width)); odd ones: cos of the same angle.',
    rows: Array.from({ length }, (_, i) => String(i)),
    columns: Array.from({ length: width }, (_, i) => String(i)),
    row: { label: 'Position' },
    column: { label: 'Dimension' },
    values: [...sinusoidal(length, width)],
    value: { label: 'Value', format: 3, min: -1, max: 1 },
  };
}

function curves({ length, width }: Settings): LineFigure {
  const table = sinusoidal(length, width);
  const shown = [...new Set([0, 1, 2, Math.floor(width / 4), Math.floor(width / 2)])];
  return {
    kind: 'line',
    id: 'curves',
    title: 'Some dimensions along the text',
    x: { label: 'Position', format: 'count' },
    y: { label: 'Value', format: 2, min: -1, max: 1 },
    series: shown.map((dimension) => ({
      name: `dimension ${dimension} (${dimension % 2 === 0 ? 'sine' : 'cosine'})`,
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
    title: 'Similarity of two positions by their distance, sinusoidal',
    note: 'Cosine of two rows. It is the same for all pairs of one distance: sin a sin b + cos a cos b = cos(a - b).',
    x: { label: 'Distance', format: 'count' },
    y: { label: 'Cosine', format: 3, max: 1 },
    series: [
      {
        name: 'sinusoidal',
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
    title: 'Wavelengths',
    note: '2π · 10000^(2i / width)',
    columns: [{ label: 'Dimensions' }, { label: 'Wavelength in positions', format: 'significant' }],
    rows: wavelengths(width).map((wave, i): Cell[] => [`${2 * i}, ${2 * i + 1}`, wave]),
  };
}

function modelFindings({ name, positions: own }: FoundPositions): string[] {
  switch (own.kind) {
    case 'learned':
      return [
        `${name} learned a table of ${own.table.length} positions: it cannot read a token beyond the last.`,
        nearest(own.table),
      ];
    case 'buckets':
      return own.stacks.map(
        ({ name: stack, bias, farthest }) =>
          `${name} adds a bias to the scores of its ${stack}: ${bias.length} buckets for ${bias[0]?.length ?? 0} heads, one for all distances beyond ${farthest}. Any length can be read.`,
      );
    case 'rotary':
      return [
        `${name} turns queries and keys by angles that grow with the position (base ${formatNumber(own.base, 'count')}${own.isSaid ? '' : ', the usual one: its config here does not say'}): scores depend on distances only` +
          `${own.maxTokens === null ? '.' : `; it was made for ${formatNumber(own.maxTokens, 'count')} tokens.`}`,
      ];
    case 'other':
      return [
        own.named === null
          ? `The files of ${name} do not show how it knows positions.`
          : `${name} has ${own.named} positions, of which its files hold no table here: open a model on this machine to see its own.`,
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
  return `For ${near} of its first ${rows.length} positions the most similar other position is a direct neighbor.`;
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
      title: `Learned positions of ${name}`,
      rows: rows.map((_, i) => String(i)),
      columns: (rows[0] ?? []).map((_, i) => String(i)),
      row: { label: 'Position' },
      column: { label: 'Dimension' },
      values: rows.flat(),
      value: { label: 'Weight', format: 3 },
    },
    {
      kind: 'line',
      id: 'learned-similarity',
      title: `Similarity by distance, ${name}`,
      note: 'Mean and standard deviation of the cosine over all pairs of a distance.',
      x: { label: 'Distance', format: 'count' },
      y: { label: 'Cosine', format: 3, max: 1 },
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
    title: `Relative bias by head, ${stack} of ${name}`,
    note: 'Added to the score before the softmax: 1 more is 2.7 times the weight, all else equal.',
    x: { label: 'Key minus query', format: 'count' },
    y: { label: 'Bias', format: 2 },
    series: (bias[0] ?? []).map((_, head) => ({
      name: `head ${head}`,
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
    title: `Rotary positions of ${name}: product of equal queries and keys`,
    note: `Mean of cos(distance · ${formatNumber(base, 'count')}^(-2i / ${width})) over ${width / 2} pairs of dimensions.`,
    x: { label: 'Distance', format: 'count' },
    y: { label: 'Part of the product at distance 0', format: 3, max: 1 },
    series: [
      {
        name: `base ${formatNumber(base, 'count')}`,
        points: Array.from({ length: 4 * length }, (_, distance): [number, number] => [
          distance,
          rotarySimilarity(distance, width, base),
        ]),
      },
    ],
  };
}
