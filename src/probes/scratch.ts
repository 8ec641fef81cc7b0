import * as l10n from '@vscode/l10n';
import { defineProbe } from './probe';
import { scratchReport } from './scratch/report';
import { readModel, readNumbers } from './scratch/run';

/** Fields of the small numbers. */
const SMALL = { field: 'source', is: ['numbers'] } as const;

const FIELDS = {
  source: {
    kind: 'choice',
    label: l10n.t('Compute with'),
    default: 'model',
    options: [
      { value: 'model', label: l10n.t('a model’s own Q, K and V of the text') },
      { value: 'numbers', label: l10n.t('small numbers, below') },
    ],
  },
  scaling: {
    kind: 'choice',
    label: l10n.t('Scaling'),
    default: 'own',
    options: [
      { value: 'own', label: l10n.t('1/√d (the model’s own)') },
      { value: 'none', label: l10n.t('none') },
    ],
  },
  temperature: {
    kind: 'number',
    label: l10n.t('Temperature'),
    default: 1,
    min: 0.05,
    max: 20,
    slider: 'log',
    help: l10n.t('Scores are divided by it: below 1 sharper, above 1 more even.'),
  },
  mask: {
    kind: 'choice',
    label: l10n.t('Mask'),
    default: 'own',
    options: [
      { value: 'own', label: l10n.t('the model’s own (small numbers: none)') },
      { value: 'none', label: l10n.t('none') },
      { value: 'causal', label: l10n.t('causal: no later key') },
    ],
  },
  bias: {
    kind: 'choice',
    label: l10n.t('Bias by distance'),
    default: 'none',
    options: [
      { value: 'none', label: l10n.t('none') },
      { value: 'distance', label: l10n.t('local: -slope · |i - j|') },
      { value: 'alibi', label: l10n.t('ALiBi: the slope of the head') },
    ],
  },
  slope: {
    kind: 'number',
    label: l10n.t('Slope of the local bias'),
    default: 0.1,
    min: 0,
    max: 2,
    slider: 'linear',
    when: { field: 'bias', is: ['distance'] },
  },
  row: {
    kind: 'number',
    label: l10n.t('Query to follow'),
    default: 1,
    min: 0,
    max: 39,
    integer: true,
    help: l10n.t('Its row is computed number by number.'),
  },
  layer: {
    kind: 'number',
    label: l10n.t('Layer'),
    default: 1,
    min: 0,
    max: 200,
    integer: true,
    when: { field: 'source', is: ['model'] },
  },
  head: { kind: 'number', label: l10n.t('Head'), default: 0, min: 0, max: 255, integer: true },
  model: { kind: 'model', label: l10n.t('Model'), default: '', when: { field: 'source', is: ['model'] } },
  q: {
    kind: 'text',
    label: l10n.t('Q: a row a query'),
    default: '1 0 1 0\n0 2 0 1\n1 1 0 0\n0 0 1 2',
    lines: 4,
    when: SMALL,
  },
  k: {
    kind: 'text',
    label: l10n.t('K: a row a key'),
    default: '1 0 2 0\n0 1 0 1\n1 1 0 0\n0 0 1 1',
    lines: 4,
    when: SMALL,
  },
  v: {
    kind: 'text',
    label: l10n.t('V: a row a value'),
    default: '1 0 0 0\n0 2 0 0\n0 0 3 0\n0 0 0 4',
    lines: 4,
    when: SMALL,
  },
  heads: {
    kind: 'number',
    label: l10n.t('Heads of the small numbers'),
    default: 1,
    min: 1,
    max: 16,
    integer: true,
    when: SMALL,
  },
} as const;

/** softmax(QKᵀ/√d + mask)V, every number on the table. */
export const scratch = defineProbe({
  id: 'scratch',
  title: l10n.t('Attention from Scratch'),
  topic: 'Attention',
  summary: l10n.t(
    'softmax(QKᵀ/√d + mask)·V step by step, on small numbers or on a model’s own queries, keys and values.',
  ),
  shows: l10n.t(
    'Every step of one head as numbers: queries, keys, their products, the scaled and masked scores, the softmax of a row, the values, the output, and how heads are split and put together. What changes when the scaling, the temperature, the mask or a bias by distance is another.',
  ),
  look: l10n.t(
    'Switch the scaling off: products of long vectors are large, and the softmax gives nearly everything to one key. Move the temperature and watch the entropy of every row. A causal mask empties the upper triangle, and the first query has only itself to look at. A bias by distance needs no trained positions.',
  ),
  limits: l10n.t(
    'The model was trained with its own scaling and mask: other settings show the arithmetic, not what a model trained with them would do. One head of one layer is a small part of a model: what its output does depends on the output projection and all that follows.',
  ),
  links: [
    { label: l10n.t('Vaswani et al. 2017, section 3.2'), href: 'https://arxiv.org/abs/1706.03762' },
    { label: l10n.t('Press et al. 2022: ALiBi'), href: 'https://arxiv.org/abs/2108.12409' },
    { label: l10n.t('Shazeer 2019: shared keys and values'), href: 'https://arxiv.org/abs/1911.02150' },
  ],
  input: 'text',
  reads: { field: 'source', is: ['model'] },
  sample: 'The doctor was unhappy because she had no time.',
  live: true,
  fields: FIELDS,
  run: async (inference, { segments, settings }, { signal, onProgress }) => {
    if (settings.source === 'numbers') return readNumbers(settings);
    onProgress?.(l10n.t('Running the model'), 0.3);
    const { model, layer, head } = settings;
    return readModel(inference, { model, segments, layer, head }, signal);
  },
  report: scratchReport,
});
