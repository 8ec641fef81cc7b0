import * as l10n from '@vscode/l10n';
import type { PositionPrediction } from '../shared/predictions';
import type { Cell, Figure, Report, Table } from '../shared/report';
import { formatNumber } from '../shared/report';
import { CORRUPTION } from './prediction/corruption';
import type { NextSentence } from './prediction/nextSentence';
import { runPrediction, type PredictionResult, type Reading } from './prediction/run';
import { defineProbe, type SettingsOf } from './probe';

const FIELDS = {
  gap: {
    kind: 'number',
    label: l10n.t('Gap at word'),
    default: 5,
    min: 1,
    max: 512,
    integer: true,
    // Most texts are short: half of the way is for the first 22 words.
    slider: 'log',
    help: l10n.t('Counted from 1; signs count as words. Beyond the end: the last one.'),
  },
  top: { kind: 'number', label: l10n.t('Candidates'), default: 8, min: 1, max: 50, integer: true },
  causal: { kind: 'model', label: l10n.t('Causal model'), default: '', families: ['decoder-only'] },
  masked: { kind: 'model', label: l10n.t('Masked model'), default: '', families: ['encoder-only'] },
  pairs: {
    kind: 'model',
    label: l10n.t('Next-sentence model'),
    default: '',
    families: ['encoder-only'],
    help: l10n.t(
      'With the second head of BERT’s training (BertForPreTraining, BertForNextSentencePrediction); models without it are left out.',
    ),
  },
  seed: {
    kind: 'number',
    label: l10n.t('Seed of the noise'),
    default: 1,
    min: 0,
    max: 1_000_000,
    integer: true,
  },
} as const;

type Settings = SettingsOf<typeof FIELDS>;

/** The same gap seen by a model that reads from the left, and by one that reads both sides. */
export const prediction = defineProbe({
  id: 'prediction',
  title: l10n.t('Causal and Masked Prediction'),
  topic: 'Prediction',
  summary: l10n.t('What GPT expects next beside what BERT fills in, for the same gap in the same sentence.'),
  shows: l10n.t(
    'For one word of the text: the candidates of a causal model, which has read what stands before, beside those of a masked model, which has read both sides; then how surprising each model finds every token, and what the noise of masked training does to the text; with a model that has the head, whether each sentence follows the one before.',
  ),
  look: l10n.t(
    'Move the gap along the sentence. At the start the causal model knows nothing and the masked one much; near the end they agree more. Words that only the right side explains (a subject before its verb) tell the two apart.',
  ),
  limits: l10n.t(
    'Different vocabularies cut the text differently: compare nats a character, not perplexities. A masked model’s score of a text is no probability of it: each token is judged with all others in sight. The causal candidates are single tokens, which may be the beginning of a word.',
  ),
  links: [
    {
      label: l10n.t('Radford et al. 2018: causal language models'),
      href: 'https://openai.com/research/language-unsupervised',
    },
    { label: l10n.t('Devlin et al. 2018: masked language models'), href: 'https://arxiv.org/abs/1810.04805' },
    { label: l10n.t('Salazar et al. 2020: pseudo-log-likelihood'), href: 'https://arxiv.org/abs/1910.14659' },
  ],
  input: 'text',
  sample: 'The capital of France is Paris, and the people there speak French.',
  live: true,
  fields: FIELDS,
  run: (inference, { segments, settings }, { signal, onProgress }) =>
    runPrediction(inference, segments, settings, (...said) => onProgress?.(...said), signal),
  report,
});

function report(result: PredictionResult, settings: Settings): Report {
  const { causal, masked } = result;
  return {
    findings: findings(result),
    parts: [
      visibility(result),
      candidates(result, settings),
      surprisal('causal', l10n.t('Surprisal of each token, from the left (-ln p)'), causal),
      surprisal('masked', l10n.t('Surprisal of each token, both sides in sight (-ln p)'), masked),
      scores(result),
      ...(masked.corrupted.length > 0 ? [noise(result)] : []),
      ...(result.nextSentence ? [nextTable(result.nextSentence)] : []),
    ],
  };
}

/** Does each sentence follow the one before it, and would it the other way round? */
function nextTable({ model, pairs }: NextSentence): Table {
  return {
    kind: 'table',
    id: 'next-sentence',
    title: l10n.t`${model}: does the second sentence follow?`,
    note: l10n.t(
      'Softmax over the head’s two logits, “is next” and “random”. It was trained on pairs of which half were from another document: being about the same thing is often enough.',
    ),
    columns: [
      { label: l10n.t('First') },
      { label: l10n.t('Second') },
      { label: l10n.t('In the text') },
      { label: l10n.t('Follows'), format: 'percent' },
    ],
    rows: pairs.map(({ first, second, inText, follows }): Cell[] => [
      first,
      second,
      inText ? l10n.t('yes') : l10n.t('turned round'),
      follows,
    ]),
  };
}

function nextFinding({ model, sentences, pairs }: NextSentence): string {
  if (pairs.length === 0)
    return l10n.t`${model} has a next-sentence head: it needs two sentences, the text has ${sentences}.`;
  const mean = (inText: boolean) => {
    const own = pairs.filter((pair) => pair.inText === inText);
    return formatNumber(own.reduce((sum, { follows }) => sum + follows, 0) / own.length, 'percent');
  };
  return l10n.t`${model}: sentences that follow each other in the text get ${mean(true)} for it on average, turned round ${mean(false)}.`;
}

