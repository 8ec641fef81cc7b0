import * as l10n from '@vscode/l10n';
import type { Activation } from '../../shared/block';
import type { BarFigure, LineFigure, Report, ReportPart, Table } from '../../shared/report';
import { formatNumber } from '../../shared/report';
import type { BlockResult, BlockSettings } from '../block';
import { diagramFigure } from './boxes';
import type { Part } from './costs';
import { multiplyAdds } from './costs';
import { ACTIVATION_FORMULAS, ACTIVATION_NAMES, ACTIVATIONS, activationNamed } from './curves';
import { measuredParts, measuredFindings } from './reportMeasured';

export function report(result: BlockResult, { length }: BlockSettings): Report {
  const { drawn, parts, source } = result;
  const [own] = drawn;
  const from = {
    graph: l10n.t('its graph and config'),
    weights: l10n.t('its weights'),
    config: l10n.t('its config'),
  }[source];
  return {
    findings: [
      ...architectureFindings(result),
      ...costFindings(parts, length),
      ...measuredFindings(result.measured),
    ],
    parts: [
      ...drawn.map((model) =>
        diagramFigure(
          model,
          model === own ? 'architecture' : `architecture-${model.family ?? 'other'}`,
          model === own ? l10n.t`Drawn from ${from}.` : l10n.t('Drawn from its config, for comparison.'),
        ),
      ),
      shares(parts, length),
      growth(parts, length),
      sizes(parts, length),
      ...curves(result),
      ...measuredParts(result.measured),
    ],
    actions: own && [
      { kind: 'anatomy', label: l10n.t('Explore the Anatomy'), model: own.reference },
      {
        kind: 'probe',
        label: l10n.t('Memory and Cost'),
        probe: 'memory',
        settings: { model: own.reference, length },
      },
    ],
  };
}

/** The function that the graph computes, else the one that the config names. */
function activationOf({
  measured,
  facts,
}: BlockResult): { name: Activation; gated: boolean; seen: boolean } | null {
  const neurons =
    'subLayers' in measured ? measured.subLayers.find((one) => one.neurons)?.neurons : undefined;
  if (neurons) return { name: neurons.activation, gated: neurons.gated, seen: true };
  const named = activationNamed(facts.activation);
  return named && { name: named, gated: facts.activation?.startsWith('gated') === true, seen: false };
}

function architectureFindings(result: BlockResult): string[] {
  const { drawn, facts } = result;
  const { hiddenSize, feedForwardSize, layers, decoderLayers, norm, normPlacement, tied } = facts;
  const lines: string[] = [];
  const name = drawn[0]?.name ?? '';
  if (hiddenSize && feedForwardSize && layers) {
    const count = decoderLayers
      ? l10n.t`${layers} encoder and ${decoderLayers} decoder layers`
      : l10n.t`${layers} layers`;
    const factor = formatNumber(feedForwardSize / hiddenSize);
    lines.push(
      l10n.t`${name} has ${count} of width ${hiddenSize}; its feed-forward networks have ${feedForwardSize} neurons a layer, ${factor} times the width.`,
    );
  }
  const places = {
    pre: l10n.t('before each sub-layer'),
    post: l10n.t('behind each sum'),
    both: l10n.t('before and behind each sub-layer'),
  };
  if (norm && normPlacement) {
    lines.push(
      norm === 'rms'
        ? l10n.t`RMS norms are ${places[normPlacement]}.`
        : l10n.t`Layer norms are ${places[normPlacement]}.`,
    );
  }
  if (tied !== null) {
    lines.push(
      tied
        ? l10n.t('The output matrix is the embeddings again.')
        : l10n.t('The output matrix has weights of its own.'),
    );
  }
  return [...lines, ...activationFindings(result)];
}

function activationFindings(result: BlockResult): string[] {
  const found = activationOf(result);
  if (!found) return [];
  const said = activationNamed(result.facts.activation);
  const { name, gated, seen } = found;
  const what = `${ACTIVATION_NAMES[name]}${gated ? l10n.t(', gated by a second projection') : ''}`;
  if (!seen) return [l10n.t`The config names the activation function ${what}.`];
  if (said === null) return [l10n.t`The graph computes ${what}.`];
  if (said === name) return [l10n.t`The graph computes ${what}, as the config says.`];
  return [l10n.t`The graph computes ${what}, and the config says ${ACTIVATION_NAMES[said]}.`];
}

function costFindings(parts: readonly Part[], length: number): string[] {
  const total = parts.reduce((sum, { parameters }) => sum + parameters, 0);
  const work = parts.reduce((sum, part) => sum + multiplyAdds(part, length), 0);
  const share = (name: Part['name']) => {
    const part = parts.find((one) => one.name === name);
    return part && { parameters: part.parameters / total, work: multiplyAdds(part, length) / work, part };
  };
  const [feedForward, attention] = [share('feed-forward'), share('attention')];
  if (!feedForward || !attention) return [];
  const lines = [
    l10n.t`Feed-forward networks hold ${formatNumber(feedForward.parameters, 'percent')} of the parameters, self-attention ${formatNumber(attention.parameters, 'percent')}.`,
    l10n.t`For a text of ${formatNumber(length, 'count')} tokens they do ${formatNumber(feedForward.work, 'percent')} and ${formatNumber(attention.work, 'percent')} of ${formatNumber(work, 'compact')} multiply-adds.`,
  ];
  const { part } = attention;
  const even = (feedForward.part.perToken - part.perToken) / part.perPair;
  if (even > 0)
    lines.push(
      l10n.t`Self-attention does more of them than the feed-forward networks from ${formatNumber(Math.ceil(even), 'count')} tokens on.`,
    );
  return lines;
}

