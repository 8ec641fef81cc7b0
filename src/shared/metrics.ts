import * as l10n from '@vscode/l10n';
import type { AttentionKind, HeadAddress } from './attention';

/*
 * Measures of a head's matrix A[q, k]. "Mean over queries" counts the queries that the measure is defined for. Every
 * measure is a mean of rows, so that texts of different length compare.
 */

/** Half width of the local window, in tokens. */
export const LOCAL_WINDOW = 2;

/** What is known of a measure; `formula` is for people. */
export interface MetricFacts {
  title: string;
  formula: string;
  /** Kinds of attention that it is defined for. */
  kinds: readonly AttentionKind[];
  /** Whether it goes from 0 to 1; the others are in nats or tokens. */
  unit: 'share' | 'nats' | 'tokens' | 'correlation';
}

const ALL = ['encoder', 'decoder', 'cross'] as const;
const SELF = ['encoder', 'decoder'] as const;

/** Every measure, in the order of columns. */
export const METRICS = {
  entropy: {
    title: l10n.t('Entropy'),
    formula: l10n.t('mean over queries of −Σₖ A[q,k] ln A[q,k]'),
    kinds: ALL,
    unit: 'nats',
  },
  normalizedEntropy: {
    title: l10n.t('Normalized entropy'),
    formula: l10n.t(
      'mean over queries of entropy / ln(keys that the query can see); queries that see one key left out',
    ),
    kinds: ALL,
    unit: 'share',
  },
  distance: {
    title: l10n.t('Mean distance'),
    formula: l10n.t('mean over queries of Σₖ A[q,k] · |q − k|'),
    kinds: SELF,
    unit: 'tokens',
  },
  self: { title: l10n.t('Self'), formula: l10n.t('mean over queries of A[q,q]'), kinds: SELF, unit: 'share' },
  previous: {
    title: l10n.t('Previous'),
    formula: l10n.t('mean over queries of A[q,q−1]'),
    kinds: SELF,
    unit: 'share',
  },
  next: {
    title: l10n.t('Next'),
    formula: l10n.t('mean over queries of A[q,q+1]'),
    kinds: ['encoder'],
    unit: 'share',
  },
  first: {
    title: l10n.t('First token'),
    formula: l10n.t('mean over queries of A[q,0]; in decoders the first query is left out'),
    kinds: ALL,
    unit: 'share',
  },
  separator: {
    title: l10n.t('Separator'),
    formula: l10n.t('mean over queries of Σ A[q,k] over special tokens k > 0'),
    kinds: ALL,
    unit: 'share',
  },
  sink: {
    title: l10n.t('Sinks'),
    formula: l10n.t(
      'mean over queries of Σ A[q,k] over special tokens and sink tokens k; a decoder’s first query left out',
    ),
    kinds: ALL,
    unit: 'share',
  },
  local: {
    title: l10n.t('Local window'),
    formula: l10n.t`mean over queries of Σ A[q,k] over |q − k| ≤ ${LOCAL_WINDOW}`,
    kinds: SELF,
    unit: 'share',
  },
  duplicate: {
    title: l10n.t('Duplicate token'),
    formula: l10n.t(
      'mean over queries whose token stands elsewhere (decoders: before) of Σ A[q,k] over those places k',
    ),
    kinds: SELF,
    unit: 'share',
  },
  induction: {
    title: l10n.t('Induction'),
    formula: l10n.t(
      'mean over queries whose token stands elsewhere (decoders: before) of Σ A[q,k+1] over those places k',
    ),
    kinds: SELF,
    unit: 'share',
  },
  monotonicity: {
    title: l10n.t('Monotonicity'),
    formula: l10n.t('Spearman correlation of q with the mean position Σₖ A[q,k] · k / Σₖ A[q,k]'),
    kinds: ['cross'],
    unit: 'correlation',
  },
} as const satisfies Record<string, MetricFacts>;

export type MetricName = keyof typeof METRICS;

