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
        ...matrixFigure('weights', 'Weights: the softmax of every row', steps.weights, result, keys),
        note: 'How much of each value (column) goes into the output of each query (row). The steps below lead to it.',
        value: { label: 'Weight', format: 3, min: 0, max: 1 },
      },
      entropyFigure(result, settings, own, steps),
      changeTable(result),
      matrixFigure('q', `1. Queries: Q, ${shape(query)}`, query, result),
      { ...matrixFigure('k', `2. Keys: K, ${shape(key)}`, key, result), rows: keys },
      {
        ...matrixFigure(
          'products',
          `3. Every query times every key: Q Kᵀ, ${shape(steps.products)}`,
          steps.products,
          result,
          keys,
        ),
        note: 'A cell is the sum of the products of a query’s and a key’s numbers.',
      },
      {
        ...matrixFigure(
          'scores',
          '4. Scaled, with mask and bias: what the softmax reads',
          steps.scores,
          result,
          keys,
        ),
        note:
          scoreFormula(result, settings) +
          (steps.scores.values.includes(-Infinity)
            ? ' Empty cells are masked: -∞, so that e to it is 0.'
            : ''),
      },
      rowTable(result, settings, steps),
      { ...matrixFigure('v', `6. Values: V, ${shape(value)}`, value, result), rows: keys },
      {
        ...matrixFigure(
          'output',
          `7. Output of the head: weights times V, ${shape(steps.output)}`,
          steps.output,
          result,
        ),
        note: 'A row is the mean of the values under the weights of its query.',
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
  const even = `ln ${keys.length} = ${formatNumber(Math.log(keys.length), 2)} would be attention to all keys alike`;
  const maker = model ? model.name : 'the formula';
  return [
    ...(model ? modelFindings(result, model, own) : [numbersFinding(result)]),
    isChanged(settings)
      ? `With these settings the rows have ${formatNumber(after.entropy, 2)} nats of entropy on average, and ${formatNumber(before.entropy, 2)} as ${maker} has it; ${even}.`
      : `The rows have ${formatNumber(before.entropy, 2)} nats of entropy on average; ${even}.`,
    scalingFinding(result, own),
  ];
}

function numbersFinding({ heads, count, scale, followed }: ScratchResult): string {
  const { query, key, value } = heads[followed] as ScratchResult['heads'][number];
  return `${query.rows} queries and ${key.rows} keys of ${query.columns} numbers, values of ${value.columns}: head ${followed} of ${count}. Products are multiplied by ${number(scale)}, 1/√${query.columns}.`;
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
    ...(model.isAsked ? [] : ['The layer or head that was asked for is not there: the last one is shown.']),
    `${model.name}, layer ${model.layer} (of ${model.layers}), head ${head} (of ${count}): each of ${queries.length} tokens has a query, a key and a value of ${size} numbers. Products are multiplied by ${number(scale)}${usual}.`,
    ...(model.tokens > queries.length
      ? [
          `The text has ${formatNumber(model.tokens, 'count')} tokens: its beginning was read by itself, so that the tables stay readable.`,
        ]
      : []),
    `Computed here step by step, the weights are the model’s own: the largest difference is ${number(difference)}.`,
  ];
}

function scalingFinding(result: ScratchResult, own: Steps): string {
  const unscaled = spreadOf(follow(result, { ...UNCHANGED, scaling: 'none' }));
  const before = spreadOf(own);
  const { deviation } = meanAndDeviation(own.products.values);
  if (result.scale === 1)
    return `The products are not scaled: they have a standard deviation of ${number(deviation)}.`;
  return `The products have a standard deviation of ${number(deviation)}, scaled of ${number(deviation * result.scale)}. Without scaling the largest weight of a row would be ${formatNumber(unscaled.largest, 2)} on average instead of ${formatNumber(before.largest, 2)}.`;
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
    row: { label: id === 'k' || id === 'v' ? 'Key' : 'Query' },
    column: { label: keys ? 'Key' : 'Dimension' },
    values: values.map((value) => (Number.isFinite(value) ? value : null)),
    value: { label: 'Value', format: 3 },
  };
}

