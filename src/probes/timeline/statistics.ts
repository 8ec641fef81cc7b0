import type { Family } from '../../shared/model';
import type { FamilyShare, TimelineModel } from '../../shared/timeline';

export const FAMILIES: readonly Family[] = ['encoder-only', 'decoder-only', 'encoder-decoder'];

export function countFamilies(models: readonly TimelineModel[]): Record<Family, number> {
  const counts = { 'encoder-only': 0, 'decoder-only': 0, 'encoder-decoder': 0 };
  for (const { family } of models) counts[family]++;
  return counts;
}

/** Families by year, every year from the first to the last, empty ones too. */
export function familiesByYear(models: readonly TimelineModel[]): FamilyShare[] {
  const years = models.map(yearOf);
  if (years.length === 0) return [];
  const [first, last] = [Math.min(...years), Math.max(...years)];
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const year = first + i;
    return { year, counts: countFamilies(models.filter((model) => yearOf(model) === year)) };
  });
}

/** The family with more than half of the models; null if none has. */
export function majority(counts: Record<Family, number>): Family | null {
  const all = FAMILIES.reduce((sum, family) => sum + counts[family], 0);
  return FAMILIES.find((family) => 2 * counts[family] > all) ?? null;
}

/** First year from which on one family has the majority in every year that has models; null if none holds to the end. */
export function dominanceSince(years: readonly FamilyShare[]): { family: Family; since: number } | null {
  const filled = years.filter(({ counts }) => FAMILIES.some((family) => counts[family] > 0));
  const last = filled.at(-1);
  const family = last && majority(last.counts);
  if (!family) return null;
  let since = last.year;
  for (const { year, counts } of [...filled].reverse()) {
    if (majority(counts) !== family) break;
    since = year;
  }
  return { family, since };
}

/** Growth from the largest model of the first year with sizes to the largest of all: a factor a year. */
export function yearlyGrowth(
  models: readonly TimelineModel[],
): { factor: number; from: number; to: number } | null {
  const sized = models.filter((model) => model.parameters !== null);
  if (sized.length === 0) return null;
  const from = Math.min(...sized.map(yearOf));
  const first = largestOf(sized.filter((model) => yearOf(model) === from));
  const largest = largestOf(sized);
  const to = yearOf(largest);
  if (to === from) return null;
  const ratio = (largest.parameters ?? 0) / (first.parameters ?? 1);
  return { factor: ratio ** (1 / (to - from)), from, to };
}

function largestOf(models: readonly TimelineModel[]): TimelineModel {
  return models.reduce((most, model) => ((model.parameters ?? 0) > (most.parameters ?? 0) ? model : most));
}

export function yearOf({ date }: Pick<TimelineModel, 'date'>): number {
  return Number(date.slice(0, 4));
}

/** The middle of a model's month, in milliseconds since 1970. */
export function timeOf({ date }: Pick<TimelineModel, 'date'>): number {
  return Date.parse(`${date}-15T00:00:00Z`);
}
