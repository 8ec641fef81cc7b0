import * as l10n from '@vscode/l10n';
import { randomUUID } from 'node:crypto';
import { fingerprint } from '../models/fingerprint';
import { readTask } from '../models/labels';
import type { AttributionMethods } from '../shared/attributionRequests';
import { stateGeometry } from '../numeric/states';
import type { EmbeddingMethods } from '../shared/embeddings';
import { ProbeError } from '../shared/errors';
import type {
  Inference,
  InferenceMethod,
  InferenceMethods,
  ModelRef,
  ProgressOf,
  RunRequest,
  RunSummary,
} from '../shared/inference';
import { PROVIDER_NAMES, type ProviderUse } from '../shared/provider';
import { analyses } from './analysis';
import { ATTRIBUTION } from './attribution/handlers';
import { checkBudget } from './budget';
import { explainCell } from './cell';
import { checkIds } from './checks';
import { EMBEDDINGS } from './embeddings/handlers';
import { encodeRequest, specialTokensOf, textsOfIds, tokensOfIds } from './encoding';
import { explainSteps } from './generation/explain';
import { Generator } from './generation/generate';
import { promptOf, rulesOf } from './generation/prompt';
import { NOTHING } from './generation/step';
import { headParts } from './headParts';
import { predictMasked } from './masked';
import type { OpenModel } from './openModel';
import { OpenModels } from './openModels';
import { readPredictions } from './predictions';
import { runModel, tapBlock, throwIfAborted } from './runner';
import { RunStore } from './store';
import { withoutWeights } from './tiles';
import { measureSubLayers } from './subLayers';
import { Trainer } from './training/trainer';
import type { ProcessOptions } from './wire';

export interface EngineOptions extends ProcessOptions {
  log(message: string): void;
}

type Params<M extends InferenceMethod> = InferenceMethods[M][0];
type Result<M extends InferenceMethod> = InferenceMethods[M][1];
type Handlers = {
  [M in InferenceMethod]: (
    params: Params<M>,
    signal?: AbortSignal,
    onProgress?: (progress: ProgressOf<M>) => void,
  ) => Promise<Result<M>>;
};

const DISK_BUDGET_BYTES = 2 * 2 ** 30;

/**
 * Opens models, runs them and keeps what comes out, in this process. Native runs block the thread and cannot be
 * interrupted: aborting takes effect between them.
 */
export class Engine implements Inference {
  private readonly models: OpenModels;
  private readonly store: RunStore;
  private readonly trainer: Trainer;
  private readonly generator = new Generator();
  private readonly reported = new Set<string>();
  /** Settles when nothing computes any more. */
  private turn: Promise<unknown> = Promise.resolve();

  private readonly handlers: Handlers;

  private readonly own: Omit<Handlers, keyof ReturnType<typeof analyses>> = {
    open: (params, signal) => this.exclusively(signal, () => this.open(params, signal)),
    encode: (params, signal) => this.onModel(params, signal, (model) => encodeRequest(model, params)),
    generate: (params, signal) =>
      this.onModel(params, signal, (model) => this.generate(model, params, signal)),
    generationSteps: (params, signal) =>
      this.onModel(params, signal, (model) => this.generationSteps(model, params)),
    decoderStart: (params, signal) =>
      this.onModel(params, signal, (model) => promptOf(model, []).decoder ?? []),
    fingerprint: (params, signal) =>
      this.onModel(params, signal, (model) => fingerprint(model.folder, signal)),
    spell: (params, signal) => this.onModel(params, signal, (model) => tokensOfIds(model, params.ids)),
    run: (params, signal) => this.onModel(params, signal, (model) => this.run(model, params, signal)),
    subLayers: (params, signal) => this.exclusively(signal, () => this.subLayers(params, signal)),
    train: (params, signal, onProgress) =>
      this.onModel(params, signal, (model) =>
        this.trainer.train(model, params, onProgress ?? ignore, signal),
      ),
    baseline: (params, signal) =>
      this.onModel(params, signal, (model) => this.trainer.baseline(model, params)),
    specialTokens: (params, signal) => this.onModel(params, signal, specialTokensOf),
    taskFacts: (params, signal) => this.onModel(params, signal, (model) => readTask(model.folder)),
    predictions: (params, signal) => this.onModel(params, signal, (model) => this.predictions(model, params)),
    maskedPredictions: (params, signal) =>
      this.onModel(params, signal, (model) => this.maskedPredictions(model, params, signal)),
    overview: ({ runId, side }) => this.store.overview(runId, side),
    head: ({ runId, ...address }) => this.store.head(runId, address),
    cell: (params, signal) => this.exclusively(signal, () => this.cell(params, signal)),
    stateGeometry: async (params) => this.stateGeometry(params),
    headParts: (params, signal) =>
      this.onModel(params, signal, (model) => this.headParts(model, params, signal)),
    tensor: async ({ runId, name }) => this.store.tensor(runId, name),
    forget: async ({ runId }) => (await this.store.forget(runId), null),
    status: async () => this.status(),
    tokenize: (params, signal) => this.embedding('tokenize', params, signal),
    firstLayer: (params, signal) => this.embedding('firstLayer', params, signal),
    neighbors: (params, signal) => this.embedding('neighbors', params, signal),
    projection: (params, signal) => this.embedding('projection', params, signal),
    pooled: (params, signal) => this.embedding('pooled', params, signal),
    predictionFacts: (params, signal) => this.attribution('predictionFacts', params, signal),
    predict: (params, signal) => this.attribution('predict', params, signal),
    outputsOf: (params, signal) => this.attribution('outputsOf', params, signal),
    pathGradients: (params, signal) => this.attribution('pathGradients', params, signal),
    attentionGradients: (params, signal) => this.attribution('attentionGradients', params, signal),
    attentionRows: (params, signal) => this.attribution('attentionRows', params, signal),
  };

