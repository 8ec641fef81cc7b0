import * as l10n from '@vscode/l10n';
import { ProbeError } from '../shared/errors';
import type { Inference, InferenceStatus } from '../shared/inference';
import type { Cell, Report, Table } from '../shared/report';
import { formatNumber } from '../shared/report';
import type { Load, ModelSizes } from './memory/formulas';
import {
  attentionMapBytes,
  cacheBytes,
  flopsPerToken,
  optimizerBytes,
  PRECISIONS,
  sizesOf,
  trainingActivationBytes,
  workingBytes,
} from './memory/formulas';
import { defineProbe, type ProbeContext, type ProbeRequest, type SettingsOf } from './probe';

const FIELDS = {
  model: {
    kind: 'model',
    label: l10n.t('Model'),
    default: 'gpt2',
    known: true,
    help: l10n.t(
      'A model on this machine or a well-known name such as bert-base-uncased: its config is enough.',
    ),
  },
  batch: {
    kind: 'number',
    label: l10n.t('Batch'),
    default: 1,
    min: 1,
    max: 4096,
    integer: true,
    slider: 'log',
    unit: l10n.t('texts'),
  },
  length: {
    kind: 'number',
    label: l10n.t('Length'),
    default: 1024,
    min: 1,
    max: 1_048_576,
    integer: true,
    slider: 'log',
    unit: l10n.t('tokens'),
  },
  precision: {
    kind: 'choice',
    label: l10n.t('Activations and cache in'),
    default: 'fp16',
    options: [
      { value: 'fp32', label: l10n.t('32 bits') },
      { value: 'fp16', label: l10n.t('16 bits') },
      { value: 'int8', label: l10n.t('8 bits') },
    ],
  },
  machines: {
    kind: 'text',
    label: l10n.t('Other machines, in GB'),
    default: 'Laptop GPU: 8, Workstation GPU: 24, Data center GPU: 80',
    help: l10n.t('Name and gigabytes of memory, with commas between them.'),
  },
  measure: {
    kind: 'boolean',
    label: l10n.t('Measure the inference process'),
    default: false,
    help: l10n.t('Runs the model once on one text of this length. Only for models on this machine.'),
  },
} as const;

type Settings = SettingsOf<typeof FIELDS>;

/** Bytes of the inference process, by moment, and what the formulas say for the same run. */
interface Measured {
  tokens: number;
  before: number;
  opened: number;
  ran: number;
  peak: number;
  estimate: number;
}

interface MemoryResult {
  name: string;
  sizes: ModelSizes;
  maxTokens: number | null;
  thisMachine: number;
  measured: Measured | null;
}

/** Where the memory of a model goes, and what a token costs, from its config. */
export const memory = defineProbe({
  id: 'memory',
  title: l10n.t('Memory and Cost'),
  topic: 'Cost',
  summary: l10n.t('What a model needs to be stored, run and trained, and what one token costs.'),
  shows: l10n.t(
    'Bytes of the weights in four precisions, of the key-value cache, of activations and attention maps, and of training with AdamW; floating point operations a token.',
  ),
  look: l10n.t(
    'Weights do not depend on the text. The cache grows with the length, attention maps with its square: move the length and see which bar overtakes the weights. Grouped-query attention shrinks the cache by heads / key-value heads.',
  ),
  limits: l10n.t(
    'These are sizes of tensors. Runtimes add buffers and fragmentation, fused attention never stores the maps, and pruning or offloading changes everything. The measured peak shows how far the estimate is off here.',
  ),
  links: [
    { label: l10n.t('Kaplan et al. 2020: operations a token'), href: 'https://arxiv.org/abs/2001.08361' },
    {
      label: l10n.t('Korthikanti et al. 2022: activations in training'),
      href: 'https://arxiv.org/abs/2205.05198',
    },
    {
      label: l10n.t('Ainslie et al. 2023: grouped-query attention'),
      href: 'https://arxiv.org/abs/2305.13245',
    },
    { label: l10n.t('Loshchilov and Hutter 2017: AdamW'), href: 'https://arxiv.org/abs/1711.05101' },
  ],
  input: 'none',
  live: true,
  fields: FIELDS,
  run,
  report,
});

