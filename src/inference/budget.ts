import * as l10n from '@vscode/l10n';
import type { AttentionKind } from '../shared/attention';
import { ProbeError } from '../shared/errors';

/** How many attention matrices of each kind a run yields: layers x heads. */
export type MatrixCounts = Partial<Record<AttentionKind, number>>;

const BYTES = 4;

/** Positions on the query and key axis of a kind of attention, for `tokens` of input and, if any, `target` tokens. */
export function axisLengths(
  kind: AttentionKind,
  tokens: number,
  target: number | undefined,
): { queries: number; keys: number } {
  if (kind === 'encoder') return { queries: tokens, keys: tokens };
  const queries = target ?? tokens;
  return { queries, keys: kind === 'decoder' ? queries : tokens };
}

/** Bytes of all attention weights of a run. */
export function attentionBytes(counts: MatrixCounts, tokens: number, target?: number): number {
  let cells = 0;
  for (const [kind, matrices] of Object.entries(counts) as [AttentionKind, number][]) {
    const { queries, keys } = axisLengths(kind, tokens, target);
    cells += matrices * queries * keys;
  }
  return BYTES * cells;
}

/** Fails where a run's attention does not fit the memory budget, and says how many tokens would. */
export function checkBudget(
  counts: MatrixCounts,
  tokens: number,
  target: number | undefined,
  budget: number,
): void {
  const bytes = attentionBytes(counts, tokens, target);
  if (bytes <= budget) return;
  let fits = 0;
  while (fits < tokens && attentionBytes(counts, fits + 1, target) <= budget) fits++;
  throw new ProbeError(
    'input',
    l10n.t`The attention of ${tokens} tokens takes ${megabytes(bytes)}, more than the memory budget of ${megabytes(budget)}. At most ${fits} tokens fit: analyze less text, or raise the budget.`,
  );
}

function megabytes(bytes: number): string {
  return l10n.t`${Math.ceil(bytes / 2 ** 20)} MB`;
}
