import * as l10n from '@vscode/l10n';
import { meanAndDeviation } from '../../numeric/vectors';
import type { Cell, Column, Figure, HeatmapFigure, Report, Table } from '../../shared/report';
import { formatNumber } from '../../shared/report';
import { visible } from '../tokens/units';
import type { Steps } from './attention';
import { sideBySide, type Matrix } from './matrix';
import type { ScratchModel, ScratchResult } from './run';
import { follow, isChanged, spreadOf, UNCHANGED, USUAL, variantOf, type Change } from './variants';

export interface ScratchSettings extends Change {
  row: number;
}

const number = (value: number) => formatNumber(value, 'significant');

export function scratchReport(result: ScratchResult, settings: ScratchSettings): Report {
  const own = follow(result, UNCHANGED);
  const steps = isChanged(settings) ? follow(result, settings) : own;
  const { query, key, value } = result.heads[result.followed] as ScratchResult['heads'][number];
  const keys = named(result.keys);
  return {
    findings: findings(result, settings, own, steps),
    parts: [
      {
        ...matrixFigure('weights', l10n.t('Weights: the softmax of every row'), steps.weights, result, keys),
        note: l10n.t(
          'How much of each value (column) goes into the output of each query (row). The steps below lead to it.',
        ),
        value: { label: l10n.t('Weight'), format: 3, min: 0, max: 1 },
      },
      entropyFigure(result, settings, own, steps),
      changeTable(result),
      matrixFigure('q', l10n.t`1. Queries: Q, ${shape(query)}`, query, result),
      { ...matrixFigure('k', l10n.t`2. Keys: K, ${shape(key)}`, key, result), rows: keys },
      {
        ...matrixFigure(
          'products',
          l10n.t`3. Every query times every key: Q Kᵀ, ${shape(steps.products)}`,
          steps.products,
          result,
          keys,
        ),
        note: l10n.t('A cell is the sum of the products of a query’s and a key’s numbers.'),
      },
      {
        ...matrixFigure(
          'scores',
          l10n.t('4. Scaled, with mask and bias: what the softmax reads'),
          steps.scores,
          result,
          keys,
        ),
        note:
          scoreFormula(result, settings) +
          (steps.scores.values.includes(-Infinity)
            ? l10n.t(' Empty cells are masked: -∞, so that e to it is 0.')
            : ''),
      },
      rowTable(result, settings, steps),
      { ...matrixFigure('v', l10n.t`6. Values: V, ${shape(value)}`, value, result), rows: keys },
      {
        ...matrixFigure(
          'output',
          l10n.t`7. Output of the head: weights times V, ${shape(steps.output)}`,
          steps.output,
          result,
        ),
        note: l10n.t('A row is the mean of the values under the weights of its query.'),
      },
      ...together(result, settings),
    ],
  };
}

const shape = ({ rows, columns }: Matrix) => `${rows} × ${columns}`;

const named = (labels: readonly string[]) =>
  labels.map((label, i) => (label === String(i) ? label : `${i} ${visible(label)}`));

function findings(result: ScratchResult, settings: ScratchSettings, own: Steps, steps: Steps): string[] {
  const { model, keys } = result;
  const [before, after] = [spreadOf(own), spreadOf(steps)];
  const even = l10n.t`ln ${keys.length} = ${formatNumber(Math.log(keys.length), 2)} would be attention to all keys alike`;
  const maker = model ? model.name : l10n.t('the formula');
  return [
    ...(model ? modelFindings(result, model, own) : [numbersFinding(result)]),
    isChanged(settings)
      ? l10n.t`With these settings the rows have ${formatNumber(after.entropy, 2)} nats of entropy on average, and ${formatNumber(before.entropy, 2)} as ${maker} has it; ${even}.`
      : l10n.t`The rows have ${formatNumber(before.entropy, 2)} nats of entropy on average; ${even}.`,
    scalingFinding(result, own),
  ];
}

function numbersFinding({ heads, count, scale, followed }: ScratchResult): string {
  const { query, key, value } = heads[followed] as ScratchResult['heads'][number];
  return l10n.t`${query.rows} queries and ${key.rows} keys of ${query.columns} numbers, values of ${value.columns}: head ${followed} of ${count}. Products are multiplied by ${number(scale)}, 1/√${query.columns}.`;
}

