import * as l10n from '@vscode/l10n';
import { ProbeError, toErrorMessage } from '../shared/errors';
import type { Inference } from '../shared/inference';
import type { ModelFacts } from '../shared/model';
import type {
  EncodedSentence,
  LabeledSentence,
  TrainingArm,
  TrainingRequest,
  TrainingResult,
  TrainingRun,
  TrainRunProgress,
} from '../shared/training';
import { checkOptions } from './training/options';
import { gapsOf, sentenceOutcomes, summarizeArm } from './training/summary';
import { verdictOf } from './training/verdict';

export { loadTrainingData } from './training/load';

export interface CompareOptions {
  signal?: AbortSignal;
  /** Gets the whole result so far: after each epoch, and between them not more often than every 100 ms. */
  onSnapshot?: (result: TrainingResult) => void;
}

const SNAPSHOT_MS = 100;

/**
 * Trains a model in several ways on the same sentences, seed by seed and in each seed arm by arm, so that the curves grow
 * side by side. Rejects for options out of their limits only; whatever stops the training later is in the result, with
 * everything that was computed before.
 */
export async function compareTraining(
  inference: Inference,
  request: TrainingRequest,
  { signal, onSnapshot }: CompareOptions = {},
): Promise<TrainingResult> {
  checkOptions(request.options);
  const comparison = new Comparison(inference, request, signal, onSnapshot);
  return comparison.run();
}

interface Encoded {
  train: EncodedSentence[];
  test: EncodedSentence[];
}

class Comparison {
  private readonly started = performance.now();
  private lastSnapshot = -Infinity;
  private result: TrainingResult;
  private readonly runs: TrainingRun[] = [];
  private counts = new Map<TrainingArm, { trainable: number; parameters: number }>();

  constructor(
    private readonly inference: Inference,
    private readonly request: TrainingRequest,
    private readonly signal: AbortSignal | undefined,
    private readonly onSnapshot: CompareOptions['onSnapshot'],
  ) {
    this.result = emptyResult(request);
  }

  async run(): Promise<TrainingResult> {
    try {
      const facts = await this.open();
      const encoded = await this.encode(facts);
      await this.train(encoded);
      await this.measureFeatures(encoded);
      this.finish('finished');
    } catch (error) {
      const isCancel = error instanceof ProbeError && error.code === 'cancelled';
      this.result.error = isCancel ? null : toErrorMessage(error);
      this.finish(isCancel ? 'cancelled' : 'failed');
    }
    return this.result;
  }

  private async open(): Promise<ModelFacts> {
    this.stage('Opening the model');
    const { model } = this.request;
    const { facts } = await this.inference.request('open', { model }, this.signal);
    this.result.model = facts;
    return facts;
  }

  private async encode(facts: ModelFacts): Promise<Encoded> {
    this.stage('Tokenizing');
    const { train, test } = this.request.data;
    const limit = Math.min(this.request.options.maxTokens, facts.maxTokens ?? Infinity);
    let cut = 0;
    const encodeAll = async (sentences: LabeledSentence[]) => {
      const encoded: EncodedSentence[] = [];
      for (const sentence of sentences) {
        const one = await this.encodeOne(sentence, limit);
        if (one.isCut) cut++;
        encoded.push(one.sentence);
      }
      return encoded;
    };
    const encoded = { train: await encodeAll(train), test: await encodeAll(test) };
    if (cut > 0) {
      this.result.notices.push(
        cut === 1
          ? l10n.t`1 sentence is longer than ${limit} tokens; only their first ${limit} are read.`
          : l10n.t`${cut} sentences are longer than ${limit} tokens; only their first ${limit} are read.`,
      );
    }
    return encoded;
  }

  private async encodeOne({ text, label }: LabeledSentence, limit: number) {
    const { model } = this.request;
    const segments = [{ text, offset: 0 }];
    const encoding = await this.inference.request(
      'encode',
      { model, segments, overflow: 'first' },
      this.signal,
    );
    const { tokens, typeIds } = encoding;
    const kept = shortened(tokens, limit);
    const ids = kept.map((i) => (tokens[i] as (typeof tokens)[number]).id);
    const types = kept.map((i) => typeIds[i] ?? 0);
    const isCut = encoding.window !== undefined || kept.length < tokens.length;
    return { sentence: { ids, typeIds: types, label }, isCut };
  }

  private async train(encoded: Encoded): Promise<void> {
    const { options } = this.request;
    for (let seed = 0; seed < options.seeds; seed++) {
      for (const arm of options.arms) await this.trainOne(arm, seed, encoded);
    }
  }

  private async trainOne(arm: TrainingArm, seed: number, encoded: Encoded): Promise<void> {
    const { model, options, data, saveTo } = this.request;
    this.stage('Training', arm, seed);
    const place = this.runs.push(newRun(arm, seed)) - 1;
    const isSaved = saveTo !== undefined && seed === 0 && arm === this.savedArm;
    const request = { model, arm, seed, options, labels: data.labels, ...encoded };
    const answer = await this.inference.request(
      'train',
      { ...request, ...(isSaved && { saveTo }) },
      this.signal,
      (progress) => this.follow(place, progress),
    );
    this.runs[place] = answer.run;
    this.result.pooling = answer.pooling;
    this.counts.set(arm, { trainable: answer.trainable, parameters: answer.parameters });
    if (isSaved) this.result.saved = { directory: saveTo, arm, seed };
    this.snapshot(true);
  }