function scoreFormula(result: ScratchResult, settings: ScratchSettings): string {
  const { mask, bias, slope, temperature } = settings;
  const { scale } = variantOf(result, settings);
  const added = {
    own: result.added ? ` + what ${result.model?.name ?? 'it'} adds (mask, positions)` : '',
    none: '',
    causal: ' + causal mask',
  }[mask];
  const local = { none: '', distance: ` - ${number(slope)} |i - j|`, alibi: ' - ALiBi’s slope × |i - j|' }[
    bias
  ];
  const whole = `q · k × ${number(scale)}${added}${local}`;
  return temperature === 1 ? `Score = ${whole}.` : `Score = (${whole}) / ${number(temperature)}.`;
}

function entropyFigure(result: ScratchResult, settings: ScratchSettings, own: Steps, steps: Steps): Figure {
  const changed = isChanged(settings);
  return {
    kind: 'bar',
    id: 'entropy',
    title: 'How evenly each query looks around: entropy of its row',
    note: `0: one key takes everything. ln ${result.keys.length} = ${formatNumber(Math.log(result.keys.length), 2)}: all ${result.keys.length} keys alike.`,
    categories: named(result.queries),
    category: { label: 'Query' },
    value: { label: 'Entropy in nats', format: 2 },
    series: [
      { name: result.model ? 'as the model has it' : 'as in the paper', values: own.entropies },
      ...(changed ? [{ name: 'with these settings', values: steps.entropies }] : []),
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
    title: 'What each change does to this head',
    note: 'Means over the queries. Distance: |i - j| of query and key, under the weights. ALiBi: slope 2^(-8 (h + 1) / H) for head h of H.',
    columns: [
      { label: 'Change' },
      { label: 'Entropy in nats', format: 3 },
      { label: 'Largest weight', format: 3 },
      { label: 'Distance', format: 2 },
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
    { label: 'Key' },
    { label: 'q · k', format: 4 },
    { label: `× ${number(scale)}`, format: 4 },
    { label: '+ mask and bias', format: 4 },
    { label: temperature === 1 ? 'Score' : `Score (over ${number(temperature)})`, format: 4 },
    { label: 'e to (score - largest)', format: 4 },
    { label: 'Weight', format: 4 },
  ];
  return {
    kind: 'table',
    id: 'row',
    title: `5. The softmax of one row: query ${named(queries)[row] ?? ''}`,
    note:
      `The largest score is ${number(top)}, the exponentials sum to ${number(sum)}, and each weight is an exponential over that sum.` +
      (sinks === null ? '' : ' A learned sink has part in the sum without being a key.'),
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
    ['Q, of all heads', `${queries.length} × ${width}`, ''],
    [
      'Q, split',
      `${count} × ${queries.length} × ${query.columns}`,
      `${count} heads of ${query.columns} numbers`,
    ],
    [
      'K, split',
      `${keyHeads} × ${keys.length} × ${query.columns}`,
      keyHeads < count ? `${count / keyHeads} query heads share a key head` : '',
    ],
    ['V, split', `${keyHeads} × ${keys.length} × ${value.columns}`, ''],
    ['Scores and weights', `${count} × ${queries.length} × ${keys.length}`, 'each head by itself'],
    ['Outputs', `${count} × ${queries.length} × ${value.columns}`, ''],
    ['Outputs side by side', `${queries.length} × ${out}`, concatenation(model)],
  ];
  const table: Table = {
    kind: 'table',
    id: 'heads',
    title: '8. Split into heads, and put together again',
    note: 'Then one matrix, the output projection, mixes the heads.',
    columns: [{ label: 'What' }, { label: 'Shape' }, { label: 'Meaning' }],
    rows,
  };
  if (heads.length < 2) return [table];
  const all = sideBySide(heads.map((_, i) => follow(result, settings, i).output));
  return [table, matrixFigure('concatenated', `9. All heads side by side, ${shape(all)}`, all, result)];
}

function concatenation(model: ScratchModel | null): string {
  if (!model) return '';
  const { concatenated } = model;
  return concatenated
    ? `what the model’s output projection reads; largest difference of its ${concatenated.width} numbers a token: ${number(concatenated.difference)}`
    : 'the tensor that the output projection reads was not found in this export';
}
