import * as l10n from '@vscode/l10n';
import type { Inference } from '../shared/inference';
import { readModel } from './architectures/read';
import { report } from './architectures/report';
import type { ArchitecturesResult, ModelReading } from './architectures/types';
import {
  defineProbe,
  type ProbeContext,
  type ProbeMachine,
  type ProbeRequest,
  type SettingsOf,
} from './probe';

const FIELDS = {
  encoder: { kind: 'model', label: l10n.t('Encoder-only'), default: '', families: ['encoder-only'] },
  decoder: { kind: 'model', label: l10n.t('Decoder-only'), default: '', families: ['decoder-only'] },
  both: { kind: 'model', label: l10n.t('Encoder-decoder'), default: '', families: ['encoder-decoder'] },
  length: {
    kind: 'number',
    label: l10n.t('Tokens to write'),
    default: 12,
    min: 1,
    max: 128,
    integer: true,
    help: l10n.t('At most; greedy, so that each run writes the same.'),
  },
  top: { kind: 'number', label: l10n.t('Candidates'), default: 5, min: 1, max: 50, integer: true },
} as const;

type Settings = SettingsOf<typeof FIELDS>;

/** The same text in an encoder, a decoder and an encoder-decoder, tensor by tensor. */
export const architectures = defineProbe({
  id: 'architectures',
  title: l10n.t('Architecture Comparison'),
  topic: 'Architecture',
  summary: l10n.t(
    'One text through an encoder, a decoder and an encoder-decoder, side by side at every stage.',
  ),
  shows: l10n.t(
    'What each model may look at, read off the attention that it computed: an entry is drawn where at least one head of one layer gives it weight. Then what each makes of the text, the shape of every tensor on the way, the norms and similarity of its hidden states, and what the run cost here.',
  ),
  look: l10n.t(
    'The full square, the triangle, and the encoder-decoder’s three blocks: a full square for the source, a triangle for the target, and a full rectangle by which the target reads the source. A causal model can write because no position has seen its future; the encoder sees everything at once, so it can only fill what is hidden from it.',
  ),
  limits: l10n.t(
    'Three models that differ in training, vocabulary and size as well: what they say differs for those reasons, too. Similar hidden states are not similar meanings: in most models all positions point into nearly the same direction. Times are of this machine, with every attention weight and hidden state kept, and without a cache of keys and values.',
  ),
  links: [
    { label: l10n.t('Vaswani et al. 2017: encoder and decoder'), href: 'https://arxiv.org/abs/1706.03762' },
    { label: l10n.t('Devlin et al. 2018: BERT'), href: 'https://arxiv.org/abs/1810.04805' },
    {
      label: l10n.t('Radford et al. 2019: GPT-2'),
      href: 'https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf',
    },
    { label: l10n.t('Raffel et al. 2020: T5'), href: 'https://arxiv.org/abs/1910.10683' },
    { label: l10n.t('Ethayarajh 2019: how similar states become'), href: 'https://arxiv.org/abs/1909.00512' },
  ],
  input: 'text',
  sample: 'She went to the window and looked at the',
  fields: FIELDS,
  run,
  report,
});

async function run(
  inference: Inference,
  { segments, settings }: ProbeRequest<Settings>,
  { signal, onProgress, machine }: ProbeContext<ArchitecturesResult>,
): Promise<ArchitecturesResult> {
  const { encoder, decoder, both, length, top } = settings;
  const readings: ModelReading[] = [];
  for (const [i, model] of [encoder, decoder, both].entries()) {
    const say = (message: string, fraction: number) =>
      onProgress?.(`${model}: ${message}`, (i + fraction) / 3);
    const reading = await readModel(inference, model, segments, { length, top, signal, onProgress: say });
    readings.push({ ...reading, cost: { ...reading.cost, ...(await sizeOf(model, machine)) } });
  }
  return { readings };
}

/** Exact counts, where the model's files tell. */
async function sizeOf(
  model: string,
  { places }: ProbeMachine,
): Promise<Pick<ModelReading['cost'], 'parameters' | 'weightBytes'>> {
  const { findAnatomy } = await import('../anatomy/find');
  const anatomy = await findAnatomy(model, places);
  return { parameters: anatomy?.parameters ?? null, weightBytes: anatomy?.bytes ?? null };
}
