import * as l10n from '@vscode/l10n';
import type { Cell, Figure, HeatmapFigure, Report, Table } from '../shared/report';
import { formatNumber } from '../shared/report';
import { MASK_NAMES, mayRead, type MaskKind } from './coreference/masks';
import {
  checkCausal,
  runCoreference,
  type CoreferenceResult,
  type HeadPreference,
  type SentenceReading,
} from './coreference/run';
import { wordsOf } from './prediction/words';
import { defineProbe, type SettingsOf } from './probe';

interface Pair {
  label: string;
  sentence: string;
  control: string;
  pronoun: string;
  candidates: [string, string];
}

/** Sentences whose pronoun changes its meaning with one word, in the manner of Winograd's schemas. */
const PAIRS = {
  trophy: {
    label: l10n.t('The trophy and the suitcase'),
    sentence: 'The trophy does not fit into the suitcase because it is too big.',
    control: 'The trophy does not fit into the suitcase because it is too small.',
    pronoun: 'it',
    candidates: ['trophy', 'suitcase'],
  },
  winner: {
    label: l10n.t('The winner and the loser'),
    sentence: 'The winner thanked the loser because he was happy.',
    control: 'The winner comforted the loser because he was sad.',
    pronoun: 'he',
    candidates: ['winner', 'loser'],
  },
  doctor: {
    label: l10n.t('The doctor and the user'),
    sentence: 'The doctor called the user because she had the results.',
    control: 'The doctor called the user because she had asked for help.',
    pronoun: 'she',
    candidates: ['doctor', 'user'],
  },
} as const satisfies Record<string, Pair>;

/** Fields of the user's own sentence. */
const OWN = { field: 'pair', is: ['own'] } as const;

const FIELDS = {
  pair: {
    kind: 'choice',
    label: l10n.t('Sentence'),
    default: 'own',
    options: [
      { value: 'own', label: l10n.t('The text, with the words below') },
      { value: 'trophy', label: PAIRS.trophy.label },
      { value: 'winner', label: PAIRS.winner.label },
      { value: 'doctor', label: PAIRS.doctor.label },
    ],
  },
  pronoun: { kind: 'text', label: l10n.t('Pronoun'), default: 'it', when: OWN },
  first: { kind: 'text', label: l10n.t('It means'), default: 'animal', when: OWN },
  second: { kind: 'text', label: l10n.t('It could mean'), default: 'street', when: OWN },
  control: {
    kind: 'text',
    label: l10n.t('Control sentence, where it means the other'),
    default: "The animal didn't cross the street because it was too wide.",
    help: l10n.t('It must have the same three words; else it is left out.'),
    when: OWN,
  },
  model: { kind: 'model', label: l10n.t('Model'), default: '', families: ['encoder-only', 'decoder-only'] },
  causal: { kind: 'model', label: l10n.t('Causal model to check'), default: '', families: ['decoder-only'] },
  mask: {
    kind: 'choice',
    label: l10n.t('Mask to draw'),
    default: 'causal',
    options: (Object.keys(MASK_NAMES) as MaskKind[]).map((value) => ({ value, label: MASK_NAMES[value] })),
  },
  size: {
    kind: 'number',
    label: l10n.t('Window or prefix'),
    default: 4,
    min: 1,
    max: 512,
    integer: true,
    unit: l10n.t('tokens'),
    when: { field: 'mask', is: ['window', 'prefix'] },
  },
} as const;

type Settings = SettingsOf<typeof FIELDS>;

