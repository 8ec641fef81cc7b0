import { SeededRandom } from '../../shared/random';
import type { AccuracyGap, Spread, TrainingRun } from '../../shared/training';

const RESAMPLES = 5000;
const BOOTSTRAP_SEED = 20_07;
/** Of the two-sided 95 % interval. */
const TAIL = 0.025;

/** Mean and sample standard deviation. */
export function spreadOf(values: readonly number[]): Spread {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, count);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : 0, count };
}

/**
 * Test accuracy of `first` minus that of `second`, with a 95 % interval. The runs are paired by seed, which had the same
 * batches and classifier start, and by test sentence. For each resample seeds and sentences are drawn with replacement,
 * independently of each other, the same ones for both arms (the pigeonhole bootstrap of crossed factors: Owen 2007, Annals
 * of Applied Statistics 1(2)); the interval is from the 2.5th to the 97.5th percentile. Null without a finished pair.
 */
export function accuracyGap(
  first: readonly TrainingRun[],
  second: readonly TrainingRun[],
  labels: readonly number[],
): AccuracyGap | null {
  const differences: Int8Array[] = [];
  for (const run of first) {
    const other = second.find(({ seed, finished }) => seed === run.seed && finished);
    if (run.finished && other) differences.push(pairedDifferences(run, other, labels));
  }
  const [a, b] = [first[0], second[0]];
  if (!a || !b || differences.length === 0 || labels.length === 0) return null;
  const all = differences.map((row) => row.reduce((sum, value) => sum + value, 0));
  const cells = differences.length * labels.length;
  const gap = all.reduce((sum, value) => sum + value, 0) / cells;
  const [low, high] = bootstrap(differences, labels.length);
  return { arms: [a.arm, b.arm], gap, low, high, seeds: differences.length, sentences: labels.length };
}

/** By sentence: 1 where only the first is right, -1 where only the second is, else 0. */
function pairedDifferences(first: TrainingRun, second: TrainingRun, labels: readonly number[]): Int8Array {
  return Int8Array.from(labels, (label, i) => {
    return Number(first.after[i] === label) - Number(second.after[i] === label);
  });
}

function bootstrap(differences: readonly Int8Array[], sentences: number): [low: number, high: number] {
  const random = new SeededRandom(BOOTSTRAP_SEED);
  const gaps = Float64Array.from({ length: RESAMPLES }, () => {
    const rows = differences.map(() => differences[random.below(differences.length)] as Int8Array);
    let sum = 0;
    for (let i = 0; i < sentences; i++) {
      const sentence = random.below(sentences);
      for (const row of rows) sum += row[sentence] as number;
    }
    return sum / (rows.length * sentences);
  }).sort();
  return [percentile(gaps, TAIL), percentile(gaps, 1 - TAIL)];
}

/** Of sorted values, linear between neighbours. */
function percentile(sorted: Float64Array, part: number): number {
  const at = part * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)] as number, sorted[Math.ceil(at)] as number];
  return below + (at - Math.floor(at)) * (above - below);
}
