import * as l10n from '@vscode/l10n';
import type { AccuracyGap, TrainingArm, Verdict } from '../../shared/training';

/** Below this many test sentences one of them is more than 5 points, and a bootstrap's interval is too narrow. */
export const FEWEST_TEST_SENTENCES = 20;

/** An interval within this of zero on both sides says that there is no difference that matters. */
const NEGLIGIBLE = 0.05;

const NAMES: Record<TrainingArm, string> = {
  pretrained: l10n.t('fine-tuning the pretrained model'),
  scratch: l10n.t('training from scratch'),
  frozen: l10n.t('training on the frozen encoder'),
};

export interface VerdictFacts {
  testSentences: number;
  arms: readonly TrainingArm[];
  /** The first gap; null until both its arms have a finished seed. */
  gap: AccuracyGap | null;
  /** Whether every run that was asked for is finished. */
  finished: boolean;
}

/** What the figures allow to conclude, in plain words. */
export function verdictOf({ testSentences, arms, gap, finished }: VerdictFacts): Verdict {
  if (testSentences < FEWEST_TEST_SENTENCES) return tooSmall(testSentences);
  if (arms.length < 2) {
    return {
      kind: 'nothing-to-compare',
      text: l10n.t('Only one way of training was asked for: there is no gap.'),
    };
  }
  if (!finished || gap === null) {
    return { kind: 'unfinished', text: l10n.t('Not all runs are finished: the figures may still change.') };
  }
  return judged(gap);
}

function tooSmall(sentences: number): Verdict {
  const share = (100 / sentences).toFixed(sentences > 8 ? 1 : 0);
  return {
    kind: 'too-small',
    text: l10n.t`The test set is too small to conclude anything: with ${sentences} sentences a single one is ${share} points of accuracy. At least ${FEWEST_TEST_SENTENCES} are needed; take the larger set, or your own data.`,
  };
}

function judged(gap: AccuracyGap): Verdict {
  const [first, second] = gap.arms.map((arm) => NAMES[arm]) as [string, string];
  const interval = l10n.t`95 % interval ${signed(gap.low)} to ${signed(gap.high)}; ${gap.sentences} test sentences, ${counted(gap.seeds)}`;
  if (gap.low > 0) {
    const text = l10n.t`${capital(first)} beats ${second} by ${points(gap.gap)} of test accuracy (${interval}).`;
    return { kind: 'first-better', text };
  }
  if (gap.high < 0) {
    const text = l10n.t`${capital(second)} beats ${first} by ${points(-gap.gap)} of test accuracy (${interval}).`;
    return { kind: 'second-better', text };
  }
  if (gap.low >= -NEGLIGIBLE && gap.high <= NEGLIGIBLE) {
    const text = l10n.t`There is no difference that matters between ${first} and ${second} (${interval}).`;
    return { kind: 'no-difference', text };
  }
  const text = l10n.t`No difference is shown between ${first} and ${second}, and a considerable one is not ruled out (${interval}).`;
  return { kind: 'inconclusive', text };
}

function points(gap: number): string {
  return l10n.t`${(100 * gap).toFixed(1)} points`;
}

function signed(gap: number): string {
  const text = (100 * gap).toFixed(1);
  return gap > 0 ? `+${text}` : text;
}

function counted(seeds: number): string {
  return seeds === 1 ? l10n.t('1 seed') : l10n.t`${seeds} seeds`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