  constructor(private readonly options: EngineOptions) {
    const { diskBudgetBytes = DISK_BUDGET_BYTES, ...rest } = options;
    this.models = new OpenModels(options);
    this.store = new RunStore({ ...rest, diskBudgetBytes });
    const { memoryBudgetBytes: budgetBytes, threads } = options;
    this.trainer = new Trainer({ budgetBytes, threads });
    this.handlers = { ...this.own, ...analyses(this.store) };
  }

  request<M extends InferenceMethod>(
    method: M,
    params: Params<M>,
    signal?: AbortSignal,
    onProgress?: (progress: ProgressOf<M>) => void,
  ): Promise<Result<M>> {
    return this.handlers[method](params, signal, onProgress);
  }

  /** Resolves when no request computes. */
  async settled(): Promise<void> {
    await this.turn.catch(() => undefined);
  }

  /** Finishes writing results and closes every session. */
  async close(): Promise<void> {
    await this.settled();
    await this.store.settled();
    await this.models.close();
    await this.trainer.release();
  }

  private async open({ model }: ModelRef, signal?: AbortSignal): Promise<Result<'open'>> {
    const started = performance.now();
    const before = this.models.known(model);
    const opened = await this.models.get(model, signal);
    return { facts: opened.facts, openMs: opened === before ? 0 : performance.now() - started };
  }

  private generate(
    model: OpenModel,
    { ids, options, state, ends }: Params<'generate'>,
    signal?: AbortSignal,
  ): Promise<Result<'generate'>> {
    checkIds(model.facts, ids, 'token ids');
    const prompt = promptOf(model, ids);
    const rules = rulesOf(model, prompt, options, ends);
    return this.generator.step(model, prompt, state ?? NOTHING, rules, this.models.runOptions(signal));
  }

  private generationSteps(
    model: OpenModel,
    { runId, options, first, ids, end }: Params<'generationSteps'>,
  ): Promise<Result<'generationSteps'>> {
    const logits = this.store.tensor(runId, 'logits');
    return explainSteps(logits, { options, first, ids, end }, (list) => textsOfIds(model, list));
  }

  private async run(
    model: OpenModel,
    { model: reference, taps, ...input }: RunRequest,
    signal?: AbortSignal,
  ): Promise<RunSummary> {
    const { ids, targetIds } = input;
    checkIds(model.facts, ids, 'token ids');
    if (model.facts.family === 'encoder-decoder') checkIds(model.facts, targetIds ?? [], 'decoder ids');
    checkBudget(model.counts, ids.length, targetIds?.length, this.options.memoryBudgetBytes);
    const started = performance.now();
    const { layers, tensors, provider } = await runModel(model, input, {
      ...this.models.runOptions(signal),
      taps,
    });
    this.report(provider);
    const runMs = performance.now() - started;
    const runId = randomUUID();
    this.store.add({ runId, layers, tensors, input: { model: reference, ...input } });
    return {
      runId,
      layers: layers.map(withoutWeights),
      tensors: tensors.map(({ name, shape }) => ({ name, shape })),
      runMs,
      provider,
    };
  }

  /** Says once why the provider that was asked for is not used. */
  private report({ refused }: ProviderUse): void {
    if (!refused) return;
    const line = `${PROVIDER_NAMES[refused.provider]} is not used, the CPU computes: ${refused.reason}`;
    if (!this.reported.has(line)) this.options.log(line);
    this.reported.add(line);
  }

