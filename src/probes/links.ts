import type { HeadMatrix } from '../shared/attention';
import type { Token } from '../shared/tokens';

/** One key of a query's row. */
export interface KeyWeight {
  key: number;
  weight: number;
}

/** One weight of a layer. */
export interface Link extends KeyWeight {
  head: number;
  query: number;
}

/** The `k` keys with the largest weights of a row, largest first; the earlier key first where weights are equal. */
export function topKeys(row: ArrayLike<number>, k: number): KeyWeight[] {
  const best: KeyWeight[] = [];
  for (let key = 0; key < row.length; key++) insert(best, { key, weight: row[key] as number }, k);
  return best;
}

export interface LinkOptions {
  queries: readonly Token[];
  keys: readonly Token[];
  count: number;
  /** Leaves out links from and to tokens that the tokenizer added, which draw most of the attention in many heads. */
  withoutSpecial?: boolean;
}

/**
 * The strongest links of some heads, strongest first. The first query of causal attention is left out: it has only
 * itself to look at.
 */
export function strongestLinks(matrices: Iterable<HeadMatrix>, options: LinkOptions): Link[] {
  const best: Link[] = [];
  const shown = (token: Token | undefined) => !(options.withoutSpecial && token?.special);
  const keys = indices(options.keys.length).filter((key) => shown(options.keys[key]));
  for (const { kind, head, queries, keys: width, weights } of matrices) {
    for (let query = kind === 'decoder' ? 1 : 0; query < queries; query++) {
      if (!shown(options.queries[query])) continue;
      for (const key of keys) {
        insert(best, { head, query, key, weight: weights[query * width + key] as number }, options.count);
      }
    }
  }
  return best;
}

function indices(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

/** Keeps `best` sorted and at most `k` long. */
function insert<T extends KeyWeight>(best: T[], candidate: T, k: number): void {
  const last = best[best.length - 1];
  if (best.length === k && last && candidate.weight <= last.weight) return;
  let at = best.length;
  while (at > 0 && (best[at - 1] as T).weight < candidate.weight) at--;
  best.splice(at, 0, candidate);
  if (best.length > k) best.pop();
}
