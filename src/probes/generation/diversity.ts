/** How many different texts there are, and how much they repeat themselves and each other. */
export interface Diversity {
  texts: number;
  different: number;
  /** Different n-grams divided by all n-grams, over all texts (Li et al. 2016); null where there are none. */
  distinct1: number | null;
  distinct2: number | null;
  /** Mean over all pairs of texts of |A ∩ B| / |A ∪ B| of their sets of bigrams; null for a single text. */
  overlap: number | null;
}

/** Of texts as token ids. */
export function diversityOf(texts: readonly (readonly number[])[]): Diversity {
  return {
    texts: texts.length,
    different: new Set(texts.map((ids) => ids.join(' '))).size,
    distinct1: distinct(texts, 1),
    distinct2: distinct(texts, 2),
    overlap: meanOverlap(texts.map((ids) => new Set(gramsOf(ids, 2)))),
  };
}

/** Different n-grams divided by all n-grams; null where the texts are shorter than n. */
export function distinct(texts: readonly (readonly number[])[], n: number): number | null {
  const grams = texts.flatMap((ids) => gramsOf(ids, n));
  return grams.length === 0 ? null : new Set(grams).size / grams.length;
}

function gramsOf(ids: readonly number[], n: number): string[] {
  return ids.slice(n - 1).map((_, i) => ids.slice(i, i + n).join(' '));
}

function meanOverlap(sets: readonly ReadonlySet<string>[]): number | null {
  const found = sets.flatMap((one, i) => sets.slice(i + 1).map((other) => overlap(one, other)));
  return found.length === 0 ? null : found.reduce((sum, value) => sum + value, 0) / found.length;
}

/** Two texts without bigrams are as good as the same. */
function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const both = [...a].filter((gram) => b.has(gram)).length;
  const either = a.size + b.size - both;
  return either === 0 ? 1 : both / either;
}
