import * as l10n from '@vscode/l10n';
import { basename } from 'node:path';
import { stringAt } from '../models/json';
import { ProbeError } from '../shared/errors';
import type { Inference, InferenceMethod, InferenceMethods, ProgressOf } from '../shared/inference';
import { Child } from './child';
import type { ChildOptions } from './child';
import { COMPUTING } from './wire';

export interface ClientOptions extends ChildOptions {
  /** Milliseconds without a request after which the process leaves; the next request starts a new one. */
  idleShutdownMs: number;
}

/** How long a cancelled computation may take to stop by itself before its process is killed. */
const STOP_MS = 50;

/**
 * The engine in a process of its own, of which there is at most one. It starts with the first request. Computing
 * requests go one at a time, so that cancelling one stops nobody else: a native run cannot be interrupted, so its
 * process is killed, and what others had asked meanwhile is asked again of the next process.
 */
export class InferenceClient implements Inference {
  private child: Child | undefined;
  /** Settles when the last computing request has been answered or has stopped. */
  private turn: Promise<unknown> = Promise.resolve();
  private leaving: Promise<void> = Promise.resolve();
  private active = 0;
  private idle: NodeJS.Timeout | undefined;
  private disposed = false;

  constructor(private readonly options: ClientOptions) {}

  /** Process id of the running inference process, if there is one. */
  get pid(): number | undefined {
    return this.child?.ended ? undefined : this.child?.pid;
  }

  async request<M extends InferenceMethod>(
    method: M,
    params: InferenceMethods[M][0],
    signal?: AbortSignal,
    onProgress?: (progress: ProgressOf<M>) => void,
  ): Promise<InferenceMethods[M][1]> {
    clearTimeout(this.idle);
    this.active++;
    try {
      return await (COMPUTING.has(method)
        ? this.compute(method, params, signal, onProgress)
        : this.ask(method, params, signal, onProgress));
    } finally {
      this.active--;
      this.rest();
    }
  }

  /** Lets the process go; requests from now on are refused. */
  dispose(): Promise<void> {
    this.disposed = true;
    clearTimeout(this.idle);
    this.release();
    return this.leaving;
  }

  /** Lets the process go; the next request starts one with the options as they are then. */
  restart(): void {
    this.release();
  }

  private compute<M extends InferenceMethod>(
    method: M,
    params: InferenceMethods[M][0],
    signal?: AbortSignal,
    onProgress?: (progress: ProgressOf<M>) => void,
  ): Promise<InferenceMethods[M][1]> {
    const answer = this.turn.then(() => this.ask(method, params, signal, onProgress));
    this.turn = answer.catch(() => (signal?.aborted ? this.interrupt() : undefined));
    return signal ? untilAborted(answer, signal) : answer;
  }

  /** Asks the process, and the next one if this one is killed for somebody else's sake. */
  private async ask<M extends InferenceMethod>(
    method: M,
    params: InferenceMethods[M][0],
    signal?: AbortSignal,
    onProgress?: (progress: ProgressOf<M>) => void,
  ): Promise<InferenceMethods[M][1]> {
    for (;;) {
      await this.leaving;
      if (signal?.aborted) throw cancelled();
      if (this.disposed) throw new ProbeError('runtime', l10n.t('The inference process has been shut down.'));
      const child = this.current();
      try {
        const report = onProgress as ((progress: unknown) => void) | undefined;
        return (await child.request(method, params, signal, report)) as InferenceMethods[M][1];
      } catch (error) {
        if (!child.interrupted || signal?.aborted) throw child.ended ? naming(params, error) : error;
        await child.gone;
      }
    }
  }

  private current(): Child {
    if (!this.child || this.child.ended) this.child = new Child(this.options);
    return this.child;
  }

  /** Makes sure that what was cancelled no longer computes: waits for it a moment, then kills the process. */
  private async interrupt(): Promise<void> {
    const { child } = this;
    if (!child || (await settlesWithin(child, STOP_MS))) return;
    child.kill();
    await child.gone;
  }

  private rest(): void {
    clearTimeout(this.idle);
    if (this.active > 0 || !this.child) return;
    this.idle = setTimeout(() => this.release(), this.options.idleShutdownMs);
    this.idle.unref();
  }

  private release(): void {
    const { child } = this;
    this.child = undefined;
    if (child) this.leaving = child.leave();
  }
}

/** The error of a process that died, with the model that it was working on: that may be what it died of. */
function naming(params: unknown, error: unknown): unknown {
  const model = stringAt(params, 'model');
  if (model === null || !(error instanceof ProbeError)) return error;
  return new ProbeError(
    error.code,
    l10n.t`${error.message} It was working on "${basename(model)}"; if it stops there again, the model may be damaged.`,
  );
}

function settlesWithin(child: Child, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), milliseconds);
    const settled = () => (clearTimeout(timer), resolve(true));
    child.request('settled', null).then(settled, settled);
  });
}

/** The answer, or a rejection as soon as the signal says so. */
function untilAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(cancelled());
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function cancelled(): ProbeError {
  return new ProbeError('cancelled', l10n.t('Cancelled.'));
}
