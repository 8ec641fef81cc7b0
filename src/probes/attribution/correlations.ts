import type { AttributionScores, RankCorrelation } from '../../shared/attribution';
import { kendall, spearman } from '../ranks';
import { withoutKept } from './subject';
import type { Subject } from './subject';

/** Every pair of methods, by the size of their scores over the tokens that both score. */
export function correlations(
  scores: readonly AttributionScores[],
  { kept, keptTarget }: Subject,
): RankCorrelation[] {
  const sizes = scores.map(({ input, target }) => [
    ...withoutKept(input, kept),
    ...(target ? withoutKept(target, keptTarget) : []),
  ]);
  return scores.flatMap(({ method: a }, i) =>
    scores
      .slice(i + 1)
      .map(({ method: b }, k) => correlation([a, b], sizes[i] ?? [], sizes[i + 1 + k] ?? [])),
  );
}

function correlation(
  methods: RankCorrelation['methods'],
  a: readonly (number | null)[],
  b: readonly (number | null)[],
): RankCorrelation {
  const [x, y]: [number[], number[]] = [[], []];
  for (const [i, value] of a.entries()) {
    const other = b[i] ?? null;
    if (value === null || other === null) continue;
    x.push(Math.abs(value));
    y.push(Math.abs(other));
  }
  const n = x.length;
  const compared =
    n >= 2 ? { spearman: spearman(x, y), kendall: kendall(x, y) } : { spearman: null, kendall: null };
  return { methods, ...compared, n };
}
