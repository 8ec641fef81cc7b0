import * as l10n from '@vscode/l10n';
import { mean } from '../../numeric/vectors';
import type { MeasuredNeurons, MeasuredSubLayer } from '../../shared/block';
import type { HeatmapFigure, LineFigure, ReportPart, TokensFigure } from '../../shared/report';
import { formatNumber } from '../../shared/report';
import type { Token } from '../../shared/tokens';
import type { Measured } from './measure';

type WithNeurons = MeasuredSubLayer & { neurons: MeasuredNeurons };

const STACKS = ['encoder', 'decoder'] as const;
const SUB_LAYERS = ['attention', 'cross-attention', 'feed-forward'] as const;

/** What the text did in the model, in sentences; or why nothing was measured. */
export function measuredFindings(measured: Measured | { why: string }): string[] {
  if ('why' in measured) return [l10n.t`Nothing was measured on the text. ${measured.why}`];
  const neurons = withNeurons(measured.subLayers);
  const lines: string[] = [];
  if (neurons.length > 0) {
    const active = mean(neurons.flatMap((one) => one.neurons.active));
    const half = mean(neurons.flatMap((one) => one.neurons.half));
    const least = neurons.reduce((a, b) => (mean(a.neurons.active) <= mean(b.neurons.active) ? a : b));
    lines.push(
      l10n.t`On this text ${formatNumber(active, 'percent')} of the neurons are above zero on average, fewest in ${layerName(least)} (${formatNumber(mean(least.neurons.active), 'percent')}); half of their sum of squares sits in ${formatNumber(half, 'percent')} of them.`,
    );
  } else lines.push(l10n.t('The graph does not show the inside of its feed-forward networks.'));
  const ratios = SUB_LAYERS.flatMap((what) => {
    const own = measured.subLayers.filter((one) => one.what === what);
    return own.length === 0 ? [] : [`${what} ${formatNumber(mean(own.flatMap(ratiosOf)), 2)}`];
  });
  if (ratios.length > 0) {
    lines.push(
      l10n.t`What is added to the residual stream is, as a part of its norm: ${ratios.join(', ')} (means).`,
    );
  }
  return lines;
}

export function measuredParts(measured: Measured | { why: string }): ReportPart[] {
  if ('why' in measured) return [];
  const stacks = STACKS.flatMap((stack) => {
    const own = measured.subLayers.filter((one) => one.stack === stack);
    const target = stack === 'decoder' ? measured.target : null;
    const read = { tokens: target ?? measured.tokens, isRead: target === null };
    return own.length === 0 ? [] : [{ stack, own, read }];
  });
  const isPair = stacks.length > 1;
  return stacks.flatMap(({ stack, own, read }) => {
    const title = isPair ? l10n.t` of the ${stack}` : '';
    const neurons = withNeurons(own);
    const inside =
      neurons.length === 0
        ? []
        : [awake(neurons, read.tokens, `awake-${stack}`, title), spread(neurons, `spread-${stack}`, title)];
    const text = neurons.length === 0 ? [] : [onText(neurons, read, `tokens-${stack}`, title)];
    return [...inside, added(own, `added-${stack}`, title), ...text];
  });
}

function withNeurons(layers: readonly MeasuredSubLayer[]): WithNeurons[] {
  return layers.flatMap((one) => (one.neurons ? [{ ...one, neurons: one.neurons }] : []));
}

function awake(
  layers: readonly WithNeurons[],
  tokens: readonly Token[],
  id: string,
  of: string,
): HeatmapFigure {
  return {
    kind: 'heatmap',
    id,
    title: l10n.t`Neurons above zero${of}`,
    note: l10n.t('Part of a layer’s neurons whose activation function gives more than 0, for each token.'),
    rows: layers.map(({ layer }) => l10n.t`Layer ${layer}`),
    columns: tokens.map(({ text }) => text),
    row: { label: l10n.t('Layer') },
    column: { label: l10n.t('Token') },
    value: { label: l10n.t('Above zero'), format: 'percent', min: 0 },
    values: layers.flatMap(({ neurons }) => neurons.active),
  };
}

function spread(layers: readonly WithNeurons[], id: string, of: string): LineFigure {
  const line = (name: string, values: (one: WithNeurons) => number[]) => ({
    name,
    points: layers.map((one): [number, number] => [one.layer, mean(values(one))]),
    band: layers.map((one): [number, number, number] => {
      const all = values(one);
      const [low, high] = [Math.min(...all), Math.max(...all)];
      return [one.layer, low, high];
    }),
  });
  return {
    kind: 'line',
    id,
    title: l10n.t`How few neurons carry a layer${of}`,
    note: l10n.t(
      'Means over the tokens; the bands reach from the least to the most. Half of the sum of squares: of what the second matrix multiplies.',
    ),
    size: 'half',
    x: { label: l10n.t('Layer'), format: 'count' },
    y: { label: l10n.t('Part of the neurons'), format: 'percent', min: 0 },
    series: [
      line(l10n.t('Above zero'), ({ neurons }) => neurons.active),
      line(l10n.t('Hold half of the sum of squares'), ({ neurons }) => neurons.half),
    ],
  };
}

function added(layers: readonly MeasuredSubLayer[], id: string, of: string): LineFigure {
  const kinds = SUB_LAYERS.filter((what) => layers.some((one) => one.what === what));
  return {
    kind: 'line',
    id,
    title: l10n.t`What is added to the residual stream${of}`,
    note: l10n.t(
      'Norm of a sub-layer’s output by the norm of the stream that it is added to; means over the tokens, and the bands from the least to the most.',
    ),
    size: 'half',
    x: { label: l10n.t('Layer'), format: 'count' },
    y: { label: l10n.t('Added, as a part of the stream'), format: 2, min: 0 },
    series: kinds.map((what) => {
      const own = layers.filter((one) => one.what === what);
      return {
        name: what,
        points: own.map((one): [number, number] => [one.layer, mean(ratiosOf(one))]),
        band: own.map((one): [number, number, number] => {
          const ratios = ratiosOf(one);
          return [one.layer, Math.min(...ratios), Math.max(...ratios)];
        }),
      };
    }),
  };
}

/** The tokens that the model read stand in the text; what a decoder is given to write repeats them. */
function onText(
  layers: readonly WithNeurons[],
  { tokens, isRead }: { tokens: readonly Token[]; isRead: boolean },
  id: string,
  of: string,
): TokensFigure {
  return {
    kind: 'tokens',
    id,
    title: l10n.t`Neurons above zero on the text${of}`,
    note: l10n.t('Mean over the layers.'),
    value: { label: l10n.t('Above zero'), format: 'percent', min: 0 },
    tokens: tokens.map(({ text, special, segment, start, end }, position) => ({
      text,
      value: mean(layers.map(({ neurons }) => neurons.active[position] ?? 0)),
      ...(special || !isRead ? {} : { span: { segment, start, end } }),
    })),
  };
}

function ratiosOf({ stream, added: norms }: MeasuredSubLayer): number[] {
  return norms.map((norm, i) => norm / (stream[i] || 1));
}

function layerName({ stack, layer }: MeasuredSubLayer): string {
  return l10n.t`${stack} layer ${layer}`;
}