async function run(
  inference: Inference,
  { settings }: ProbeRequest<Settings>,
  { signal, onProgress, machine }: ProbeContext<MemoryResult>,
): Promise<MemoryResult> {
  onProgress?.(l10n.t('Reading the model'));
  const { requireAnatomy } = await import('../anatomy/find');
  const anatomy = await requireAnatomy(settings.model, machine.places);
  const sizes = sizesOf(anatomy);
  if (!sizes) throw new ProbeError('model', l10n.t`"${anatomy.name}" does not say how wide it is.`);
  const { maxTokens } = anatomy.facts;
  const measured = settings.measure
    ? await measure(inference, settings, sizes, { signal, onProgress, machine })
    : null;
  return { name: anatomy.name, sizes, maxTokens, thisMachine: machine.memoryBytes, measured };
}

async function measure(
  inference: Inference,
  { model, length }: Settings,
  sizes: ModelSizes,
  { signal, onProgress }: ProbeContext<MemoryResult>,
): Promise<Measured> {
  const status = (): Promise<InferenceStatus> => inference.request('status', null, signal);
  const before = await status();
  onProgress?.(l10n.t('Opening the model'), 0.2);
  const { facts } = await inference.request('open', { model }, signal);
  const opened = await status();
  onProgress?.(l10n.t('Running the model'), 0.6);
  const tokens = Math.min(length, facts.maxTokens ?? length);
  const ids = Array.from({ length: tokens }, (_, i) => i % Math.min(100, sizes.vocabulary));
  const target = facts.family === 'encoder-decoder' ? { targetIds: ids } : {};
  const { runId } = await inference.request('run', { model, ids, ...target }, signal);
  const ran = await status();
  await inference.request('forget', { runId }, signal);
  const load: Load = { batch: 1, length: tokens, bytes: PRECISIONS.fp32 };
  return {
    tokens,
    before: before.residentBytes,
    opened: opened.residentBytes,
    ran: ran.residentBytes,
    peak: ran.peakBytes,
    // This program keeps every layer's attention weights.
    estimate: sizes.parameters * PRECISIONS.fp32 + workingBytes(sizes, load) + attentionMapBytes(sizes, load),
  };
}

function report(result: MemoryResult, settings: Settings): Report {
  const { sizes } = result;
  const load = loadOf(settings);
  const weights = Object.entries(PRECISIONS).map(([name, bytes]) => ({
    name,
    bytes: sizes.parameters * bytes,
  }));
  const needs = needsOf(sizes, load, settings);
  return {
    findings: findings(result, settings, load),
    parts: [
      {
        kind: 'bar',
        id: 'weights',
        title: l10n.t('Weights by precision'),
        note: l10n.t('int4: blocks of 32 weights with one 16-bit scale, 4.5 bits a weight.'),
        categories: weights.map(({ name }) => name),
        category: { label: l10n.t('Precision') },
        value: { label: l10n.t('Bytes'), format: 'bytes', min: 0 },
        series: [{ name: '', values: weights.map(({ bytes }) => bytes) }],
      },
      {
        kind: 'bar',
        id: 'needs',
        title: l10n.t`Running and training, batch ${formatNumber(load.batch, 'count')}, length ${formatNumber(load.length, 'count')}`,
        categories: needs.map(({ name }) => name),
        category: { label: l10n.t('What') },
        value: { label: l10n.t('Bytes'), format: 'bytes', min: 0 },
        horizontal: true,
        series: [{ name: '', values: needs.map(({ bytes }) => bytes) }],
      },
      growth(sizes, load),
      fits(result, settings, load),
      formulas(sizes, load),
      ...(result.measured ? [measuredTable(result.measured)] : []),
    ],
  };
}

function loadOf({ batch, length, precision }: Settings): Load {
  return { batch, length, bytes: PRECISIONS[precision] };
}