  private get savedArm(): TrainingArm | undefined {
    const { arms } = this.request.options;
    return arms.includes('pretrained') ? 'pretrained' : arms[0];
  }

  /** Writes a report into the run that it belongs to. */
  private follow(place: number, progress: TrainRunProgress): void {
    const run = this.runs[place] as TrainingRun;
    const { progress: state } = this.result;
    if ('loss' in progress) {
      run.stepLosses.push(progress.loss);
      state.step++;
      state.loss = progress.loss;
      return this.snapshot(false);
    }
    // Epoch 0 comes again where the work started over in another process.
    if (progress.figures.epoch === 0) this.startOver(place, progress.predicted);
    const current = this.runs[place] as TrainingRun;
    current.epochs.push(progress.figures);
    current.after = progress.predicted;
    state.epoch = progress.figures.epoch;
    this.snapshot(true);
  }

  private startOver(place: number, before: number[]): void {
    const { arm, seed, stepLosses } = this.runs[place] as TrainingRun;
    this.result.progress.step -= stepLosses.length;
    this.runs[place] = { ...newRun(arm, seed), before };
  }

  private async measureFeatures(encoded: Encoded): Promise<void> {
    this.stage('Measuring the features');
    const { model, data } = this.request;
    const { layers } = this.request.options;
    const request = { model, layers, classes: data.labels.length, ...encoded };
    this.result.baseline = await this.inference.request('baseline', request, this.signal);
  }

  private finish(state: TrainingResult['state']): void {
    this.result.state = state;
    this.stage('Done');
  }

  private stage(
    stage: TrainingResult['progress']['stage'],
    arm: TrainingArm | null = null,
    seed: number | null = null,
  ): void {
    this.result.progress = { ...this.result.progress, stage, arm, seed, epoch: 0 };
    this.snapshot(true);
  }

  private snapshot(isDue: boolean): void {
    const now = performance.now();
    if (!isDue && now - this.lastSnapshot < SNAPSHOT_MS) return;
    this.lastSnapshot = now;
    this.result = this.summarized(now);
    this.onSnapshot?.(this.result);
  }

  private summarized(now: number): TrainingResult {
    const { options, data } = this.request;
    const arms = options.arms.map((arm) => {
      const runs = this.runs.filter((run) => run.arm === arm);
      const counts = this.counts.get(arm) ?? { trainable: 0, parameters: 0 };
      return summarizeArm(arm, runs.map(copied), counts);
    });
    const gaps = gapsOf(arms, data.test);
    const expected = options.arms.length * options.seeds;
    const finished = this.runs.filter((run) => run.finished).length === expected;
    const facts = { testSentences: data.test.length, arms: options.arms, finished };
    return {
      ...this.result,
      arms,
      gaps,
      sentences: sentenceOutcomes(arms, data.test),
      verdict: verdictOf({ ...facts, gap: gaps[0] ?? null }),
      notices: [...this.result.notices],
      progress: { ...this.result.progress, elapsedMs: now - this.started },
    };
  }
}

/** Positions that are kept of too many tokens: the first ones, and special tokens at the end. */
function shortened(tokens: readonly { special: boolean }[], limit: number): number[] {
  const all = tokens.map((_, i) => i);
  if (tokens.length <= limit) return all;
  let ending = 0;
  while (ending < limit && tokens[tokens.length - 1 - ending]?.special) ending++;
  return [...all.slice(0, limit - ending), ...all.slice(tokens.length - ending)];
}

function copied(run: TrainingRun): TrainingRun {
  return { ...run, epochs: [...run.epochs], stepLosses: [...run.stepLosses] };
}

function newRun(arm: TrainingArm, seed: number): TrainingRun {
  const nothing = { epochs: [], stepLosses: [], before: [], after: [], similarity: null };
  return { arm, seed, ...nothing, runMs: 0, finished: false };
}

function emptyResult({ data, options }: TrainingRequest): TrainingResult {
  const { epochs, batchSize, seeds, arms } = options;
  const steps = epochs * Math.ceil(data.train.length / batchSize) * seeds * arms.length;
  return {
    ...{ model: null, data, options, pooling: null, arms: [], baseline: null, gaps: [], sentences: [] },
    verdict: verdictOf({ testSentences: data.test.length, arms, gap: null, finished: false }),
    notices: [...data.notices],
    ...{ state: 'running', error: null, saved: null },
    progress: {
      ...{ stage: 'Opening the model', arm: null, seed: null, epoch: 0, step: 0, steps },
      ...{ loss: null, elapsedMs: 0 },
    },
    createdAt: new Date().toISOString(),
  };
}