function findings({ words, gap, causal, masked, nextSentence }: PredictionResult): string[] {
  const word = words[gap]?.text ?? '';
  const [left, both] = [causal.gap[0], masked.gap[0]];
  const says = (name: string, { entropy, candidates: [best], asked }: PositionPrediction) =>
    l10n.t`${name} expects “${String(best?.text.trim())}” (${formatNumber(best?.probability ?? null, 'percent')}); “${String(asked?.text.trim())}” is number ${formatNumber((asked?.rank ?? 0) + 1, 'count')} with ${formatNumber(asked?.probability ?? null, 'percent')}. Its uncertainty is ${formatNumber(entropy, 2)} nats.`;
  return [
    l10n.t`The gap is word ${gap + 1} of ${words.length}: “${word}”.`,
    left
      ? says(causal.model, left)
      : l10n.t`${causal.model} has nothing to read before this word, so it expects nothing.`,
    both ? says(masked.model, both) : l10n.t`${masked.model} has no token for this word.`,
    ...(nextSentence ? [nextFinding(nextSentence)] : []),
  ];
}

/** What each model may read when it fills the gap. */
function visibility({ words, gap, causal, masked }: PredictionResult): Figure {
  const sees = [
    { name: causal.model, may: (i: number) => i < gap },
    { name: masked.model, may: (i: number) => i !== gap },
  ];
  return {
    kind: 'heatmap',
    id: 'visibility',
    title: l10n.t('What each model may read when it fills the gap'),
    note: l10n.t('1: in sight, 0: hidden.'),
    rows: sees.map(({ name }) => name),
    columns: words.map(({ text }, i) => (i === gap ? `[${text}]` : text)),
    row: { label: l10n.t('Model') },
    column: { label: l10n.t('Word') },
    values: sees.flatMap(({ may }) => words.map((_, i) => (may(i) ? 1 : 0))),
    value: { label: l10n.t('In sight'), format: 'count', min: 0, max: 1 },
  };
}

function candidates({ causal, masked }: PredictionResult, { top }: Settings): Table {
  const sides = [
    ...causal.gap.map((found) => ({ name: causal.model, found })),
    ...masked.gap.map((found, i) => ({
      name: masked.gap.length > 1 ? l10n.t`${masked.model}, mask ${i + 1}` : masked.model,
      found,
    })),
  ];
  return {
    kind: 'table',
    id: 'candidates',
    title: l10n.t('What belongs into the gap?'),
    note: l10n.t(
      'A word of several tokens is hidden by as many masks; each is filled by itself. Probability: softmax over the whole vocabulary.',
    ),
    columns: [
      { label: l10n.t('Rank'), format: 'count' },
      ...sides.flatMap(({ name }) => [
        { label: name },
        { label: l10n.t('Probability'), format: 'percent' as const },
      ]),
    ],
    rows: Array.from({ length: top }, (_, rank): Cell[] => [
      rank + 1,
      ...sides.flatMap(({ found }): Cell[] => {
        const one = found.candidates[rank];
        return [one?.text ?? '', one?.probability ?? null];
      }),
    ]),
  };
}

function surprisal(id: string, title: string, { tokens, surprisal: values }: Reading): Figure {
  return {
    kind: 'tokens',
    id: `surprisal-${id}`,
    title,
    note: l10n.t('0 nats: certain. ln 2 = 0.69 nats: one chance in two.'),
    value: { label: l10n.t('Surprisal in nats'), format: 2, min: 0 },
    tokens: tokens.map(({ text, segment, start, end, special }, i) => ({
      text,
      value: values[i] ?? null,
      ...(!special && { span: { segment, start, end } }),
    })),
  };
}

function scores({ causal, masked }: PredictionResult): Table {
  const row = (
    name: string,
    kind: string,
    { tokens, surprisal: values, perplexity, perCharacter }: Reading,
  ): Cell[] => [
    name,
    kind,
    tokens.length,
    values.filter((value) => value !== null).length,
    perplexity,
    perCharacter,
  ];
  return {
    kind: 'table',
    id: 'scores',
    title: l10n.t('The whole text'),
    note: l10n.t(
      'Perplexity: e to the mean surprisal of the predicted tokens. Only nats a character can be compared between vocabularies.',
    ),
    columns: [
      { label: l10n.t('Model') },
      { label: l10n.t('Score') },
      { label: l10n.t('Tokens'), format: 'count' },
      { label: l10n.t('Predicted'), format: 'count' },
      { label: l10n.t('Perplexity'), format: 'significant' },
      { label: l10n.t('Nats a character'), format: 3 },
    ],
    rows: [
      row(causal.model, l10n.t('log-likelihood'), causal),
      row(masked.model, l10n.t('pseudo-log-likelihood'), masked),
    ],
  };
}

function noise({ masked: { tokens, corrupted, restored } }: PredictionResult): Table {
  const { chosen, masked, replaced } = CORRUPTION;
  const percent = (share: number) => formatNumber(share, 'percent');
  return {
    kind: 'table',
    id: 'noise',
    title: l10n.t('What masked training would do to this text'),
    note: l10n.t`${percent(chosen)} of the tokens are to be predicted: ${percent(masked)} of them are hidden, ${percent(replaced)} replaced by a random token, the rest kept. Here: ${corrupted.filter(({ fate }) => fate !== 'left alone').length} of ${tokens.length} tokens. Another seed draws again.`,
    columns: [
      { label: l10n.t('Position'), format: 'count' },
      { label: l10n.t('Token') },
      { label: l10n.t('Fate') },
      { label: l10n.t('Fed as') },
      { label: l10n.t('The model restores') },
      { label: l10n.t('Probability'), format: 'percent' },
    ],
    rows: corrupted.flatMap(({ fate, text }, i): Cell[][] =>
      fate === 'left alone'
        ? []
        : [
            [
              i,
              tokens[i]?.text ?? '',
              fate,
              text.trim(),
              restored[i]?.text.trim() ?? '',
              restored[i]?.probability ?? null,
            ],
          ],
    ),
  };
}