/** Does a head's pronoun look at what it stands for? And does it look elsewhere when the meaning changes? */
export const coreference = defineProbe({
  id: 'coreference',
  title: l10n.t('Attention and Coreference'),
  topic: 'Attention',
  summary: l10n.t(
    'Whom does “it” look at? Every head’s attention from a pronoun to two candidates, with a control sentence.',
  ),
  shows: l10n.t(
    'For every layer and head the attention from the pronoun to either candidate, in the sentence and in a control sentence that differs in one word and means the other; the masks that tell the families apart; and the check that a causal model never looks ahead.',
  ),
  look: l10n.t(
    'A head that prefers the right candidate in the sentence proves nothing: the first noun is often preferred anyway. Look for heads whose preference turns round in the control sentence.',
  ),
  limits: l10n.t(
    'Attention is not explanation: a model can resolve the pronoun without any head looking at the noun, and look without resolving. The best of many heads looks good by chance; with one pair of sentences there is nothing to conclude about a model.',
  ),
  links: [
    { label: l10n.t('Clark et al. 2019: what BERT looks at'), href: 'https://arxiv.org/abs/1906.04341' },
    {
      label: l10n.t('Levesque et al. 2012: Winograd schemas'),
      href: 'https://cdn.aaai.org/ocs/4492/4492-21843-1-PB.pdf',
    },
    {
      label: l10n.t('Jain and Wallace 2019: attention is not explanation'),
      href: 'https://arxiv.org/abs/1902.10186',
    },
  ],
  input: 'text',
  sample: "The animal didn't cross the street because it was too tired.",
  live: true,
  fields: FIELDS,
  run: async (inference, { segments, settings }, { signal, onProgress }): Promise<CoreferenceResult> => {
    const pair: Pair | null = settings.pair === 'own' ? null : PAIRS[settings.pair];
    const { control, pronoun, candidates } = pair ?? {
      control: settings.control,
      pronoun: settings.pronoun,
      candidates: [settings.first, settings.second] as [string, string],
    };
    const read = pair ? [{ text: pair.sentence, offset: 0 }] : segments;
    onProgress?.(l10n.t('Reading both sentences'), 0.2);
    const request = { segments: read, control, model: settings.model, pronoun, candidates };
    const found = await runCoreference(inference, request, signal);
    onProgress?.(l10n.t('Checking that nothing looks ahead'), 0.7);
    const causal =
      settings.causal === '' ? null : await checkCausal(inference, settings.causal, read, signal);
    return { ...found, causal };
  },
  report,
});

function report(result: CoreferenceResult, settings: Settings): Report {
  const { candidates, sentence, control } = result;
  return {
    findings: findings(result),
    parts: [
      preferenceMap(
        'preference',
        l10n.t`Preference for “${candidates[0]}” in the sentence`,
        result,
        sentence,
      ),
      ...(control
        ? [
            preferenceMap(
              'control',
              l10n.t`Preference for “${candidates[0]}” in the control`,
              result,
              control,
            ),
          ]
        : []),
      headTable(result),
      maskFigure(result, settings),
    ],
  };
}

/** Positive: the pronoun gives more to the first candidate. */
const preference = ({ masses: [first, second] }: Pick<HeadPreference, 'masses'>) => first - second;

/** Heads that prefer the first candidate in the sentence and the second in the control, strongest turn first. */
export function turningHeads({ sentence, control }: Pick<CoreferenceResult, 'sentence' | 'control'>) {
  return sentence.heads
    .map((head, i) => ({ ...head, before: preference(head), after: preference(control?.heads[i] ?? head) }))
    .filter(({ before, after }) => before > 0 && after < 0)
    .sort((a, b) => b.before - b.after - (a.before - a.after));
}

