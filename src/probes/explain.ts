import * as l10n from '@vscode/l10n';
import type { AttributionResult } from '../shared/attribution';
import type { Inference } from '../shared/inference';
import type { TextSegment } from '../shared/tokens';
import { explainReport } from './explain/report';
import { defineProbe, type ProbeContext, type ProbeRequest, type SettingsOf } from './probe';

const FIELDS = {
  model: { kind: 'model', label: l10n.t('Model'), default: '' },
  position: {
    kind: 'number',
    label: l10n.t('Position'),
    default: -1,
    min: -1,
    max: 100_000,
    integer: true,
    help: l10n.t(
      'Where the prediction is made, in tokens from 0. -1: the mask, else the last word of a masked model, the last token of a causal one, the first of a decoder.',
    ),
  },
  choose: {
    kind: 'text',
    label: l10n.t('Explain'),
    default: '',
    placeholder: l10n.t('the most likely one'),
    help: l10n.t('A token or the name of a class; empty for the most likely one.'),
  },
  output: {
    kind: 'choice',
    label: l10n.t('Of its'),
    default: 'auto',
    options: [
      { value: 'auto', label: l10n.t('log-probability (tokens), logit (classes)') },
      { value: 'log-probability', label: l10n.t('log-probability') },
      { value: 'logit', label: l10n.t('logit') },
    ],
  },
} as const;

type Settings = SettingsOf<typeof FIELDS>;

/** One prediction explained by several methods at once, and how far they agree. */
export const explain = defineProbe({
  id: 'explain',
  title: l10n.t('Explain Prediction'),
  topic: 'Prediction',
  summary: l10n.t(
    'Which tokens a prediction rests on, by gradients, by leaving tokens out and by attention, beside each other.',
  ),
  shows: l10n.t(
    'A score for every token of the text by each method, colored on the text and as bars; how exact the integral of the gradients is; how far the methods agree.',
  ),
  look: l10n.t(
    'Occlusion is what really happens when a token is left out. Look at how the other methods rank the tokens beside it: a rank correlation near 1 agrees, near 0 says nothing, below 0 misleads.',
  ),
  limits: l10n.t(
    'Scores say what this prediction rests on, not why the model learned it. Leaving a token out makes a text that the model may never have seen. Attention has no sign: it cannot say whether a token speaks for or against.',
  ),
  links: [
    {
      label: l10n.t('Sundararajan et al. 2017: integrated gradients'),
      href: 'https://arxiv.org/abs/1703.01365',
    },
    { label: l10n.t('Abnar and Zuidema 2020: attention rollout'), href: 'https://arxiv.org/abs/2005.00928' },
    {
      label: l10n.t('Jain and Wallace 2019: attention is not explanation'),
      href: 'https://arxiv.org/abs/1902.10186',
    },
  ],
  input: 'text',
  sample: 'The cat slept all day because it was tired.',
  fields: FIELDS,
  run,
  report: (result) => explainReport(result),
});

async function run(
  inference: Inference,
  { segments, settings }: ProbeRequest<Settings>,
  { signal, onProgress }: ProbeContext<AttributionResult>,
): Promise<AttributionResult> {
  const { attribute } = await import('./attribution');
  const { model, choose, output } = settings;
  onProgress?.(l10n.t('Opening the model'), 0);
  const position =
    settings.position >= 0 ? settings.position : await place(inference, model, segments, signal);
  const request = {
    ...{ model, segments, position, overflow: 'first' as const },
    ...(choose !== '' && { choose }),
    ...(output !== 'auto' && { output }),
  };
  return attribute(inference, request, {
    signal,
    onProgress: ({ stage, done }) => onProgress?.(stage, done),
  });
}

/** Models that predict in place need one: without a mask in the text, the last word. */
async function place(
  inference: Inference,
  model: string,
  segments: TextSegment[],
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const { facts } = await inference.request('open', { model }, signal);
  if (facts.family !== 'encoder-only') return undefined;
  const encoding = await inference.request('encode', { model, segments, overflow: 'first' }, signal);
  const ids = encoding.tokens.map(({ id }) => id);
  const predicts = await inference.request(
    'predictionFacts',
    { model, ids, typeIds: encoding.typeIds },
    signal,
  );
  const mask = predicts.special.mask?.id;
  const needsPlace = predicts.kind === 'masked-token' || predicts.kind === 'token-class';
  if (!needsPlace || (mask !== undefined && ids.includes(mask))) return undefined;
  const last = encoding.tokens.findLastIndex(({ special, text }) => !special && /[\p{L}\p{N}]/u.test(text));
  return last < 0 ? undefined : last;
}