function shares(parts: readonly Part[], length: number): BarFigure {
  const total = parts.reduce((sum, { parameters }) => sum + parameters, 0);
  const work = parts.reduce((sum, part) => sum + multiplyAdds(part, length), 0);
  return {
    kind: 'bar',
    id: 'shares',
    title: l10n.t('Where the weights and the work are'),
    note: l10n.t`Multiply-adds of a text of ${formatNumber(length, 'count')} tokens. Embeddings are looked up, which is no product; a tied output matrix counts among the embeddings' parameters and the head's work.`,
    size: 'half',
    categories: parts.map(({ name }) => name),
    category: { label: l10n.t('Part') },
    value: { label: l10n.t('Share'), format: 'percent', min: 0 },
    horizontal: true,
    series: [
      { name: l10n.t('Parameters'), values: parts.map(({ parameters }) => parameters / total) },
      { name: l10n.t('Multiply-adds'), values: parts.map((part) => multiplyAdds(part, length) / work) },
    ],
  };
}

function growth(parts: readonly Part[], now: number): LineFigure {
  const lengths = Array.from({ length: 18 }, (_, i) => 2 ** i);
  const pairs = parts.filter(({ perPair }) => perPair > 0);
  const work = (length: number) => parts.reduce((sum, part) => sum + multiplyAdds(part, length), 0);
  const line = (name: string, of: (length: number) => number) => ({
    name,
    points: lengths.map((length): [number, number] => [length, of(length) / work(length)]),
  });
  return {
    kind: 'line',
    id: 'growth',
    title: l10n.t('Who works as the text grows'),
    note: l10n.t(
      'Attention’s weights are its projections; its pairs are the scores and the weighted sums, which grow with the square of the length.',
    ),
    size: 'half',
    x: { label: l10n.t('Tokens'), scale: 'log', format: 'compact' },
    y: { label: l10n.t('Share of multiply-adds'), format: 'percent', min: 0, max: 1 },
    series: [
      ...parts
        .filter(({ perToken }) => perToken > 0)
        .map((part) =>
          line(part.perPair > 0 ? l10n.t`${part.name}: weights` : part.name, (n) => part.perToken * n),
        ),
      line(l10n.t('attention: pairs'), (n) => pairs.reduce((sum, { perPair }) => sum + perPair * n * n, 0)),
    ],
    marks: [{ axis: 'x', at: now, label: l10n.t('now') }],
  };
}

function sizes(parts: readonly Part[], length: number): Table {
  return {
    kind: 'table',
    id: 'sizes',
    title: l10n.t('Parts'),
    note: l10n.t`A matrix takes one multiply-add an entry and token; attention 2 × heads × head size for each pair of positions and layer. Here: ${formatNumber(length, 'count')} tokens.`,
    columns: [
      { label: l10n.t('Part') },
      { label: l10n.t('Parameters'), format: 'count' },
      { label: l10n.t('Multiply-adds a token'), format: 'count' },
      { label: l10n.t('Multiply-adds a pair'), format: 'count' },
      { label: l10n.t('Multiply-adds here'), format: 'compact' },
    ],
    rows: parts.map((part) => [
      ...[part.name, part.parameters, part.perToken, part.perPair],
      multiplyAdds(part, length),
    ]),
  };
}

const STEPS = 161;
const [FROM, TO] = [-4, 4];
const SHOWN: Activation[] = ['gelu', 'gelu-tanh', 'relu', 'silu'];

function curves(result: BlockResult): ReportPart[] {
  const found = activationOf(result);
  const names = [...new Set([...(found ? [found.name] : []), ...SHOWN])];
  const xs = Array.from({ length: STEPS }, (_, i) => FROM + ((TO - FROM) * i) / (STEPS - 1));
  const points = (of: (x: number) => number) => xs.map((x): [number, number] => [x, of(x)]);
  const gate = found?.gated ? found.name : 'silu';
  return [
    {
      kind: 'line',
      id: 'activations',
      title: l10n.t('Activation functions'),
      note: names.map((name) => `${ACTIVATION_NAMES[name]}: ${ACTIVATION_FORMULAS[name]}`).join('; ') + '.',
      size: 'half',
      x: { label: 'x', format: 1 },
      y: { label: l10n.t('Activation'), format: 2 },
      series: names.map((name) => ({
        name: `${ACTIVATION_NAMES[name]}${name === found?.name ? l10n.t(', this model') : ''}`,
        points: points(ACTIVATIONS[name]),
      })),
    },
    {
      kind: 'line',
      id: 'gate',
      title: l10n.t`A gated network: ${ACTIVATION_NAMES[gate]}(gate) × up`,
      note: found?.gated
        ? l10n.t(
            'This model’s: the second projection, up, scales what the gate lets through, and turns it where it is negative.',
          )
        : l10n.t(
            'As Llama and its kin have it (SwiGLU); this model has one projection. The second projection, up, scales what the gate lets through, and turns it where it is negative.',
          ),
      size: 'half',
      x: { label: l10n.t('gate'), format: 1 },
      y: { label: l10n.t('Neuron'), format: 2 },
      series: [-1, 0.5, 1, 2].map((up) => ({
        name: `up = ${up}`,
        points: points((x) => up * ACTIVATIONS[gate](x)),
      })),
    },
  ];
}