function findings(result: CoreferenceResult): string[] {
  const { model, pronoun, candidates, isAsked, sentence, control, causal } = result;
  const [first, second] = candidates;
  const percent = (value: number) => formatNumber(value, 'percent');
  const best = [...sentence.heads].sort((a, b) => preference(b) - preference(a))[0];
  const right = sentence.heads.filter((head) => preference(head) > 0).length;
  const taken = l10n.t`The words asked for are not all in the text: “${pronoun}”, “${first}” and “${second}” were taken.`;
  const lines = [
    ...(isAsked ? [] : [taken]),
    l10n.t`${model}: averaged over all ${sentence.heads.length} heads “${pronoun}” gives ${percent(sentence.mean[0])} to “${first}” and ${percent(sentence.mean[1])} to “${second}”; ${right} heads prefer “${first}”.`,
  ];
  if (best) {
    lines.push(
      l10n.t`The strongest preference is in layer ${best.layer}, head ${best.head}: ${percent(best.masses[0])} against ${percent(best.masses[1])}.`,
    );
  }
  if (control) {
    const turned = turningHeads(result);
    const wide = turned[0];
    lines.push(
      l10n.t`In the control sentence, where “${second}” is meant: ${percent(control.mean[0])} and ${percent(control.mean[1])} on average. ` +
        (wide
          ? l10n.t`${turned.length} of ${sentence.heads.length} heads turn round, most of all layer ${wide.layer}, head ${wide.head} (${formatNumber(wide.before, 3)} to ${formatNumber(wide.after, 3)}).`
          : l10n.t(
              'No head turns round: what looks like coreference above is a preference for a place in the sentence.',
            )),
    );
  }
  if (causal) {
    lines.push(
      l10n.t`${causal.model}: the ${formatNumber(causal.weights, 'count')} weights above the diagonal sum to ${formatNumber(causal.sum, 'significant')}` +
        (causal.sum === 0 ? l10n.t(': nothing looks ahead.') : '.'),
    );
  }
  return lines;
}

function preferenceMap(
  id: string,
  title: string,
  { candidates: [first, second] }: CoreferenceResult,
  { heads }: SentenceReading,
): HeatmapFigure {
  const layers = [...new Set(heads.map(({ layer }) => layer))];
  const most = Math.max(...heads.map(({ head }) => head)) + 1;
  return {
    kind: 'heatmap',
    id,
    title,
    note: l10n.t`Attention to “${first}” minus attention to “${second}”: above 0 the first is preferred.`,
    rows: layers.map((layer) => l10n.t`layer ${layer}`),
    columns: Array.from({ length: most }, (_, head) => l10n.t`head ${head}`),
    row: { label: l10n.t('Layer') },
    column: { label: l10n.t('Head') },
    values: layers.flatMap((layer) =>
      Array.from({ length: most }, (_, head) => {
        const found = heads.find((one) => one.layer === layer && one.head === head);
        return found ? preference(found) : null;
      }),
    ),
    value: { label: l10n.t('Difference'), format: 3 },
  };
}

function headTable({ candidates: [first, second], sentence, control }: CoreferenceResult): Table {
  return {
    kind: 'table',
    id: 'heads',
    title: l10n.t('Every head'),
    note: l10n.t(
      'Mean over the tokens of the pronoun of the weights, summed over the tokens of a candidate.',
    ),
    columns: [
      { label: l10n.t('Layer'), format: 'count' },
      { label: l10n.t('Head'), format: 'count' },
      { label: l10n.t`To “${first}”`, format: 'percent' },
      { label: l10n.t`To “${second}”`, format: 'percent' },
      ...(control
        ? [
            { label: l10n.t`Control: to “${first}”`, format: 'percent' as const },
            { label: l10n.t`Control: to “${second}”`, format: 'percent' as const },
            { label: l10n.t('Turns round') },
          ]
        : []),
    ],
    rows: sentence.heads.map((head, i): Cell[] => {
      const other = control?.heads[i];
      const turns = other && preference(head) > 0 && preference(other) < 0;
      return [
        head.layer,
        head.head,
        ...head.masses,
        ...(other ? [...other.masses, turns ? l10n.t('yes') : ''] : []),
      ];
    }),
  };
}

function maskFigure({ sentence }: CoreferenceResult, { mask, size }: Settings): Figure {
  const words = wordsOf([{ text: sentence.text, offset: 0 }]).map(({ text }) => text);
  return {
    kind: 'heatmap',
    id: 'mask',
    title: l10n.t`What may read what: ${MASK_NAMES[mask]}`,
    note: l10n.t(
      'In theory, by word: 1 may be read, 0 is masked. In cross-attention the rows are the words being written.',
    ),
    rows: words,
    columns: words,
    row: { label: l10n.t('Reads') },
    column: { label: l10n.t('Is read') },
    values: words.flatMap((_, query) => words.map((_, key) => (mayRead(mask, query, key, size) ? 1 : 0))),
    value: { label: l10n.t('May be read'), format: 'count', min: 0, max: 1 },
  };
}
