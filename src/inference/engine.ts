import { randomUUID } from 'node:crypto';
import { fingerprint } from '../models/fingerprint';
import { readTask } from '../models/labels';
import { findModelFiles } from '../models/opening';
import { readSpecialTokens } from '../models/specialTokens';
import type { AttributionMethods } from '../shared/attributionRequests';
import { stateGeometry } from '../numeric/states';
import type { EmbeddingMethods } from '../shared/embeddings';
import { ProbeError } from '../shared/errors';
import type {
  EncodeRequest,
  Encoding,
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
import { encodeRequest, textsOfIds, tokenizerOf, tokensOfIds } from './encoding';
import { explainSteps } from './generation/explain';
import { Generator } from './generation/generate';
import { promptOf, rulesOf } from './generation/prompt';
import { NOTHING } from './generation/step';
import type { OpenBackward } from './gradients';
import { headParts } from './headParts';
import { predictMasked } from './masked';
import { openModel } from './openModel';
import type { OpenModel } from './openModel';
import { stampOf } from './parts';
import { readPredictions } from './predictions';
import { runModel, SEPARATOR, tapBlock, throwIfAborted } from './runner';
import type { RunOptions } from './runner';
import { SessionCache } from './sessions';
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

const MAX_MODELS = 3;
// The three families at once, each with and without taps: two sessions for each graph.
const MAX_SESSIONS = 8;
const MAX_GRADIENTS = 4;
const DISK_BUDGET_BYTES = 2 * 2 ** 30;

/**
 * Opens models, runs them and keeps what comes out, in this process. Native runs block the thread and cannot be
 * interrupted: aborting takes effect between them.
 */
export class Engine implements Inference {
  /** Least recently used first. */
  private readonly models = new Map<string, OpenModel>();
  private readonly sessions = new SessionCache(MAX_SESSIONS);
  private readonly gradients = new SessionCache<OpenBackward>(MAX_GRADIENTS);
  private readonly store: RunStore;
  private readonly trainer: Trainer;
  private readonly generator = new Generator();
  private readonly reported = new Set<string>();
  /** Settles when nothing computes any more. */
  private turn: Promise<unknown> = Promise.resolve();

  private readonly handlers: Handlers;

  private readonly own: Omit<Handlers, keyof ReturnType<typeof analyses>> = {
    open: (params, signal) => this.exclusively(signal, () => this.open(params, signal)),
    encode: (params, signal) => this.exclusively(signal, () => this.encode(params, signal)),
    generate: (params, signal) => this.exclusively(signal, () => this.generate(params, signal)),
    generationSteps: (params, signal) => this.exclusively(signal, () => this.generationSteps(params, signal)),
    decoderStart: (params, signal) =>
      this.exclusively(
        signal,
        async () => promptOf(await this.opened(params.model, signal), []).decoder ?? [],
      ),
    fingerprint: (params, signal) =>
      this.exclusively(signal, async () =>
        fingerprint((await this.opened(params.model, signal)).folder, signal),
      ),
    spell: (params, signal) =>
      this.exclusively(signal, async () => tokensOfIds(await this.opened(params.model, signal), params.ids)),
    run: (params, signal) => this.exclusively(signal, () => this.run(params, signal)),
    subLayers: (params, signal) => this.exclusively(signal, () => this.subLayers(params, signal)),
    train: (params, signal, onProgress) =>
      this.exclusively(signal, async () =>
        this.trainer.train(await this.opened(params.model, signal), params, onProgress ?? ignore, signal),
      ),
    baseline: (params, signal) =>
      this.exclusively(signal, async () =>
        this.trainer.baseline(await this.opened(params.model, signal), params),
      ),
    specialTokens: (params, signal) => this.exclusively(signal, () => this.specialTokens(params, signal)),
    taskFacts: (params, signal) =>
      this.exclusively(signal, async () => readTask((await this.opened(params.model, signal)).folder)),
    predictions: (params, signal) => this.exclusively(signal, () => this.predictions(params, signal)),
    maskedPredictions: (params, signal) =>
      this.exclusively(signal, () => this.maskedPredictions(params, signal)),
    overview: ({ runId, side }) => this.store.overview(runId, side),
    head: ({ runId, ...address }) => this.store.head(runId, address),
    cell: (params, signal) => this.exclusively(signal, () => this.cell(params, signal)),
    stateGeometry: async (params) => this.stateGeometry(params),
    headParts: (params, signal) => this.exclusively(signal, () => this.headParts(params, signal)),
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
    await this.closeSessions('');
    await this.trainer.release();
    this.models.clear();
  }

  private async open({ model }: ModelRef, signal?: AbortSignal): Promise<Result<'open'>> {
    const started = performance.now();
    const before = this.models.get(model);
    const opened = await this.opened(model, signal);
    return { facts: opened.facts, openMs: opened === before ? 0 : performance.now() - started };
  }

  private async encode(request: EncodeRequest, signal?: AbortSignal): Promise<Encoding> {
    const model = await this.opened(request.model, signal);
    return encodeRequest(model, request);
  }

  private async generate(
    { model: reference, ids, options, state, ends }: Params<'generate'>,
    signal?: AbortSignal,
  ): Promise<Result<'generate'>> {
    const model = await this.opened(reference, signal);
    checkIds(model.facts, ids, 'token ids');
    const prompt = promptOf(model, ids);
    const rules = rulesOf(model, prompt, options, ends);
    return this.generator.step(model, prompt, state ?? NOTHING, rules, this.runOptions(signal));
  }

  private async generationSteps(
    { model: reference, runId, options, first, ids, end }: Params<'generationSteps'>,
    signal?: AbortSignal,
  ): Promise<Result<'generationSteps'>> {
    const model = await this.opened(reference, signal);
    const logits = this.store.tensor(runId, 'logits');
    return explainSteps(logits, { options, first, ids, end }, (list) => textsOfIds(model, list));
  }

  private async run(
    { model: reference, taps, ...input }: RunRequest,
    signal?: AbortSignal,
  ): Promise<RunSummary> {
    const model = await this.opened(reference, signal);
    const { ids, targetIds } = input;
    checkIds(model.facts, ids, 'token ids');
    if (model.facts.family === 'encoder-decoder') checkIds(model.facts, targetIds ?? [], 'decoder ids');
    checkBudget(model.counts, ids.length, targetIds?.length, this.options.memoryBudgetBytes);
    const started = performance.now();
    const { layers, tensors, provider } = await runModel(model, input, { ...this.runOptions(signal), taps });
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
    const model = await this.opened(reference, signal);
    checkIds(model.facts, input.ids, 'token ids');
    if (model.facts.family === 'encoder-decoder') checkIds(model.facts, input.targetIds ?? [], 'decoder ids');
    const { memoryBudgetBytes } = this.options;
    return measureSubLayers(model, input, { ...this.runOptions(signal), memoryBudgetBytes });
  }

  private async specialTokens({ model: reference }: ModelRef, signal?: AbortSignal) {
    const model = await this.opened(reference, signal);
    if (model.folder.tokenizerPath === null) return {};
    return readSpecialTokens(model.folder, await tokenizerOf(model));
  }

  private async predictions(
    { model: reference, runId, ...request }: Params<'predictions'>,
    signal?: AbortSignal,
  ): Promise<Result<'predictions'>> {
    const model = await this.opened(reference, signal);
    return readPredictions(this.store.tensor(runId, 'logits'), request, (ids) => textsOfIds(model, ids));
  }

  private async maskedPredictions(
    { model: reference, ...request }: Params<'maskedPredictions'>,
    signal?: AbortSignal,
  ): Promise<Result<'maskedPredictions'>> {
    const model = await this.opened(reference, signal);
    const { mask } = await this.specialTokens({ model: reference }, signal);
    return predictMasked(model, request, mask?.id ?? null, this.runOptions(signal));
  }

  /** Recomputed from the run's own input: queries and keys of all layers take more room than their weights. */
  private async cell({ runId, ...address }: Params<'cell'>, signal?: AbortSignal): Promise<Result<'cell'>> {
    const { input } = await this.store.source(runId);
    if (!input) {
      throw new ProbeError('input', 'This result was kept by an earlier version. Run the analysis again.');
    }
    const { weights } = await this.store.head(runId, address);
    const model = await this.opened(input.model, signal);
    const taps = await tapBlock(model, input, address, this.runOptions(signal));
    return explainCell(address, taps, weights);
  }

  private async headParts(
    { model: reference, ...request }: Params<'headParts'>,
    signal?: AbortSignal,
  ): Promise<Result<'headParts'>> {
    const model = await this.opened(reference, signal);
    const { ids, targetIds } = request;
    checkIds(model.facts, ids, 'token ids');
    checkBudget(model.counts, ids.length, targetIds?.length, this.options.memoryBudgetBytes);
    return headParts(model, request, this.runOptions(signal));
  }

  private attribution<M extends keyof AttributionMethods>(
    method: M,
    params: AttributionMethods[M][0],
    signal?: AbortSignal,
  ): Promise<AttributionMethods[M][1]> {
    return this.exclusively(signal, async () => {
      const model = await this.opened(params.model, signal);
      const { memoryBudgetBytes } = this.options;
      const options = { ...this.runOptions(signal), gradients: this.gradients, memoryBudgetBytes };
      return ATTRIBUTION[method](model, params, options);
    });
  }

  private embedding<M extends keyof EmbeddingMethods>(
    method: M,
    params: EmbeddingMethods[M][0],
    signal?: AbortSignal,
  ): Promise<EmbeddingMethods[M][1]> {
    return this.exclusively(signal, async () => {
      const model = await this.opened(params.model, signal);
      const { memoryBudgetBytes } = this.options;
      return EMBEDDINGS[method](model, params, { ...this.runOptions(signal), memoryBudgetBytes });
    });
  }

  private async status(): Promise<Result<'status'>> {
    const { kept: runs, keptBytes } = this.store;
    const budgetBytes = this.options.memoryBudgetBytes;
    const residentBytes = process.memoryUsage.rss();
    // maxRSS is in kilobytes.
    const peakBytes = Math.max(residentBytes, process.resourceUsage().maxRSS * 1024);
    const models = [...this.models.keys()];
    return { models, runs, keptBytes, budgetBytes, pid: process.pid, residentBytes, peakBytes };
  }

  /** The model, opened now or before; opened again if its files changed. */
  private async opened(reference: string, signal?: AbortSignal): Promise<OpenModel> {
    const known = this.models.get(reference);
    const fresh = known !== undefined && (await stampOf(known.folder)) === known.stamp;
    if (known && !fresh) await this.closeSessions(known.key + SEPARATOR);
    const model = fresh ? known : await this.openAnew(reference, signal);
    this.models.delete(reference);
    this.models.set(reference, model);
    for (const [oldest, { key }] of this.models) {
      if (this.models.size <= MAX_MODELS) break;
      this.models.delete(oldest);
      await this.closeSessions(key + SEPARATOR);
    }
    return model;
  }

  private async openAnew(reference: string, signal?: AbortSignal): Promise<OpenModel> {
    const folder = await findModelFiles(reference, this.options);
    try {
      return await openModel(folder, this.runOptions(signal));
    } catch (error) {
      await this.closeSessions(folder.id + SEPARATOR);
      throw error;
    }
  }

  private async closeSessions(prefix: string): Promise<void> {
    await this.sessions.closeAll(prefix);
    await this.gradients.closeAll(prefix);
  }

  private runOptions(signal?: AbortSignal): RunOptions {
    const { threads, provider } = this.options;
    return { sessions: this.sessions, threads, provider, signal };
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
