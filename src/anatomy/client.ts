import * as l10n from '@vscode/l10n';
import { Worker } from 'node:worker_threads';
import { ProbeError } from '../shared/errors';
import { Rpc } from '../shared/rpc';
import type { ModelFiles } from './files';
import { FileServer } from './served';
import type { AnatomyMethods, ModelPlace, OpenedAnatomy, ServingMethods, WorkerData } from './wire';

/** Models that are read from files of the caller, instead of from a place that the worker can reach by itself. */
export interface ServedPlace {
  kind: 'files';
  files: ModelFiles;
  path: string | null;
}

type AskMethod = Exclude<keyof AnatomyMethods, 'open' | 'tensors' | 'close'>;

/** Memory that a header may take once it is parsed: far above any real one. */
const MEMORY_MB = 2048;
const IDLE_MS = 10_000;
/** Tensors that come in one message: a few milliseconds' work for who takes it. */
const PART = 1000;

/**
 * The anatomy worker, seen from the thread that must not stand still. It starts with the first request and ends a while
 * after the last model was closed. A worker that breaks down rejects what it was asked; the next request starts another.
 */
export class AnatomyClient {
  private worker: RunningWorker | null = null;
  private opened = 0;
  private idle: NodeJS.Timeout | undefined;

  constructor(
    private readonly entry: string,
    private readonly memoryMb = MEMORY_MB,
    private readonly data: WorkerData = {},
  ) {}

  /** Opens a model. `id` stands for its place in the key; `close` has to follow. Throws ProbeError. */
  async open(id: string, place: ModelPlace | ServedPlace, signal?: AbortSignal): Promise<OpenedAnatomy> {
    const worker = this.running();
    this.opened++;
    try {
      return await worker.open(id, place, signal);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  async close(key: string): Promise<void> {
    await this.worker?.rpc.request('close', { key }).catch(() => undefined);
    this.release();
  }

  /** Asks something about open models. Aborting stops the work. Rejects with a ProbeError. */
  ask<M extends AskMethod>(
    method: M,
    params: AnatomyMethods[M][0],
    signal?: AbortSignal,
    onProgress?: (progress: unknown) => void,
  ): Promise<AnatomyMethods[M][1]> {
    return this.running().rpc.request(method, params, signal, onProgress);
  }

  async dispose(): Promise<void> {
    clearTimeout(this.idle);
    const { worker } = this;
    this.worker = null;
    await worker?.end();
  }

  private running(): RunningWorker {
    clearTimeout(this.idle);
    if (!this.worker || this.worker.hasEnded)
      this.worker = new RunningWorker(this.entry, this.memoryMb, this.data);
    return this.worker;
  }

  private release(): void {
    if (--this.opened > 0) return;
    clearTimeout(this.idle);
    this.idle = setTimeout(() => void this.dispose(), IDLE_MS);
    this.idle.unref();
  }
}

/** One worker and the wire to it. */
class RunningWorker {
  readonly rpc: Rpc<AnatomyMethods, Record<never, never>, ServingMethods>;
  hasEnded = false;
  private readonly worker: Worker;
  private readonly server = new FileServer();

  constructor(entry: string, memoryMb: number, workerData: WorkerData) {
    const resourceLimits = { maxOldGenerationSizeMb: memoryMb };
    this.worker = new Worker(entry, { resourceLimits, workerData });
    this.rpc = new Rpc((message) => this.worker.postMessage(message), this.server.handlers, {});
    this.worker.on('message', (message: unknown) => this.rpc.receive(message));
    this.worker.on('error', (error) => this.close(brokeDown(error, memoryMb)));
    this.worker.on('exit', () => this.close(new ProbeError('cancelled', l10n.t('The model was closed.'))));
    this.worker.unref();
  }

  async open(id: string, place: ModelPlace | ServedPlace, signal?: AbortSignal): Promise<OpenedAnatomy> {
    const { tensors, ...opened } =
      place.kind === 'files'
        ? await this.openServed(id, place, signal)
        : await this.rpc.request('open', { id, place }, signal);
    for (let from = 0; from < tensors; from += PART) {
      const part = await this.rpc.request('tensors', { key: opened.key, from, to: from + PART });
      for (const tensor of part) opened.anatomy.tensors.push(tensor);
    }
    return opened;
  }

  private async openServed(id: string, { files, path }: ServedPlace, signal?: AbortSignal) {
    const number = this.server.add(files);
    const place: ModelPlace = { kind: 'served', files: number, name: files.name, path };
    try {
      return await this.rpc.request('open', { id, place }, signal);
    } finally {
      this.server.remove(number);
    }
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private close(reason: ProbeError): void {
    this.hasEnded = true;
    this.rpc.dispose(reason);
    this.server.clear();
  }
}

function brokeDown(error: Error, memoryMb: number): ProbeError {
  const isMemory = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
  return new ProbeError(
    isMemory ? 'model' : 'runtime',
    isMemory
      ? l10n.t`What the file says of itself takes more than ${memoryMb} MB of memory, so it is not opened.`
      : l10n.t(
          'Reading the model broke down unexpectedly. Open it again; if that does not help, please report it.',
        ),
  );
}
