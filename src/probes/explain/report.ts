import * as l10n from '@vscode/l10n';
import type {
  AttributionMethod,
  AttributionResult,
  AttributionScores,
  PredictionKind,
  RankCorrelation,
} from '../../shared/attribution';
import { inSentence } from '../../shared/language';
import type { Report, ReportPart, Table, TokensFigure, TokenValue } from '../../shared/report';
import { formatNumber } from '../../shared/report';
import type { Token } from '../../shared/tokens';

const METHOD_NAMES: Record<AttributionMethod, string> = {
  'gradient-input': l10n.t('Gradient × input'),
  'integrated-gradients': l10n.t('Integrated gradients'),
  'attention-gradient': 'Attention × gradient',
  occlusion: l10n.t('Occlusion (leave one out)'),
  'attention-mean': l10n.t('Attention, mean of all heads'),
  'attention-last': l10n.t('Attention, last layer'),
  'attention-rollout': l10n.t('Attention rollout'),
};

const PLACES: Record<PredictionKind, (position: number | null) => string> = {
  'masked-token': (position) => l10n.t`under the mask at position ${String(position)}`,
  'next-token': (position) => l10n.t`after position ${String(position)}`,
  class: () => l10n.t('for the whole text'),
  'token-class': (position) => l10n.t`for the token at position ${String(position)}`,
  'decoder-token': (position) => l10n.t`after position ${String(position)} of the decoder`,
};

/** The scores on the text and as bars, and the tables that say how far to trust them. */
export function explainReport(result: AttributionResult): Report {
  const { scores } = result;
  return {
    findings: findings(result),
    parts: [
      ...scores.map((score) => onText(score, result.tokens)),
      ...(result.target ? scores.flatMap((score) => onTarget(score, result.target?.tokens ?? [])) : []),
      bars(result),
      candidates(result),
      correlationTable(result),
      ...correlationMap(result),
      ...completenessTable(result),
      ...(result.unavailable.length > 0 ? [unavailableTable(result)] : []),
    ],
  };
}

function findings({ prediction, completeness, correlations, scores, tokens }: AttributionResult): string[] {
  const { chosen, kind, position } = prediction;
  const lines = [
    l10n.t`Explained: “${chosen.label.trim()}” ${PLACES[kind](position)}, with probability ${formatNumber(chosen.probability, 'percent')}.`,
  ];
  const occlusion = scores.find(({ method }) => method === 'occlusion');
  const strongest = occlusion && strongestToken(occlusion, tokens);
  if (strongest) lines.push(l10n.t`Leaving “${strongest}” out changes the prediction most.`);
  const toAttention = pairOf(correlations, 'occlusion', 'attention-mean');
  if (toAttention && toAttention.spearman !== null) {
    lines.push(
      l10n.t`Attention ranks the tokens ${agreement(toAttention.spearman)} leaving them out: Spearman's rho ${formatNumber(toAttention.spearman, 2)} over ${toAttention.n} tokens.`,
    );
  }
  if (completeness) {
    lines.push(
      l10n.t`Integrated gradients miss the change of the output by ${formatNumber(completeness.relativeError, 'percent')} with ${completeness.steps} steps.`,
    );
  }
  return lines;
}

function agreement(rho: number): string {
  if (rho >= 0.7) return l10n.t('much like');
  if (rho >= 0.3) return l10n.t('somewhat like');
  return rho > -0.3 ? l10n.t('hardly like') : l10n.t('the other way round than');
}

function strongestToken({ input }: AttributionScores, tokens: Token[]): string | undefined {
  const sizes = input.map((score) => Math.abs(score ?? 0));
  const best = sizes.indexOf(Math.max(...sizes));
  return best >= 0 && (sizes[best] ?? 0) > 0 ? tokens[best]?.text.trim() : undefined;
}

/** One method's scores on the text. */
export function onText(score: AttributionScores, tokens: Token[]): TokensFigure {
  return {
    kind: 'tokens',
    id: score.method,
    title: METHOD_NAMES[score.method],
    ...sign(score),
    tokens: valued(tokens, score.input, true),
  };
}

function onTarget(score: AttributionScores, tokens: Token[]): TokensFigure[] {
  if (!score.target) return [];
  const title = l10n.t`${METHOD_NAMES[score.method]}: the decoder's tokens`;
  return [
    {
      kind: 'tokens',
      id: `${score.method}-target`,
      title,
      ...sign(score),
      tokens: valued(tokens, score.target, false),
    },
  ];
}

function sign({ signed }: AttributionScores): Pick<TokensFigure, 'signed' | 'value' | 'note'> {
  return {
    signed,
    value: { label: l10n.t('Score'), format: 'significant' },
    note: signed
      ? l10n.t('Positive scores speak for the prediction, negative ones against it.')
      : l10n.t('Attention has no sign.'),
  };
}