/** The measures that a kind of attention has, in the order of columns. */
export function metricsFor(kind: AttentionKind): MetricName[] {
  const names = Object.keys(METRICS) as MetricName[];
  return names.filter((name) => (METRICS[name].kinds as readonly AttentionKind[]).includes(kind));
}

/** Null where a measure is not defined: wrong kind, no query that it counts. */
export type MetricValues = Record<MetricName, number | null>;

/** What a head is called, when its measure without sinks is large enough; see `LABELS`. */
export type HeadLabel =
  'sink' | 'self' | 'previous' | 'next' | 'separator' | 'local' | 'duplicate' | 'induction' | 'monotone';

export interface LabelRule {
  label: HeadLabel;
  metric: MetricName;
  /** The least value of the measure, sinks removed (`sink` and `separator`: as it is). */
  threshold: number;
}

/**
 * A head gets a label only where the measure is at least the threshold, and at least `OVER_UNIFORM` times what attention
 * spread evenly over the visible keys would reach on the same text. All but `sink` and `separator` are measured after the
 * columns of special and sink tokens are removed and rows renormalized, and only in heads that keep at least `KEPT_MASS` of their attention
 * then: a head that rests on a sink is called just that.
 */
export const LABELS: readonly LabelRule[] = [
  { label: 'sink', metric: 'sink', threshold: 0.8 },
  { label: 'separator', metric: 'separator', threshold: 0.5 },
  { label: 'self', metric: 'self', threshold: 0.5 },
  { label: 'previous', metric: 'previous', threshold: 0.5 },
  { label: 'next', metric: 'next', threshold: 0.5 },
  { label: 'local', metric: 'local', threshold: 0.8 },
  { label: 'duplicate', metric: 'duplicate', threshold: 0.4 },
  { label: 'induction', metric: 'induction', threshold: 0.4 },
  { label: 'monotone', metric: 'monotonicity', threshold: 0.9 },
];
/** Labels as they are shown. */
export const LABEL_TITLES: Record<HeadLabel, string> = {
  sink: l10n.t('sink'),
  separator: l10n.t('separator'),
  self: l10n.t('self'),
  previous: l10n.t('previous'),
  next: l10n.t('next'),
  local: l10n.t('local'),
  duplicate: l10n.t('duplicate'),
  induction: l10n.t('induction'),
  monotone: l10n.t('monotone'),
};

/** A head's labels as they are shown, in a row. */
export function labelText(labels: readonly HeadLabel[]): string {
  return labels.map((label) => LABEL_TITLES[label]).join(', ');
}

export const OVER_UNIFORM = 2;
export const KEPT_MASS = 0.2;

export interface HeadMetrics extends HeadAddress {
  raw: MetricValues;
  /** After the columns and rows of special tokens and the columns of sink tokens are removed and rows renormalized. */
  clean: MetricValues;
  /** Part of the attention that is left then, mean over queries. */
  keptMass: number;
  labels: HeadLabel[];
}

export interface HeadTable {
  heads: HeadMetrics[];
  /** Positions of sink tokens on the key axis of each kind, special ones not among them. */
  sinks: Partial<Record<AttentionKind, number[]>>;
}

/** A head that resembles another. */
export interface SimilarHead extends HeadAddress {
  /**
   * 1 − mean over queries of the Jensen-Shannon divergence (base 2) between the two heads' rows: 1 where all rows are the
   * same, 0 where no two rows share a key.
   */
  similarity: number;
}

/**
 * The standard probe for induction: random tokens (seeded), repeated once, so that nothing but the repetition tells what
 * comes next (Olsson et al. 2022). With N random tokens after the model's own first token, if it has one:
 * induction = mean of A[q, q−N+1], duplicate = mean of A[q, q−N], previous = mean of A[q, q−1], over the queries of the repetition.
 */
export interface HeadProbe {
  /** N. */
  tokens: number;
  /** Sequences that the scores are means of. */
  sequences: number;
  seed: number;
  heads: (HeadAddress & { induction: number; duplicate: number; previous: number })[];
}
