import * as l10n from '@vscode/l10n';
import type { Inference } from '../shared/inference';
import { report } from './generation/report';
import type { GenerationResult, WriterResult } from './generation/types';
import { stepsOf, writeAll } from './generation/write';
import { defineProbe, textOf, type ProbeContext, type ProbeRequest, type SettingsOf } from './probe';

const FIELDS = {
  model: {
    kind: 'model',
    label: l10n.t('Model'),
    default: '',
    families: ['decoder-only', 'encoder-decoder'],
  },
  both: {
    kind: 'model',
    label: l10n.t('Encoder-decoder'),
    default: '',
    families: ['encoder-decoder'],
    help: l10n.t(
      'Rewrites the same text: translates or sums up, as it was trained to. Left out where the model above is one.',
    ),
  },
  task: {
    kind: 'text',
    label: l10n.t('Task prefix'),
    default: '',
    placeholder: 'summarize: ',
    help: l10n.t('Put before the text for encoder-decoders that were trained with one, such as T5.'),
  },
  length: { kind: 'number', label: l10n.t('Tokens to write'), default: 12, min: 1, max: 128, integer: true },
  step: {
    kind: 'number',
    label: l10n.t('Step to look into'),
    default: 1,
    min: 1,
    max: 128,
    integer: true,
    slider: 'log',
    help: l10n.t('Of the greedy path, counted from 1; beyond its end: the last one.'),
  },
  temperature: {
    kind: 'number',
    label: l10n.t('Temperature'),
    default: 0.7,
    min: 0.05,
    max: 5,
    slider: 'log',
  },
  topK: {
    kind: 'number',
    label: l10n.t('k of top-k'),
    default: 10,
    min: 1,
    max: 1000,
    integer: true,
    slider: 'log',
  },
  topP: { kind: 'number', label: l10n.t('p of top-p'), default: 0.9, min: 0.01, max: 1, slider: 'linear' },
  beams: { kind: 'number', label: l10n.t('Beams'), default: 4, min: 2, max: 16, integer: true },
  samples: { kind: 'number', label: l10n.t('Texts a strategy'), default: 3, min: 1, max: 20, integer: true },
  seed: { kind: 'number', label: l10n.t('First seed'), default: 1, min: 0, max: 1_000_000, integer: true },
} as const;

/** What an encoder-decoder writes besides the model's own strategies. */
const REWRITING = ['greedy', 'top-p', 'beam'] as const;

type Settings = SettingsOf<typeof FIELDS>;

/** One prompt, five ways to choose the next token. */
export const generation = defineProbe({
  id: 'generation',
  title: l10n.t('Generation Strategies'),
  topic: 'Prediction',
  summary: l10n.t(
    'Greedy, temperature, top-k, top-p and beam search on one prompt: what each writes, and why.',
  ),
  shows: l10n.t(
    'The texts that five strategies write from the same distribution, with their probability under the model; which tokens each filter leaves at a step; every hypothesis that the beam search kept or dropped; and how much the texts of a strategy differ.',
  ),
  look: l10n.t(
    'Greedy and beam search find likely texts, and likely texts of small models repeat themselves. top-k keeps the same number of tokens wherever it is; top-p keeps few where the model is sure and many where it is not. The best beam often branches off early from the greedy path.',
  ),
  limits: l10n.t(
    'A likely text is not a good one, and diversity is not quality: random tokens would be the most diverse. A few texts of a few tokens say little about a strategy; draw more before comparing. Log-probabilities compare texts of one model only, and sums favor short texts.',
  ),
  links: [
    {
      label: l10n.t('Holtzman et al. 2020: top-p, and why likely texts repeat'),
      href: 'https://arxiv.org/abs/1904.09751',
    },
    { label: l10n.t('Fan et al. 2018: top-k'), href: 'https://arxiv.org/abs/1805.04833' },
    {
      label: l10n.t('Wu et al. 2016, section 7: beam search and length'),
      href: 'https://arxiv.org/abs/1609.08144',
    },
    { label: l10n.t('Li et al. 2016: distinct-n'), href: 'https://arxiv.org/abs/1510.03055' },
  ],
  input: 'text',
  sample: 'The old man opened the door and',
  fields: FIELDS,
  run,
  report,
});

async function run(
  inference: Inference,
  { segments, settings }: ProbeRequest<Settings>,
  { signal, onProgress }: ProbeContext<GenerationResult>,
): Promise<GenerationResult> {
  const { model, both, task } = settings;
  const prompt = textOf({ segments });
  onProgress?.(l10n.t('Opening the model'), 0);
  const { facts } = await inference.request('open', { model }, signal);
  const rewrites = facts.family !== 'encoder-decoder' && both !== '';
  const [own, other] = [stepsOf(settings), rewrites ? stepsOf(settings, REWRITING) : 0];
  const say = (before: number, name: string, partial: (writer: WriterResult) => GenerationResult) => ({
    signal,
    onProgress: (message: string, steps: number, writer: WriterResult) =>
      onProgress?.(`${name}: ${message}`, (before + steps) / (own + other), partial(writer)),
  });
  const request = { segments, task, settings };
  const writer = await writeAll(
    inference,
    { ...request, model },
    say(0, facts.name, (partial) => ({ prompt, writer: partial, rewriter: null })),
  );
  if (!rewrites) return { prompt, writer, rewriter: null };
  const rewriter = await writeAll(
    inference,
    { ...request, model: both, strategies: REWRITING },
    say(own, both, (partial) => ({ prompt, writer, rewriter: partial })),
  );
  return { prompt, writer, rewriter };
}
