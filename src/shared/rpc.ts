import * as l10n from '@vscode/l10n';
import { fromErrorMessage, ProbeError, toErrorMessage } from './errors';
import type { Envelope } from './protocol';

type Methods<T> = { [K in keyof T]: [unknown, unknown] };

/**
 * Answers requests: one function a method. The signal is aborted when the other side gave up; what is reported reaches
 * the other side before the answer does.
 */
export type RequestHandlers<T extends Methods<T>> = {
  [K in keyof T]: (
    params: T[K][0],
    signal: AbortSignal,
    report?: (progress: unknown) => void,
  ) => Promise<T[K][1]> | T[K][1];
};

export type EventHandlers<E> = { [K in keyof E]: (body: E[K]) => void };

interface Pending {
  resolve(value: unknown): void;
  reject(error: ProbeError): void;
  onProgress?(progress: unknown): void;
}

/**
 * One end of a wire that carries events and requests both ways: the same class in the extension host, the webview and
 * the inference process. Errors travel; disposing rejects what is pending; names nobody handles are answered with an error.
 */
export class Rpc<
  Out extends Methods<Out>,
  OutEvents,
  In extends Methods<In> = Record<never, never>,
  InEvents = Record<never, never>,
> {
  private nextId = 1;
  private readonly pending = new Map<number, Pending>();
  private readonly running = new Map<number, AbortController>();

  constructor(
    private readonly post: (message: Envelope) => void,
    private readonly requests: RequestHandlers<In>,
    private readonly events: EventHandlers<InEvents>,
  ) {}

  /** Sends an event; nobody answers. */
  send<K extends keyof OutEvents & string>(name: K, body: OutEvents[K]): void {
    this.post({ type: 'event', name, body });
  }

  /** Asks the other side; rejects with a ProbeError. Aborting rejects at once and tells the other side. */
  request<K extends keyof Out & string>(
    name: K,
    params: Out[K][0],
    signal?: AbortSignal,
    onProgress?: (progress: unknown) => void,
  ): Promise<Out[K][1]> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(new ProbeError('cancelled', l10n.t('Cancelled.')));
      const onAbort = () => {
        this.pending.delete(id);
        this.post({ type: 'cancel', id });
        reject(new ProbeError('cancelled', l10n.t('Cancelled.')));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const settle = () => signal?.removeEventListener('abort', onAbort);
      this.pending.set(id, {
        resolve: (value) => (settle(), resolve(value as Out[K][1])),
        reject: (error) => (settle(), reject(error)),
        ...(onProgress && { onProgress }),
      });
      this.post({ type: 'request', id, name, body: params });
    });
  }

  /** Feed every message of the wire in here. Messages of another shape are ignored. */
  receive(message: unknown): void {
    if (!isEnvelope(message)) return;
    switch (message.type) {
      case 'event':
        return own(this.events, message.name)?.(message.body);
      case 'request':
        return void this.answer(message);
      case 'cancel':
        return this.running.get(message.id)?.abort();
      case 'progress':
        return this.pending.get(message.id)?.onProgress?.(message.body);
      case 'ok':
        return this.take(message.id)?.resolve(message.body);
      case 'error':
        return this.take(message.id)?.reject(fromErrorMessage(message.error));
    }
  }

  /** Rejects everything that waits and aborts everything that runs. */
  dispose(reason: ProbeError): void {
    for (const { reject } of this.pending.values()) reject(reason);
    this.pending.clear();
    for (const controller of this.running.values()) controller.abort();
    this.running.clear();
  }

  private take(id: number): Pending | undefined {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    return pending;
  }

  private async answer({ id, name, body }: Envelope & { type: 'request' }): Promise<void> {
    const controller = new AbortController();
    this.running.set(id, controller);
    try {
      const handler = own(this.requests, name) as
        ((params: unknown, signal: AbortSignal, report: (progress: unknown) => void) => unknown) | undefined;
      if (!handler) throw new ProbeError('usage', l10n.t`Nobody answers "${name}".`);
      const report = (progress: unknown) => this.post({ type: 'progress', id, body: progress });
      const result = await handler(body, controller.signal, report);
      this.post({ type: 'ok', id, body: result });
    } catch (error) {
      this.post({ type: 'error', id, error: toErrorMessage(error) });
    } finally {
      this.running.delete(id);
    }
  }
}

function own<T extends object>(handlers: T, name: string): ((body: unknown) => void) | undefined {
  return Object.hasOwn(handlers, name)
    ? (handlers as Record<string, (body: unknown) => void>)[name]
    : undefined;
}

function isEnvelope(message: unknown): message is Envelope {
  return typeof message === 'object' && message !== null && typeof (message as Envelope).type === 'string';
}
