import * as l10n from '@vscode/l10n';
import { join } from 'node:path';
import { fromErrorMessage, ProbeError } from '../shared/errors';
import type { Inference } from '../shared/inference';
import type { TextSegment } from '../shared/tokens';
import { isBundledSet, TRAINING_ARMS, TRAINING_DEFAULTS, TRAINING_LIMITS } from '../shared/training';
import type { TrainingOptions, TrainingProgress, TrainingResult, TrainingSource } from '../shared/training';
import { defineProbe, type ProbeContext, type ProbeRequest, type SettingsOf } from './probe';
import { transferReport } from './transfer/report';

const SAMPLE =
  'The rain did not stop all night.\nFog hung over the harbor at dawn.\nA cold wind blew from the north.\nSnow is expected in the hills.\nThe storm passed before noon.\n\nThe soup needs a little salt.\nShe baked bread with walnuts.\nStir the rice until it is soft.\nThe apples were sweet and crisp.\nHe fried onions in butter.';

const FIELDS = {
  model: { kind: 'model', label: l10n.t('Model'), default: '' },
  data: {
    kind: 'choice',
    label: l10n.t('Sentences'),
    default: 'small',
    options: [
      { value: 'small', label: l10n.t('Sentiment, small (as in the course)') },
      { value: 'large', label: l10n.t('Sentiment, 360 sentences') },
      { value: 'agreement', label: l10n.t('Agreement of subject and verb, 360 sentences') },
      { value: 'text', label: l10n.t('The text above: selections or paragraphs are classes') },
      { value: 'file', label: l10n.t('A file: CSV, TSV or JSONL') },
    ],
  },
  file: {
    kind: 'file',
    label: l10n.t('File'),
    default: '',
    when: { field: 'data', is: ['file'] },
    extensions: ['csv', 'tsv', 'jsonl'],
    help: l10n.t('Each row needs a text and a label; a column named split may say train or test.'),
  },
  arms: {
    kind: 'choice',
    label: l10n.t('Compare'),
    default: 'two',
    options: [
      { value: 'two', label: l10n.t('Pretrained and from scratch') },
      { value: 'three', label: l10n.t('Pretrained, from scratch and frozen') },
    ],
  },
  epochs: {
    kind: 'number',
    label: l10n.t('Epochs'),
    default: TRAINING_DEFAULTS.epochs,
    min: TRAINING_LIMITS.epochs[0],
    max: TRAINING_LIMITS.epochs[1],
    integer: true,
  },
  seeds: {
    kind: 'number',
    label: l10n.t('Seeds'),
    default: TRAINING_DEFAULTS.seeds,
    min: TRAINING_LIMITS.seeds[0],
    max: TRAINING_LIMITS.seeds[1],
    integer: true,
  },
  rate: {
    kind: 'number',
    label: l10n.t('Learning rate'),
    default: TRAINING_DEFAULTS.learningRate,
    min: TRAINING_LIMITS.learningRate[0],
    max: TRAINING_LIMITS.learningRate[1],
  },
  batch: {
    kind: 'number',
    label: l10n.t('Batch'),
    default: TRAINING_DEFAULTS.batchSize,
    min: TRAINING_LIMITS.batchSize[0],
    max: TRAINING_LIMITS.batchSize[1],
    integer: true,
    unit: l10n.t('sentences'),
  },
  layers: {
    kind: 'choice',
    label: l10n.t('The classifier reads'),
    default: TRAINING_DEFAULTS.layers,
    options: [
      { value: 'last', label: l10n.t('the last hidden states') },
      { value: 'mean', label: l10n.t('the mean of all hidden states') },
    ],
  },
  save: {
    kind: 'file',
    label: l10n.t('Save the fine-tuned model in'),
    default: '',
    extensions: [],
    folder: true,
    help: l10n.t('A folder is made in it. The saved model can be opened in every other view.'),
  },
} as const;

type Settings = SettingsOf<typeof FIELDS>;