function modelFindings(
  { scale, head, count, heads, queries, followed }: ScratchResult,
  model: ScratchModel,
  own: Steps,
): string[] {
  const size = heads[followed]?.query.columns ?? 0;
  const difference = own.weights.values.reduce(
    (most, weight, at) => Math.max(most, Math.abs(weight - (model.weights[at] ?? 0))),
    0,
  );
  const usual = Math.abs(scale * Math.sqrt(size) - 1) < 1e-6 ? `, 1/√${size}` : '';
  return [
    ...(model.isAsked
      ? []
      : [l10n.t('The layer or head that was asked for is not there: the last one is shown.')]),
    l10n.t`${model.name}, layer ${model.layer} (of ${model.layers}), head ${head} (of ${count}): each of ${queries.length} tokens has a query, a key and a value of ${size} numbers. Products are multiplied by ${number(scale)}${usual}.`,
    ...(model.tokens > queries.length
      ? [
          l10n.t`The text has ${formatNumber(model.tokens, 'count')} tokens: its beginning was read by itself, so that the tables stay readable.`,
        ]
      : []),
    l10n.t`Computed here step by step, the weights are the model’s own: the largest difference is ${number(difference)}.`,
  ];
}

function scalingFinding(result: ScratchResult, own: Steps): string {
  const unscaled = spreadOf(follow(result, { ...UNCHANGED, scaling: 'none' }));
  const before = spreadOf(own);
  const { deviation } = meanAndDeviation(own.products.values);
  if (result.scale === 1)
    return l10n.t`The products are not scaled: they have a standard deviation of ${number(deviation)}.`;
  return l10n.t`The products have a standard deviation of ${number(deviation)}, scaled of ${number(deviation * result.scale)}. Without scaling the largest weight of a row would be ${formatNumber(unscaled.largest, 2)} on average instead of ${formatNumber(before.largest, 2)}.`;
}

function matrixFigure(
  id: string,
  title: string,
  { columns, values }: Matrix,
  { queries }: ScratchResult,
  keys?: string[],
): HeatmapFigure {
  return {
    kind: 'heatmap',
    ...{ id, title },
    rows: named(queries),
    columns: keys ?? Array.from({ length: columns }, (_, i) => String(i)),
    row: { label: id === 'k' || id === 'v' ? l10n.t('Key') : l10n.t('Query') },
    column: { label: keys ? l10n.t('Key') : l10n.t('Dimension') },
    values: values.map((value) => (Number.isFinite(value) ? value : null)),
    value: { label: l10n.t('Value'), format: 3 },
  };
}

function scoreFormula(result: ScratchResult, settings: ScratchSettings): string {
  const { mask, bias, slope, temperature } = settings;
  const { scale } = variantOf(result, settings);
  const added = {
    own: result.added ? l10n.t` + what ${result.model?.name ?? 'it'} adds (mask, positions)` : '',
    none: '',
    causal: l10n.t(' + causal mask'),
  }[mask];
  const local = {
    none: '',
    distance: ` - ${number(slope)} |i - j|`,
    alibi: l10n.t(' - ALiBi’s slope × |i - j|'),
  }[bias];
  const whole = `q · k × ${number(scale)}${added}${local}`;
  return temperature === 1 ? l10n.t`Score = ${whole}.` : l10n.t`Score = (${whole}) / ${number(temperature)}.`;
}

function entropyFigure(result: ScratchResult, settings: ScratchSettings, own: Steps, steps: Steps): Figure {
  const changed = isChanged(settings);
  return {
    kind: 'bar',
    id: 'entropy',
    title: l10n.t('How evenly each query looks around: entropy of its row'),
    note: l10n.t`0: one key takes everything. ln ${result.keys.length} = ${formatNumber(Math.log(result.keys.length), 2)}: all ${result.keys.length} keys alike.`,
    categories: named(result.queries),
    category: { label: l10n.t('Query') },
    value: { label: l10n.t('Entropy in nats'), format: 2 },
    series: [
      {
        name: result.model ? l10n.t('as the model has it') : l10n.t('as in the paper'),
        values: own.entropies,
      },
      ...(changed ? [{ name: l10n.t('with these settings'), values: steps.entropies }] : []),
    ],
  };
}

function changeTable(result: ScratchResult): Table {
  const rows = USUAL.filter(
    ({ change }) =>
      (change.mask !== 'none' || result.added !== null) && (change.scaling === 'own' || result.scale !== 1),
  );
  return {
    kind: 'table',
    id: 'changes',
    title: l10n.t('What each change does to this head'),
    note: l10n.t(
      'Means over the queries. Distance: |i - j| of query and key, under the weights. ALiBi: slope 2^(-8 (h + 1) / H) for head h of H.',
    ),
    columns: [
      { label: l10n.t('Change') },
      { label: l10n.t('Entropy in nats'), format: 3 },
      { label: l10n.t('Largest weight'), format: 3 },
      { label: l10n.t('Distance'), format: 2 },
    ],
    rows: rows.map(({ name, change }): Cell[] => {
      const { entropy, largest, distance } = spreadOf(follow(result, change));
      return [name, entropy, largest, distance];
    }),
  };
}

