import * as l10n from '@vscode/l10n';
import { cosine, meanAndDeviation, norm } from '../../numeric/vectors';
import type { Cell, HeatmapFigure, LineFigure, Table } from '../../shared/report';
import { labelOf, numbered } from './maps';
import { SHOWN_POSITIONS } from './sight';
import type { ModelReading, StackReading } from './types';

const stackName = ({ facts, stacks }: ModelReading, { stack }: StackReading): string =>
  stacks.length > 1 ? `${facts.name}, ${stack}` : facts.name;

/** Norms or cosines by layer, a line a stack. */
export function stateLines(readings: readonly ModelReading[], what: 'norms' | 'cosines'): LineFigure {
  const series = readings.flatMap((reading) =>
    reading.stacks.map((stack) => ({ name: stackName(reading, stack), ...lineOf(stack, what) })),
  );
  const isNorm = what === 'norms';
  return {
    kind: 'line',
    id: what,
    title: isNorm ? l10n.t('Norm of the hidden states') : l10n.t('Similarity of two positions'),
    note: isNorm
      ? l10n.t(
          'Mean over the positions, and one standard deviation. 0: embeddings; the last state is behind the final norm where there is one.',
        )
      : l10n.t('Mean cosine over all pairs of different positions. 1: all point the same way.'),
    size: 'half',
    x: { label: l10n.t('Layers passed'), format: 'count' },
    y: isNorm ? { label: l10n.t('Norm'), format: 2 } : { label: l10n.t('Cosine'), format: 3, max: 1 },
    series,
  };
}

function lineOf(
  { geometry }: StackReading,
  what: 'norms' | 'cosines',
): Pick<LineFigure['series'][number], 'points' | 'band'> {
  if (what === 'cosines') {
    return {
      points: geometry.cosines.flatMap((value, layer): [number, number][] =>
        value === null ? [] : [[layer, value]],
      ),
    };
  }
  const spreads = geometry.norms.map(meanAndDeviation);
  return {
    points: spreads.map(({ mean }, layer): [number, number] => [layer, mean]),
    band: spreads.map(({ mean, deviation }, layer): [number, number, number] => [
      layer,
      mean - deviation,
      mean + deviation,
    ]),
  };
}

/** The last layer's states against each other, of the stack that read the text. */
export function similarityFigure(reading: ModelReading): HeatmapFigure {
  const [source] = reading.stacks;
  const names = numbered((source?.tokens ?? []).slice(0, SHOWN_POSITIONS).map(labelOf));
  return {
    kind: 'heatmap',
    id: `similarity-${reading.facts.family}`,
    title: l10n.t`${source ? stackName(reading, source) : reading.facts.name}: similarity after the last layer`,
    note: l10n.t('Cosine of the hidden states of two positions.'),
    size: 'third',
    rows: names,
    columns: names,
    row: { label: l10n.t('Position') },
    column: { label: l10n.t('Position') },
    values: source?.geometry.similarity ?? [],
    value: { label: l10n.t('Cosine'), format: 2, max: 1 },
  };
}

/** The vectors that stand for the whole text. */
interface TextVector {
  name: string;
  values: number[];
  stack: StackReading;
}

/** [CLS] and the mean for an encoder; the last token, which alone has read everything, and the mean for a decoder. */
function textVectors(readings: readonly ModelReading[]): TextVector[] {
  return readings.flatMap((reading) => {
    const [stack] = reading.stacks;
    if (!stack) return [];
    const { first, last, mean } = stack.geometry.vectors;
    const name = stackName(reading, stack);
    const [head] = stack.tokens;
    const end = stack.tokens.at(-1);
    const token =
      stack.stack === 'decoder'
        ? [{ name: l10n.t`${name}: last, “${end ? labelOf(end) : ''}”`, values: last, stack }]
        : head?.special
          ? [{ name: `${name}: ${labelOf(head)}`, values: first, stack }]
          : [];
    return [...token, { name: l10n.t`${name}: mean`, values: mean, stack }];
  });
}

export function vectorFigure(readings: readonly ModelReading[]): HeatmapFigure {
  const vectors = textVectors(readings);
  const width = Math.max(0, ...vectors.map(({ values }) => values.length));
  return {
    kind: 'heatmap',
    id: 'vectors',
    title: l10n.t('One vector for the whole text'),
    note: l10n.t(
      'Last hidden states, each divided by its root mean square. Mean: over the tokens of the text, without special ones. Dimensions of different models have nothing to do with each other.',
    ),
    rows: vectors.map(({ name }) => name),
    columns: Array.from({ length: width }, (_, i) => String(i)),
    row: { label: l10n.t('Vector') },
    column: { label: l10n.t('Dimension') },
    values: vectors.flatMap(({ values }) => {
      const rms = norm(values) / Math.sqrt(values.length) || 1;
      return Array.from({ length: width }, (_, i) =>
        i < values.length ? (values[i] as number) / rms : null,
      );
    }),
    value: { label: l10n.t('Value'), format: 2 },
  };
}

export function vectorTable(readings: readonly ModelReading[]): Table {
  return {
    kind: 'table',
    id: 'pooling',
    title: l10n.t('What the vectors are made of'),
    note: l10n.t(
      'Nearest token: the one whose last hidden state has the largest cosine with the mean of its model.',
    ),
    columns: [
      { label: l10n.t('Vector') },
      { label: l10n.t('Dimensions'), format: 'count' },
      { label: l10n.t('Norm'), format: 2 },
      { label: l10n.t('Cosine with the mean'), format: 3 },
      { label: l10n.t('Nearest token') },
      { label: l10n.t('Its cosine'), format: 3 },
    ],
    rows: textVectors(readings).map(({ name, values, stack }): Cell[] => {
      const { toMean, vectors } = stack.geometry;
      const best = toMean.reduce((most, value, i) => (value > (toMean[most] ?? -1) ? i : most), 0);
      const nearest = stack.tokens[best];
      return [
        name,
        values.length,
        norm(values),
        cosine(values, vectors.mean),
        nearest ? labelOf(nearest) : '',
        toMean[best] ?? null,
      ];
    }),
  };
}
