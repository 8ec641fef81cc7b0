import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import type {
  BaselineRequest,
  EncodedSentence,
  FeatureBaseline,
  Layers,
  Pooling,
  TrainRunProgress,
  TrainRunRequest,
  TrainRunResult,
} from '../../shared/training';
import type { OpenModel } from '../openModel';
import { measureBaseline } from './baseline';
import { frozenLearner, wholeLearner } from './learner';
import { trainLearner } from './loop';
import { poolingOf, prepareTraining } from './prepare';
import type { PrepareOptions } from './prepare';
import type { PreparedModel } from './prepared';
import { checkTarget, saveModel } from './save';
import { watchedSentences } from './states';

/** Standard deviation of random weights where config.json says none: that of BERT, GPT-2 and their kin. */
const INITIALIZER_RANGE = 0.02;

interface Kept {
  key: string;
  prepared: PreparedModel;
}

/** Trains models, one run at a time. Keeps the model of the last run prepared for the next one. */
export class Trainer {
  private kept: Kept | undefined;

  constructor(private readonly options: Omit<PrepareOptions, 'pooling' | 'layers'>) {}

  async train(
    model: OpenModel,
    request: TrainRunRequest,
    report: (progress: TrainRunProgress) => void,
    signal?: AbortSignal,
  ): Promise<TrainRunResult> {
    checkSentences(model, [...request.train, ...request.test], request.labels.length);
    const pooling = request.options.pooling ?? poolingOf(model);
    const prepared = await this.prepared(model, pooling, request.options.layers);
    const common = {
      seed: request.seed,
      classes: request.labels.length,
      headRate: request.options.headRate,
      watched: watchedSentences(request.test),
    };
    const range = model.folder.config?.initializerRange ?? INITIALIZER_RANGE;
    const learner =
      request.arm === 'frozen'
        ? await frozenLearner(prepared, common)
        : await wholeLearner(prepared, request.arm, common, range);
    if (request.saveTo !== undefined) await checkTarget(request.saveTo);
    const run = await trainLearner(learner, request, report, signal);
    if (request.saveTo !== undefined) {
      const { weights, head } = learner;
      await saveModel(prepared, model.folder, { weights, head, labels: request.labels }, request.saveTo);
    }
    const trainable = learner.learned.reduce((sum, { values }) => sum + values.length, 0);
    const encoder = learner.weights.reduce((sum, values) => sum + values.length, 0);
    const head = learner.head.weight.length + learner.head.bias.length;
    return { run, pooling, trainable, parameters: encoder + head };
  }

  async baseline(
    model: OpenModel,
    { train, test, classes, layers }: BaselineRequest,
  ): Promise<FeatureBaseline> {
    checkSentences(model, [...train, ...test], classes);
    try {
      return await measureBaseline(await this.prepared(model, 'mean', layers), train, test, classes);
    } finally {
      // A comparison ends with this: its weights are not needed any more.
      await this.release();
    }
  }

  /** Frees the weights and the sessions. */
  async release(): Promise<void> {
    const { kept } = this;
    this.kept = undefined;
    await kept?.prepared.release();
  }

  private async prepared(model: OpenModel, pooling: Pooling, layers: Layers): Promise<PreparedModel> {
    const key = [model.key, model.stamp, pooling, layers].join('\0');
    if (this.kept?.key === key) return this.kept.prepared;
    await this.release();
    const prepared = await prepareTraining(model, { ...this.options, pooling, layers });
    this.kept = { key, prepared };
    return prepared;
  }
}

/** What comes over the wire is checked like any input: ids in the vocabulary, lengths, labels. */
function checkSentences({ facts }: OpenModel, sentences: EncodedSentence[], classes: number): void {
  const { maxTokens, vocabulary } = facts;
  for (const { ids, typeIds, label } of sentences) {
    const fits = ids.length > 0 && ids.length <= (maxTokens ?? Infinity) && typeIds.length === ids.length;
    const known = ids.every((id) => Number.isInteger(id) && id >= 0 && id < (vocabulary ?? Infinity));
    const labeled = Number.isInteger(label) && label >= 0 && label < classes;
    if (!fits || !known || !labeled) {
      throw new ProbeError('input', l10n.t('A sentence to train on does not fit the model. Check the data.'));
    }
  }
}