function rowTable(
  result: ScratchResult,
  settings: ScratchSettings,
  { products, scores, weights }: Steps,
): Table {
  const { keys, queries, sinks } = result;
  const row = Math.min(settings.row, queries.length - 1);
  const { scale, bias, temperature } = variantOf(result, settings);
  const at = (matrix: Matrix, key: number) => matrix.values[row * matrix.columns + key] ?? 0;
  const finite = (value: number) => (Number.isFinite(value) ? value : null);
  const own = keys.map((_, key) => at(scores, key));
  const sink = sinks === null ? -Infinity : (sinks[row] ?? 0) / temperature;
  const top = Math.max(...own, sink);
  const exponentials = own.map((score) => (top === -Infinity ? 0 : Math.exp(score - top)));
  const sum = exponentials.reduce((all, one) => all + one, 0) + (sinks === null ? 0 : Math.exp(sink - top));
  const columns: Column[] = [
    { label: l10n.t('Key') },
    { label: 'q · k', format: 4 },
    { label: `× ${number(scale)}`, format: 4 },
    { label: l10n.t('+ mask and bias'), format: 4 },
    { label: temperature === 1 ? l10n.t('Score') : l10n.t`Score (over ${number(temperature)})`, format: 4 },
    { label: l10n.t('e to (score - largest)'), format: 4 },
    { label: l10n.t('Weight'), format: 4 },
  ];
  return {
    kind: 'table',
    id: 'row',
    title: l10n.t`5. The softmax of one row: query ${named(queries)[row] ?? ''}`,
    note:
      l10n.t`The largest score is ${number(top)}, the exponentials sum to ${number(sum)}, and each weight is an exponential over that sum.` +
      (sinks === null ? '' : l10n.t(' A learned sink has part in the sum without being a key.')),
    columns,
    rows: named(keys).map((key, j): Cell[] => [
      key,
      at(products, j),
      at(products, j) * scale,
      finite(bias(row, j)),
      finite(own[j] ?? 0),
      exponentials[j] ?? 0,
      at(weights, j),
    ]),
  };
}

/** How the heads are split and put together again. */
function together(result: ScratchResult, settings: ScratchSettings): (Figure | Table)[] {
  const { heads, count, model, queries, keys, followed } = result;
  const { query, value } = heads[followed] as ScratchResult['heads'][number];
  const [width, out] = [count * query.columns, count * value.columns];
  const keyHeads = model?.keyHeads ?? count;
  const rows: Cell[][] = [
    [l10n.t('Q, of all heads'), `${queries.length} × ${width}`, ''],
    [
      l10n.t('Q, split'),
      `${count} × ${queries.length} × ${query.columns}`,
      l10n.t`${count} heads of ${query.columns} numbers`,
    ],
    [
      l10n.t('K, split'),
      `${keyHeads} × ${keys.length} × ${query.columns}`,
      keyHeads < count ? l10n.t`${count / keyHeads} query heads share a key head` : '',
    ],
    [l10n.t('V, split'), `${keyHeads} × ${keys.length} × ${value.columns}`, ''],
    [
      l10n.t('Scores and weights'),
      `${count} × ${queries.length} × ${keys.length}`,
      l10n.t('each head by itself'),
    ],
    [l10n.t('Outputs'), `${count} × ${queries.length} × ${value.columns}`, ''],
    [l10n.t('Outputs side by side'), `${queries.length} × ${out}`, concatenation(model)],
  ];
  const table: Table = {
    kind: 'table',
    id: 'heads',
    title: l10n.t('8. Split into heads, and put together again'),
    note: l10n.t('Then one matrix, the output projection, mixes the heads.'),
    columns: [{ label: l10n.t('What') }, { label: l10n.t('Shape') }, { label: l10n.t('Meaning') }],
    rows,
  };
  if (heads.length < 2) return [table];
  const all = sideBySide(heads.map((_, i) => follow(result, settings, i).output));
  return [table, matrixFigure('concatenated', l10n.t`9. All heads side by side, ${shape(all)}`, all, result)];
}

function concatenation(model: ScratchModel | null): string {
  if (!model) return '';
  const { concatenated } = model;
  return concatenated
    ? l10n.t`what the model’s output projection reads; largest difference of its ${concatenated.width} numbers a token: ${number(concatenated.difference)}`
    : l10n.t('the tensor that the output projection reads was not found in this export');
}