function needsOf(m: ModelSizes, load: Load, { precision }: Settings): { name: string; bytes: number }[] {
  return [
    { name: l10n.t`Weights (${precision})`, bytes: m.parameters * PRECISIONS[precision] },
    { name: l10n.t('Working memory of a pass'), bytes: workingBytes(m, load) },
    { name: l10n.t('Attention maps, all kept'), bytes: attentionMapBytes(m, load) },
    ...(m.cachedLayers > 0 ? [{ name: l10n.t('Key-value cache'), bytes: cacheBytes(m, load) }] : []),
    { name: l10n.t('Training: weights, gradients, AdamW'), bytes: optimizerBytes(m) },
    { name: l10n.t('Training: activations'), bytes: trainingActivationBytes(m, load) },
  ];
}

function findings({ name, sizes, maxTokens }: MemoryResult, settings: Settings, load: Load): string[] {
  const cost = flopsPerToken(sizes, load.length);
  const part = cost.attention / (cost.attention + cost.weights);
  const lines = [
    l10n.t`${name} has ${formatNumber(sizes.parameters, 'count')} parameters: ${formatNumber(sizes.parameters * PRECISIONS.fp32, 'bytes')} in 32 bits, ${formatNumber(sizes.parameters * PRECISIONS.int4, 'bytes')} in 4.`,
    l10n.t`A token costs ${formatNumber(cost.weights + cost.attention, 'compact')} floating point operations, ${formatNumber(part, 'percent')} of them in attention at this length; three times as many in training.`,
  ];
  if (sizes.cachedLayers > 0) {
    const grouped =
      sizes.keyValueHeads < sizes.heads
        ? l10n.t`, ${sizes.heads / sizes.keyValueHeads} times less than with a key-value head for each of its ${sizes.heads} heads`
        : '';
    const perToken = cacheBytes(sizes, { ...load, batch: 1, length: 1 });
    lines.push(l10n.t`Each token of a text adds ${formatNumber(perToken, 'bytes')} to the cache${grouped}.`);
  }
  if (maxTokens !== null && settings.length > maxTokens) {
    lines.push(
      l10n.t`The model takes ${formatNumber(maxTokens, 'count')} tokens at most: longer texts are computed, not possible.`,
    );
  }
  return lines;
}

function growth(m: ModelSizes, load: Load): Report['parts'][number] {
  const lengths = Array.from({ length: 13 }, (_, i) => 2 ** (i + 5));
  const line = (name: string, bytes: (load: Load) => number) => ({
    name,
    points: lengths.map((length): [number, number] => [length, bytes({ ...load, length })]),
  });
  return {
    kind: 'line',
    id: 'growth',
    title: l10n.t('As the text grows'),
    x: { label: l10n.t('Tokens'), scale: 'log', format: 'compact' },
    y: { label: l10n.t('Bytes'), scale: 'log', format: 'bytes' },
    series: [
      line(l10n.t('Weights'), ({ bytes }) => m.parameters * bytes),
      line(l10n.t('Working memory'), (at) => workingBytes(m, at)),
      line(l10n.t('Attention maps'), (at) => attentionMapBytes(m, at)),
      ...(m.cachedLayers > 0 ? [line(l10n.t('Key-value cache'), (at) => cacheBytes(m, at))] : []),
    ],
    marks: [{ axis: 'x', at: load.length, label: l10n.t('now') }],
  };
}

/** What of it fits into which memory: weights in each precision with cache and working memory, and training. */
function fits({ sizes, thisMachine }: MemoryResult, { machines }: Settings, load: Load): Table {
  const extra = cacheBytes(sizes, load) + workingBytes(sizes, load);
  const training = optimizerBytes(sizes) + trainingActivationBytes(sizes, load);
  const rows = [{ name: l10n.t('This machine'), bytes: thisMachine }, ...parseMachines(machines)];
  const says = (need: number, has: number): Cell =>
    need <= has
      ? l10n.t`yes, ${formatNumber(need / has, 'percent')}`
      : l10n.t`no, ${formatNumber(need, 'bytes')}`;
  return {
    kind: 'table',
    id: 'machines',
    title: l10n.t('Does it fit?'),
    note: l10n.t(
      'Running: weights, cache and working memory. Training: AdamW with activations, without recomputing them.',
    ),
    columns: [
      { label: l10n.t('Machine') },
      { label: l10n.t('Memory'), format: 'bytes' },
      ...Object.keys(PRECISIONS).map((label) => ({ label: l10n.t`Run in ${label}` })),
      { label: l10n.t('Train') },
    ],
    rows: rows.map(({ name, bytes }) => [
      name,
      bytes,
      ...Object.values(PRECISIONS).map((size) => says(sizes.parameters * size + extra, bytes)),
      says(training, bytes),
    ]),
  };
}

