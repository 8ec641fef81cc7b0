import type {
  AttributionMethod,
  AttributionResult,
  AttributionScores,
  Prediction,
} from '../shared/attribution';
import type { Token } from '../shared/tokens';
import { visible } from './output';

/** Column titles: what fits above a score. */
const TITLES: Record<AttributionMethod, string> = {
  'integrated-gradients': 'integrated',
  'gradient-input': 'grad*input',
  occlusion: 'occlusion',
  'attention-gradient': 'attn*grad',
  'attention-mean': 'attn mean',
  'attention-last': 'attn last',
  'attention-rollout': 'rollout',
};
const WIDTH = 11;
const MOST_NAME = 24;

/** The result for a reader in a terminal: the prediction, a row a token and a column a method, and how far they agree. */
export function* attributionLines(result: AttributionResult): Generator<string> {
  const { model, tokens, target, scores, unavailable } = result;
  yield `${visible(model.name)}: ${predictionText(result)}`;
  yield `Candidates: ${result.prediction.candidates.map(({ label, probability }) => `${visible(label)} ${percent(probability)}`).join(', ')}`;
  yield '';
  yield* tableLines(
    tokens,
    scores.map((one) => [one, one.input]),
  );
  if (target) {
    yield '';
    yield 'Decoder';
    yield* tableLines(
      target.tokens,
      scores.map((one) => [one, one.target ?? []]),
    );
  }
  yield '';
  for (const { method, reason } of unavailable) yield `No ${TITLES[method]}: ${visible(reason)}`;
  yield* footLines(result);
}

function predictionText({ prediction, tokens, target }: AttributionResult): string {
  const { chosen, output, value, position } = prediction;
  const axis = prediction.kind === 'decoder-token' ? (target?.tokens ?? []) : tokens;
  const at = position === null ? '' : `, position ${position} (${name(axis[position])})`;
  const what = `${KINDS[prediction.kind]} "${visible(chosen.label)}"${at}`;
  return `${what}; probability ${percent(chosen.probability)}; explained is its ${OUTPUTS[output]}, ${number(value)}`;
}

const KINDS: Record<Prediction['kind'], string> = {
  'masked-token': 'masked token',
  'next-token': 'next token',
  class: 'class',
  'token-class': 'class of a token',
  'decoder-token': 'next token of the decoder',
};
const OUTPUTS = { logit: 'logit', 'log-probability': 'log-probability' } as const;

function* tableLines(
  tokens: readonly Token[],
  columns: readonly (readonly [AttributionScores, readonly (number | null)[]])[],
): Generator<string> {
  const names = tokens.map((token, i) => `${i} ${name(token)}`.slice(0, MOST_NAME));
  const width = Math.max(5, ...names.map((one) => one.length));
  yield `${'Token'.padEnd(width)}${columns.map(([{ method }]) => TITLES[method].padStart(WIDTH)).join('')}`;
  for (const [i, title] of names.entries()) {
    const cells = columns.map(([, values]) => cell(values[i] ?? null));
    yield `${title.padEnd(width)}${cells.join('')}`;
  }
}

function cell(value: number | null): string {
  return (value === null ? '-' : number(value)).padStart(WIDTH);
}

function* footLines({ completeness, replacement, correlations }: AttributionResult): Generator<string> {
  const stands =
    replacement.piece === undefined ? 'the zero vector (occlusion: left out)' : visible(replacement.piece);
  yield `In the baseline and under occlusion a token becomes ${stands}; rows with a dash stay as they are.`;
  if (completeness) {
    const { steps, sum, value, baselineValue, relativeError } = completeness;
    yield `Integrated gradients sum to ${number(sum)}; the change from the baseline is ${number(value - baselineValue)} (${steps} points, off by ${percent(relativeError)}).`;
  }
  if (correlations.length === 0) return;
  yield '';
  yield `Rank correlation of the scores' sizes, ${correlations[0]?.n} tokens: Spearman's rho, Kendall's tau`;
  for (const {
    methods: [a, b],
    spearman,
    kendall,
  } of correlations) {
    yield `  ${`${TITLES[a]} ~ ${TITLES[b]}`.padEnd(26)}${coefficient(spearman)}${coefficient(kendall)}`;
  }
}

function coefficient(value: number | null): string {
  return (value === null ? '-' : value.toFixed(2)).padStart(7);
}

function number(value: number): string {
  return value.toFixed(4);
}

function percent(part: number): string {
  return `${(100 * part).toFixed(2)} %`;
}

function name(token: Token | undefined): string {
  return token ? visible(token.text.trim() || token.piece) : '';
}