/** Fine-tuning a pretrained model against training the same architecture from random weights. */
export const transfer = defineProbe({
  id: 'transfer',
  title: l10n.t('Transfer Learning'),
  topic: 'Training',
  summary: l10n.t(
    'A pretrained model is fine-tuned beside the same architecture from random weights, on the same sentences.',
  ),
  shows: l10n.t(
    'Loss and accuracy by epoch, mean and spread over the seeds; how accurate both are on sentences they have not seen, with the 95 % interval of the gap; how far each layer moved; which sentences changed sides.',
  ),
  look: l10n.t(
    'Both lose training loss. The question is the test accuracy: does the gap between the two exclude zero? Compare with the baseline, a logistic regression on the features of the untouched model.',
  ),
  limits: l10n.t(
    'A dozen sentences prove nothing, whatever the curves look like: the verdict says so. Sentiment can mostly be told by single words, which random weights learn, too; agreement cannot. The result holds for these sentences, this small model and this learning rate; each arm might want another rate.',
  ),
  links: [
    { label: l10n.t('Howard and Ruder 2018: fine-tuning'), href: 'https://arxiv.org/abs/1801.06146' },
    { label: l10n.t('Devlin et al. 2018: BERT'), href: 'https://arxiv.org/abs/1810.04805' },
    {
      label: l10n.t('Kornblith et al. 2019: similarity of layers'),
      href: 'https://arxiv.org/abs/1905.00414',
    },
    { label: l10n.t('Loshchilov and Hutter 2017: AdamW'), href: 'https://arxiv.org/abs/1711.05101' },
  ],
  input: 'text',
  reads: { field: 'data', is: ['text'] },
  sample: SAMPLE,
  fields: FIELDS,
  run,
  report: (result) => transferReport(result),
});

async function run(
  inference: Inference,
  { segments, settings }: ProbeRequest<Settings>,
  { signal, onProgress, machine }: ProbeContext<TrainingResult>,
): Promise<TrainingResult> {
  const { compareTraining, loadTrainingData } = await import('./training');
  const mediaDir = join(machine.places.bundledDir, '..', 'media');
  const data = await loadTrainingData(sourceOf(settings, segments), { mediaDir });
  const saveTo = settings.save && join(settings.save, `${nameOf(settings.model)}-fine-tuned`);
  const request = { model: settings.model, data, options: optionsOf(settings), ...(saveTo && { saveTo }) };
  const onSnapshot = (result: TrainingResult) => {
    const { progress, arms } = result;
    const isWorthShowing = arms.some(({ epochs }) => epochs.length > 0);
    const done = progress.step / Math.max(1, progress.steps);
    onProgress?.(stageOf(progress), done, isWorthShowing ? result : undefined);
  };
  const result = await compareTraining(inference, request, { signal, onSnapshot });
  // What was found before a failure has been handed over already.
  if (result.error) throw fromErrorMessage(result.error);
  if (result.state === 'cancelled') throw new ProbeError('cancelled', l10n.t('Cancelled.'));
  return result;
}

function optionsOf({ arms, epochs, seeds, rate, batch, layers }: Settings): TrainingOptions {
  return {
    ...TRAINING_DEFAULTS,
    arms: arms === 'three' ? [...TRAINING_ARMS] : ['pretrained', 'scratch'],
    ...{ epochs, seeds, layers },
    learningRate: rate,
    batchSize: batch,
  };
}

/** Selections are classes; in one selection, paragraphs are. */
function sourceOf({ data, file }: Settings, segments: TextSegment[]): TrainingSource {
  if (isBundledSet(data)) return { kind: data };
  if (data === 'file') {
    if (file === '')
      throw new ProbeError('usage', l10n.t('Choose a file with labeled sentences, or other sentences.'));
    return { kind: 'file', path: file };
  }
  const texts = segments.length > 1 ? segments.map(({ text }) => text) : paragraphs(segments[0]?.text ?? '');
  return { kind: 'classes', classes: texts.map((text, i) => ({ name: l10n.t`Class ${i + 1}`, text })) };
}

function paragraphs(text: string): string[] {
  return text.split(/\r?\n\s*\r?\n/).filter((part) => part.trim() !== '');
}

const STAGE_NAMES: Record<TrainingProgress['stage'], string> = {
  'Opening the model': l10n.t('Opening the model'),
  Tokenizing: l10n.t('Tokenizing'),
  Training: l10n.t('Training'),
  'Measuring the features': l10n.t('Measuring the features'),
  Done: l10n.t('Done'),
};

function stageOf({ stage, arm, seed, epoch }: TrainingProgress): string {
  const name = STAGE_NAMES[stage];
  return arm === null ? `${name}…` : l10n.t`${name}: ${arm}, seed ${seed ?? 0}, epoch ${epoch}`;
}

function nameOf(model: string): string {
  const parts = model.split(/[\\/]/).filter((part) => part !== '');
  return parts.at(-1) ?? 'model';
}