/** `Name: 24, Other: 80` in gigabytes; what is not of that form is left out. */
export function parseMachines(text: string): { name: string; bytes: number }[] {
  return text.split(',').flatMap((entry) => {
    const found = /^\s*(.+?)\s*[:=]\s*([\d.]+)\s*(?:GB)?\s*$/i.exec(entry);
    const gigabytes = Number(found?.[2]);
    return found && gigabytes > 0 ? [{ name: found[1] as string, bytes: gigabytes * 1e9 }] : [];
  });
}

function formulas(m: ModelSizes, load: Load): Table {
  const { weights, attention } = flopsPerToken(m, load.length);
  const keys = m.causal ? 'length / 2' : 'length';
  return {
    kind: 'table',
    id: 'formulas',
    title: l10n.t('Formulas'),
    note: l10n.t`layers ${m.layers}, hidden ${m.hidden}, heads ${m.heads}, key-value heads ${m.keyValueHeads}, head size ${m.headSize}, feed-forward ${m.feedForward}, vocabulary ${m.vocabulary}`,
    columns: [
      { label: l10n.t('What') },
      { label: l10n.t('Formula') },
      { label: l10n.t('Here'), format: 'compact' },
      { label: l10n.t('Unit') },
    ],
    rows: [
      [l10n.t('Weights'), 'parameters × bytes', m.parameters * load.bytes, 'bytes'],
      [
        l10n.t('Key-value cache'),
        l10n.t('2 × cached layers × batch × length × key-value heads × head size × bytes'),
        m.cachedLayers > 0 ? cacheBytes(m, load) : null,
        'bytes',
      ],
      [
        l10n.t('Attention maps'),
        'layers × batch × heads × length² × bytes',
        attentionMapBytes(m, load),
        'bytes',
      ],
      [
        l10n.t('Working memory'),
        l10n.t(
          'batch × length × bytes × (2 hidden + max(Q, K and V, feed-forward) + vocabulary + heads × length)',
        ),
        workingBytes(m, load),
        'bytes',
      ],
      ['AdamW', '16 × parameters', optimizerBytes(m), 'bytes'],
      [
        l10n.t('Training activations'),
        'layers × length × batch × hidden × (34 + 5 heads × length / hidden)',
        trainingActivationBytes(m, load),
        'bytes',
      ],
      [l10n.t('Operations a token: weights'), l10n.t('2 × weights that are multiplied'), weights, 'FLOP'],
      [
        l10n.t('Operations a token: attention'),
        l10n.t`4 × layers × ${keys} × heads × head size`,
        attention,
        'FLOP',
      ],
      [l10n.t('Training, a token'), '3 × forward', 3 * (weights + attention), 'FLOP'],
    ],
  };
}

function measuredTable({ tokens, before, opened, ran, peak, estimate }: Measured): Table {
  return {
    kind: 'table',
    id: 'measured',
    title: l10n.t`Measured: one text of ${formatNumber(tokens, 'count')} tokens`,
    note: l10n.t(
      'Resident memory of the inference process. Weights are mapped from the file and count once they are read; the peak is of the process since it started.',
    ),
    columns: [
      { label: l10n.t('Moment') },
      { label: l10n.t('Memory'), format: 'bytes' },
      { label: l10n.t('More than before'), format: 'bytes' },
    ],
    rows: [
      [l10n.t('Before'), before, 0],
      [l10n.t('Model open'), opened, opened - before],
      [l10n.t('After a run'), ran, ran - before],
      [l10n.t('Peak of the process'), peak, peak - before],
      [l10n.t('Estimate: 32-bit weights, working memory, all attention maps'), null, estimate],
    ],
  };
}
