import type {
  AccuracyGap,
  ArmEpoch,
  ArmResult,
  LabeledSentence,
  RunSimilarity,
  SentenceOutcome,
  Spread,
  TrainingArm,
  TrainingRun,
} from '../../shared/training';
import { accuracyGap, spreadOf } from './statistics';

/** Pairs of arms whose gap is shown, the question of this probe first. */
const PAIRS: [TrainingArm, TrainingArm][] = [
  ['pretrained', 'scratch'],
  ['pretrained', 'frozen'],
  ['frozen', 'scratch'],
];

/** Weights of an arm: those that learn, and all. */
export interface WeightCounts {
  trainable: number;
  parameters: number;
}

/** Means and spreads over an arm's seeds. */
export function summarizeArm(arm: TrainingArm, runs: TrainingRun[], counts: WeightCounts): ArmResult {
  const last = Math.max(-1, ...runs.map(({ epochs }) => epochs.length - 1));
  const done = runs.flatMap(({ similarity }) => similarity ?? []);
  return {
    arm,
    runs,
    epochs: Array.from({ length: last + 1 }, (_, epoch) => summarizeEpoch(runs, epoch)),
    hiddenSimilarity: spreads(done, 'hidden'),
    attentionDifference: spreads(done, 'attention'),
    ...counts,
  };
}

function summarizeEpoch(runs: TrainingRun[], epoch: number): ArmEpoch {
  const reached = runs.flatMap(({ epochs }) => epochs[epoch] ?? []);
  const of = (key: 'trainLoss' | 'trainAccuracy' | 'testLoss' | 'testAccuracy') =>
    spreadOf(reached.map((figures) => figures[key]));
  return {
    epoch,
    trainLoss: of('trainLoss'),
    trainAccuracy: of('trainAccuracy'),
    testLoss: of('testLoss'),
    testAccuracy: of('testAccuracy'),
  };
}

function spreads(done: readonly RunSimilarity[], key: keyof RunSimilarity): Spread[] {
  return (done[0]?.[key] ?? []).map((_, layer) => spreadOf(done.flatMap((one) => one[key][layer] ?? [])));
}

/** The gaps between the arms that were trained. */
export function gapsOf(arms: readonly ArmResult[], test: readonly LabeledSentence[]): AccuracyGap[] {
  const labels = test.map(({ label }) => label);
  const runsOf = (arm: TrainingArm) => arms.find((one) => one.arm === arm)?.runs ?? [];
  return PAIRS.flatMap(([first, second]) => accuracyGap(runsOf(first), runsOf(second), labels) ?? []);
}

/** What became of every test sentence. */
export function sentenceOutcomes(
  arms: readonly ArmResult[],
  test: readonly LabeledSentence[],
): SentenceOutcome[] {
  return test.map(({ text, label }, i) => {
    const flips = new Set<TrainingArm>();
    const outcomes = arms.map(({ arm, runs }) => {
      const measured = runs.filter(({ after }) => after.length > 0);
      const changed = measured.filter(({ before, after }) => before[i] !== after[i]).length;
      if (changed * 2 > measured.length) flips.add(arm);
      const right = (side: 'before' | 'after') => measured.filter((run) => run[side][i] === label).length;
      return { arm, before: right('before'), after: right('after'), of: measured.length };
    });
    return { text, label, arms: outcomes, flipped: [...flips] };
  });
}