function valued(tokens: Token[], values: readonly (number | null)[], isLinked: boolean): TokenValue[] {
  return tokens.map(({ text, piece, special, segment, start, end }, i) => ({
    text: text || piece,
    value: values[i] ?? null,
    ...(isLinked && !special && end > start && { span: { segment, start, end } }),
  }));
}

/** Every method's scores beside each other, each divided by its own largest, so that rankings can be compared. */
function bars({ scores, tokens }: AttributionResult): ReportPart {
  return {
    kind: 'bar',
    id: 'methods',
    title: l10n.t('All methods beside each other'),
    note: l10n.t('Each method is divided by its largest absolute score.'),
    categories: tokens.map(({ text, piece }, i) => `${i} ${text || piece}`),
    category: { label: l10n.t('Token') },
    value: { label: l10n.t('Relative score'), format: 2, min: -1, max: 1 },
    series: scores.map(({ method, input }) => {
      const largest = Math.max(...input.map((score) => Math.abs(score ?? 0)), 0) || 1;
      return {
        name: METHOD_NAMES[method],
        values: input.map((score) => (score === null ? null : score / largest)),
      };
    }),
  };
}

function candidates({ prediction }: AttributionResult): Table {
  return {
    kind: 'table',
    id: 'candidates',
    title: l10n.t('What the model predicts here'),
    columns: [
      { label: l10n.t('Candidate') },
      { label: l10n.t('Probability'), format: 'percent' },
      { label: l10n.t('Logit'), format: 3 },
    ],
    rows: prediction.candidates.map(({ label, probability, logit }) => [label, probability, logit]),
  };
}

function correlationTable({ correlations }: AttributionResult): Table {
  return {
    kind: 'table',
    id: 'correlations',
    title: l10n.t('How far the methods agree'),
    note: l10n.t(
      'Rank correlation of the absolute scores. 1: the same order of importance; 0: no relation; -1: the opposite order.',
    ),
    columns: [
      { label: l10n.t('Methods') },
      { label: l10n.t("Spearman's rho"), format: 2 },
      { label: l10n.t("Kendall's tau-b"), format: 2 },
      { label: l10n.t('Tokens'), format: 'count' },
    ],
    rows: correlations.map(({ methods: [a, b], spearman, kendall, n }) => [
      l10n.t`${METHOD_NAMES[a]} and ${inSentence(METHOD_NAMES[b])}`,
      ...[spearman, kendall, n],
    ]),
  };
}

function correlationMap({ scores, correlations }: AttributionResult): ReportPart[] {
  const methods = scores.map(({ method }) => method);
  if (methods.length < 2) return [];
  const names = methods.map((method) => METHOD_NAMES[method]);
  const rho = (a: AttributionMethod, b: AttributionMethod) =>
    a === b ? 1 : (pairOf(correlations, a, b)?.spearman ?? null);
  return [
    {
      ...{ kind: 'heatmap', id: 'agreement', title: l10n.t('Agreement of every two methods') },
      ...{
        rows: names,
        columns: names,
        row: { label: l10n.t('Method') },
        column: { label: l10n.t('Method') },
      },
      value: { label: l10n.t("Spearman's rho"), format: 2, min: -1, max: 1 },
      values: methods.flatMap((a) => methods.map((b) => rho(a, b))),
    },
  ];
}

function pairOf(
  correlations: readonly RankCorrelation[],
  a: AttributionMethod,
  b: AttributionMethod,
): RankCorrelation | undefined {
  return correlations.find(({ methods }) => methods.includes(a) && methods.includes(b));
}

function completenessTable({ completeness }: AttributionResult): Table[] {
  if (!completeness) return [];
  const { steps, sum, value, baselineValue, relativeError } = completeness;
  return [
    {
      kind: 'table',
      id: 'completeness',
      title: l10n.t('Completeness of integrated gradients'),
      note: l10n.t('The scores should add up to the output for the text minus the output for the baseline.'),
      columns: [{ label: l10n.t('What') }, { label: l10n.t('Value'), format: 'significant' }],
      rows: [
        [l10n.t('Points on the path'), steps],
        [l10n.t('Sum of the scores'), sum],
        [l10n.t('Output for the text'), value],
        [l10n.t('Output for the baseline'), baselineValue],
        [l10n.t('Relative error'), relativeError],
      ],
    },
  ];
}

function unavailableTable({ unavailable }: AttributionResult): Table {
  return {
    kind: 'table',
    id: 'unavailable',
    title: l10n.t('Methods that this model does not allow'),
    columns: [{ label: l10n.t('Method') }, { label: l10n.t('Why') }],
    rows: unavailable.map(({ method, reason }) => [METHOD_NAMES[method], reason]),
  };
}