  private stateGeometry({ runId, stack, ...request }: Params<'stateGeometry'>): Result<'stateGeometry'> {
    const names = this.store.names(runId).filter((name) => name.startsWith(`${stack}.hidden.`));
    return stateGeometry(
      names.map((name) => this.store.tensor(runId, name)),
      request,
    );
  }

  private async subLayers(
    { model: reference, ...input }: Params<'subLayers'>,
    signal?: AbortSignal,
  ): Promise<Result<'subLayers'>> {
    const model = await this.models.get(reference, signal);
    checkIds(model.facts, input.ids, 'token ids');
    if (model.facts.family === 'encoder-decoder') checkIds(model.facts, input.targetIds ?? [], 'decoder ids');
    const { memoryBudgetBytes } = this.options;
    return measureSubLayers(model, input, { ...this.models.runOptions(signal), memoryBudgetBytes });
  }

  private predictions(
    model: OpenModel,
    { runId, ...request }: Params<'predictions'>,
  ): Promise<Result<'predictions'>> {
    return readPredictions(this.store.tensor(runId, 'logits'), request, (ids) => textsOfIds(model, ids));
  }

  private async maskedPredictions(
    model: OpenModel,
    request: Params<'maskedPredictions'>,
    signal?: AbortSignal,
  ): Promise<Result<'maskedPredictions'>> {
    const { mask } = await specialTokensOf(model);
    return predictMasked(model, request, mask?.id ?? null, this.models.runOptions(signal));
  }

  /** Recomputed from the run's own input: queries and keys of all layers take more room than their weights. */
  private async cell({ runId, ...address }: Params<'cell'>, signal?: AbortSignal): Promise<Result<'cell'>> {
    const { input } = await this.store.source(runId);
    if (!input) {
      throw new ProbeError(
        'input',
        l10n.t('This result was kept by an earlier version. Run the analysis again.'),
      );
    }
    const { weights } = await this.store.head(runId, address);
    const model = await this.models.get(input.model, signal);
    const taps = await tapBlock(model, input, address, this.models.runOptions(signal));
    return explainCell(address, taps, weights);
  }

  private headParts(
    model: OpenModel,
    request: Params<'headParts'>,
    signal?: AbortSignal,
  ): Promise<Result<'headParts'>> {
    const { ids, targetIds } = request;
    checkIds(model.facts, ids, 'token ids');
    checkBudget(model.counts, ids.length, targetIds?.length, this.options.memoryBudgetBytes);
    return headParts(model, request, this.models.runOptions(signal));
  }

  private attribution<M extends keyof AttributionMethods>(
    method: M,
    params: AttributionMethods[M][0],
    signal?: AbortSignal,
  ): Promise<AttributionMethods[M][1]> {
    const { memoryBudgetBytes } = this.options;
    const { gradients } = this.models;
    const options = { ...this.models.runOptions(signal), gradients, memoryBudgetBytes };
    return this.onModel(params, signal, (model) => ATTRIBUTION[method](model, params, options));
  }

  private embedding<M extends keyof EmbeddingMethods>(
    method: M,
    params: EmbeddingMethods[M][0],
    signal?: AbortSignal,
  ): Promise<EmbeddingMethods[M][1]> {
    const { memoryBudgetBytes } = this.options;
    const options = { ...this.models.runOptions(signal), memoryBudgetBytes };
    return this.onModel(params, signal, (model) => EMBEDDINGS[method](model, params, options));
  }

  private async status(): Promise<Result<'status'>> {
    const { kept: runs, keptBytes } = this.store;
    const budgetBytes = this.options.memoryBudgetBytes;
    const residentBytes = process.memoryUsage.rss();
    // maxRSS is in kilobytes.
    const peakBytes = Math.max(residentBytes, process.resourceUsage().maxRSS * 1024);
    const models = this.models.names;
    return { models, runs, keptBytes, budgetBytes, pid: process.pid, residentBytes, peakBytes };
  }

  private onModel<T>(
    { model }: ModelRef,
    signal: AbortSignal | undefined,
    work: (model: OpenModel) => T | Promise<T>,
  ): Promise<T> {
    return this.exclusively(signal, async () => work(await this.models.get(model, signal)));
  }

  /** Computing goes one request at a time, and starts when earlier results are on disk: it may be killed. */
  private exclusively<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(async () => {
      await this.store.settled();
      throwIfAborted(signal);
      return work();
    });
    this.turn = result.catch(() => undefined);
    return result;
  }
}

function ignore(): void {
  // Nobody listens.
}
