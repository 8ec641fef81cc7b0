import * as l10n from '@vscode/l10n';
import type { ArchitectureFacts, TensorStats } from '../../../../src/shared/anatomy';

/** What norms are taken of. */
export interface NormChoice {
  label: string;
  /** One a row, a column or a head. */
  unit: 'row' | 'column' | 'head';
  norms: number[];
}

/**
 * The ways to sum a matrix up by Euclidean norms: by row, by column, and by head along either axis where it divides into
 * the model's heads (the norm of a head is the root of the sum of its rows' squares). Which axis heads lie along depends on
 * the projection and on how the file stores it, so both are offered.
 */
export function normChoices(
  stats: TensorStats,
  facts: ArchitectureFacts,
  isAttention: boolean,
): NormChoice[] {
  const { rowNorms, columnNorms } = stats;
  const choices: NormChoice[] = [];
  if (rowNorms && rowNorms.length > 1) choices.push({ label: l10n.t('Rows'), unit: 'row', norms: rowNorms });
  if (columnNorms && columnNorms.length > 1 && stats.shape.length > 1) {
    choices.push({ label: l10n.t('Columns'), unit: 'column', norms: columnNorms });
  }
  if (!isAttention || stats.shape.length !== 2) return choices;
  const add = (label: string, norms: number[] | null) => {
    const heads = norms && headsAlong(norms.length, facts);
    if (norms && heads) choices.push({ label, unit: 'head', norms: grouped(norms, heads) });
  };
  add(l10n.t('Heads along rows'), rowNorms);
  add(l10n.t('Heads along columns'), columnNorms);
  return choices;
}

/** How many heads an axis of this length holds: all, or the key/value heads; null if neither fits. */
function headsAlong(length: number, { heads, keyValueHeads, headSize }: ArchitectureFacts): number | null {
  for (const count of [heads, keyValueHeads]) {
    if (count === null || count < 2 || length % count !== 0) continue;
    if (headSize === null || length === count * headSize) return count;
  }
  return null;
}

function grouped(norms: readonly number[], heads: number): number[] {
  const size = norms.length / heads;
  return Array.from({ length: heads }, (_, head) =>
    Math.hypot(...norms.slice(head * size, (head + 1) * size)),
  );
}

/** Bars for at most `most` values: the largest of each run. */
export function thinned(values: readonly number[], most: number): { values: number[]; run: number } {
  const run = Math.max(1, Math.ceil(values.length / most));
  const count = Math.ceil(values.length / run);
  const largest = (i: number) => values.slice(i * run, (i + 1) * run).reduce((a, b) => Math.max(a, b), 0);
  return { values: Array.from({ length: count }, (_, i) => largest(i)), run };
}
