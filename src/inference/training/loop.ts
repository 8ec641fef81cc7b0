import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import type {
  EncodedSentence,
  EpochFigures,
  TrainRunProgress,
  TrainRunRequest,
  TrainingRun,
} from '../../shared/training';
import { throwIfAborted } from '../runner';
import { AdamW, clipScale, globalNorm, scheduledRate } from './adamw';
import { epochBatches, randomOf } from './batches';
import type { Learner, Outcome } from './learner';

type Request = Pick<TrainRunRequest, 'arm' | 'seed' | 'options' | 'train' | 'test'>;

/** Trains one arm with one seed. Reports every step, and every epoch from 0, the state before the first step. */
export async function trainLearner(
  learner: Learner,
  request: Request,
  report: (progress: TrainRunProgress) => void,
  signal?: AbortSignal,
): Promise<TrainingRun> {
  const started = performance.now();
  const { arm, seed, options, train, test } = request;
  const run: TrainingRun = {
    ...{ arm, seed, epochs: [], stepLosses: [], before: [], after: [], similarity: null },
    ...{ runMs: 0, finished: false },
  };
  const loop = new TrainingLoop(learner, request, run, report, signal);
  await loop.record(0, accuracyOf(train, await learner.predict(train)), test);
  run.before = run.after;
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    await loop.record(epoch, await loop.epoch(), test);
  }
  run.similarity = await learner.moved();
  run.runMs = performance.now() - started;
  run.finished = true;
  return run;
}

interface Figures {
  loss: number;
  accuracy: number;
}

class TrainingLoop {
  private readonly random;
  private readonly optimizer: AdamW;
  private readonly steps: number;
  private step = 0;

  constructor(
    private readonly learner: Learner,
    private readonly request: Request,
    private readonly run: TrainingRun,
    private readonly report: (progress: TrainRunProgress) => void,
    private readonly signal: AbortSignal | undefined,
  ) {
    const { options, train, seed } = request;
    this.random = randomOf(seed, 'order');
    this.optimizer = new AdamW(learner.learned, options.weightDecay);
    this.steps = options.epochs * Math.ceil(train.length / options.batchSize);
  }

  /** One pass over the training sentences. */
  async epoch(): Promise<Figures> {
    const { train, options } = this.request;
    let [loss, right] = [0, 0];
    for (const batch of epochBatches(train, options.batchSize, this.random)) {
      const outcome = await this.learn(batch);
      loss += outcome.loss * batch.length;
      right += accuracyOf(batch, outcome).accuracy * batch.length;
    }
    return { loss: loss / train.length, accuracy: right / train.length };
  }

  private async learn(batch: readonly EncodedSentence[]): Promise<Outcome> {
    const { options, arm } = this.request;
    // Lets what came meanwhile be heard, a cancel above all: the runs themselves block the thread.
    await new Promise(setImmediate);
    throwIfAborted(this.signal);
    const outcome = await this.learner.step(batch);
    this.step++;
    const norm = globalNorm(outcome.gradients);
    if (!Number.isFinite(outcome.loss) || !Number.isFinite(norm)) throw diverged(this.step);
    const peak = options.learningRate * (arm === 'scratch' ? options.scratchRate : 1);
    const rate = scheduledRate(peak, this.step, this.steps, options.warmup);
    this.optimizer.step(outcome.gradients, rate, clipScale(norm, options.clipNorm));
    this.run.stepLosses.push(outcome.loss);
    this.report({ step: this.step, loss: outcome.loss });
    return outcome;
  }

  /** Measures the test sentences, and reports the epoch. */
  async record(epoch: number, train: Figures, test: readonly EncodedSentence[]): Promise<void> {
    const outcome = await this.learner.predict(test);
    const { loss, accuracy } = accuracyOf(test, outcome);
    if (!Number.isFinite(loss)) throw diverged(this.step);
    const figures: EpochFigures = {
      ...{ epoch, trainLoss: train.loss, trainAccuracy: train.accuracy },
      ...{ testLoss: loss, testAccuracy: accuracy },
    };
    this.run.epochs.push(figures);
    this.run.after = outcome.predicted;
    this.report({ figures, predicted: outcome.predicted });
  }
}

function accuracyOf(sentences: readonly EncodedSentence[], { loss, predicted }: Outcome): Figures {
  const right = sentences.filter(({ label }, i) => predicted[i] === label).length;
  return { loss, accuracy: right / sentences.length };
}

function diverged(step: number): ProbeError {
  return new ProbeError(
    'runtime',
    l10n.t`The loss was no longer a number after step ${step}: the training diverged. Lower the learning rate and train again.`,
  );
}
