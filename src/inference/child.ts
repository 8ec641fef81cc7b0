import * as l10n from '@vscode/l10n';
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ProbeError } from '../shared/errors';
import { Rpc } from '../shared/rpc';
import type { ProcessMethods, ProcessOptions } from './wire';

export interface ChildOptions extends ProcessOptions {
  /** The inference process's script. */
  entry: string;
  /** The node binary to run it with; the caller's own if absent. */
  execPath?: string;
  log(message: string): void;
}

/** A child that was asked to leave writes what it still has to write, at most this long. */
const LEAVE_MS = 5000;

/** One inference process and the wire to it. */
export class Child {
  /** Resolves when the process is gone, for whatever reason. */
  readonly gone: Promise<void>;
  /** True when it was killed on purpose: what it owed can be asked again elsewhere. */
  interrupted = false;
  /** True from the moment that nothing more can come from it. */
  ended = false;
  private readonly process: ChildProcess;
  private readonly rpc: Rpc<ProcessMethods, Record<never, never>>;
  private spoke = false;

  constructor(private readonly options: ChildOptions) {
    this.process = start(options);
    this.rpc = new Rpc((message) => void this.process.send(message, () => undefined), {}, {});
    this.process.on('message', (message) => {
      this.spoke = true;
      this.rpc.receive(message);
    });
    logLines(this.process, options.log);
    this.gone = new Promise((resolve) => {
      this.process.on('error', (error) => {
        // Other errors than a failed start are followed by an exit.
        if (this.process.pid !== undefined) return;
        this.end(reasonOf(error));
        resolve();
      });
      this.process.on('exit', (code, signal) => {
        this.end(signal ?? l10n.t`exit code ${String(code)}`);
        resolve();
      });
    });
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  request<M extends keyof ProcessMethods>(
    method: M,
    params: ProcessMethods[M][0],
    signal?: AbortSignal,
    onProgress?: (progress: unknown) => void,
  ): Promise<ProcessMethods[M][1]> {
    return this.rpc.request(method, params, signal, onProgress);
  }

  /** Kills the process at once, in the middle of a computation too. */
  kill(): void {
    this.interrupted = true;
    this.process.kill('SIGKILL');
  }

  /** Asks the process to finish writing and leave. */
  leave(): Promise<void> {
    this.interrupted = true;
    if (this.process.connected) this.process.disconnect();
    const timer = setTimeout(() => this.process.kill('SIGKILL'), LEAVE_MS);
    return this.gone.finally(() => clearTimeout(timer));
  }

  private end(how: string): void {
    this.ended = true;
    if (!this.interrupted) this.options.log(`The inference process stopped (${how}).`);
    this.rpc.dispose(this.spoke ? stopped(how) : notStarted(this.options.execPath ?? process.execPath, how));
  }
}

function start(options: ChildOptions): ChildProcess {
  const { entry, execPath, bundledDir, cacheDir, messagesFile, resultsDir, ...limits } = options;
  const { memoryBudgetBytes, diskBudgetBytes, threads, provider } = limits;
  const computing = { memoryBudgetBytes, diskBudgetBytes, threads, provider };
  const told: ProcessOptions = { bundledDir, cacheDir, messagesFile, resultsDir, ...computing };
  return fork(entry, [JSON.stringify(told)], {
    serialization: 'advanced',
    // Not the caller's debugging flags: two processes cannot listen on one port.
    execArgv: [],
    silent: true,
    ...(execPath && { execPath }),
  });
}

function logLines({ stdout, stderr }: ChildProcess, log: (message: string) => void): void {
  for (const stream of [stdout, stderr]) {
    if (stream) createInterface({ input: stream }).on('line', log);
  }
}

function stopped(how: string): ProbeError {
  return new ProbeError(
    'runtime',
    l10n.t`The inference process stopped unexpectedly (${how}). Earlier results are kept; run the analysis again.`,
  );
}

function notStarted(execPath: string, how: string): ProbeError {
  return new ProbeError(
    'runtime',
    l10n.t`The inference process does not start with the node binary "${execPath}" (${how}). Check its path in the settings; the log may say more.`,
  );
}

function reasonOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? error.message;
}
