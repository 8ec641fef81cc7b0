import * as l10n from '@vscode/l10n';
import type { TokenScores } from '../../shared/attributionRequests';
import { gaussLegendre } from '../quadrature';
import type { MethodScores } from './methods';
import { withoutKept } from './subject';
import type { Subject } from './subject';

/** Points asked for at a time: progress moves and cancelling takes effect between requests. */
const PORTION = 16;
const FIRST_STEPS = 16;
const MOST_STEPS = 256;
const GOOD_ERROR = 0.01;

/** e . dF/de at the text: the path from the zero vector, at its end. */
export async function gradientInput({
  inference,
  fed,
  explained,
  signal,
  progress,
}: Subject): Promise<TokenScores> {
  progress(l10n.t('Gradient times input'), 0);
  const zeros = (ids: number[] | undefined) => ids?.map(() => null);
  const baseline = { ids: zeros(fed.ids) ?? [], targetIds: zeros(fed.targetIds) };
  const points = [{ at: 1, weight: 1 }];
  const params = { ...fed, explained, baseline, points };
  const { input, target } = await inference.request('pathGradients', params, signal);
  return { input, target };
}

/** Doubles the points until the scores sum to F(text) - F(baseline) within 1 %, unless their number is given. */
export async function integratedGradients(
  subject: Subject,
  steps: number | undefined,
): Promise<MethodScores> {
  const baseline = baselineOf(subject);
  const ends = await pathScores(subject, baseline, [
    { at: 0, weight: 0 },
    { at: 1, weight: 0 },
  ]);
  const [baselineValue = 0, value = 0] = ends.values;
  for (let count = steps ?? FIRST_STEPS; ; count *= 2) {
    const { at, weight } = gaussLegendre(count);
    const points = at.map((place, i) => ({ at: place, weight: weight[i] as number }));
    const { input, target } = await pathScores(subject, baseline, points);
    const sum = [...input, ...(target ?? [])].reduce((total, score) => total + score, 0);
    const change = value - baselineValue;
    const relativeError = sum === change ? 0 : Math.abs(sum - change) / Math.abs(change);
    if (relativeError > GOOD_ERROR && steps === undefined && count < MOST_STEPS) continue;
    return {
      input: withoutKept(input, subject.kept),
      ...(target && { target: withoutKept(target, subject.keptTarget) }),
      completeness: { steps: count, sum, value, baselineValue, relativeError },
    };
  }
}

interface Baseline {
  ids: (number | null)[];
  targetIds?: (number | null)[];
}

/** The text with the replacement at every place that is not kept. */
function baselineOf({ fed, replacement, kept, keptTarget }: Subject): Baseline {
  const replaced = (ids: number[], keeps: ReadonlySet<number>) =>
    ids.map((id, i) => (keeps.has(i) ? id : (replacement.id ?? null)));
  return {
    ids: replaced(fed.ids, kept),
    ...(fed.targetIds && { targetIds: replaced(fed.targetIds, keptTarget) }),
  };
}

async function pathScores(
  { inference, fed, explained, signal, progress }: Subject,
  baseline: Baseline,
  points: { at: number; weight: number }[],
): Promise<TokenScores & { values: number[] }> {
  const total = { input: fed.ids.map(() => 0), target: fed.targetIds?.map(() => 0), values: [] as number[] };
  for (let i = 0; i < points.length; i += PORTION) {
    progress(l10n.t`Integrated gradients, ${points.length} points`, i / points.length);
    const params = { ...fed, explained, baseline, points: points.slice(i, i + PORTION) };
    const { input, target, values } = await inference.request('pathGradients', params, signal);
    total.input = total.input.map((sum, k) => sum + (input[k] as number));
    total.target = total.target?.map((sum, k) => sum + (target?.[k] ?? 0));
    total.values.push(...values);
  }
  return total;
}
