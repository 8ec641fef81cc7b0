import { toErrorMessage } from '../../../src/shared/errors';
import type { ErrorMessage } from '../../../src/shared/errors';
import type { ViewRequests } from '../../../src/shared/protocol';
import type { LayerProgress } from '../../../src/shared/inference';
import type { AttentionHost } from './panel';

/** An answer of the host: there, on its way, or not to be had. */
export interface Fetched<T> {
  value: T | null;
  failure: ErrorMessage | null;
}

interface Entry {
  fetched: Fetched<unknown>;
  bytes: number;
  /** The drawing that asked for it last. */
  used: number;
  /** When it was asked for, and what the host has said of it since. */
  since: number;
  progress: LayerProgress | null;
  controller: AbortController;
}

/** An answer that takes longer is work that people are told of, and can stop. */
const SLOW_MS = 600;

/** What people wait for; null where the host does not say how far it is. */
export interface Work {
  progress: LayerProgress | null;
}

/** Answers kept for going back; older ones are asked for again. What one drawing shows stays, however much that is. */
const KEPT = 48;
const KEPT_BYTES = 64e6;
const WAITING: Fetched<never> = { value: null, failure: null };

/**
 * Answers of the host by what was asked. Views ask while they draw: the first time starts the request, and its answer
 * draws them again.
 */
export class Remote {
  private readonly entries = new Map<string, Entry>();
  private drawing = 0;

  constructor(
    private readonly host: Pick<AttentionHost, 'request'>,
    private readonly arrived: () => void,
  ) {}

  /** Called before the views draw themselves. */
  begin(): void {
    this.drop();
    this.drawing++;
  }

  get<K extends keyof ViewRequests>(method: K, params: ViewRequests[K][0]): Fetched<ViewRequests[K][1]> {
    const name = `${method} ${JSON.stringify(params)}`;
    const entry = this.entries.get(name) ?? this.start(name, method, params);
    this.entries.delete(name);
    this.entries.set(name, entry);
    entry.used = this.drawing;
    return entry.fetched as Fetched<ViewRequests[K][1]>;
  }

  /** Forgets everything, and stops what is on its way: for a new result. */
  clear(): void {
    for (const { controller } of this.entries.values()) controller.abort();
    this.entries.clear();
  }

  /** The answer that has been on its way for long, if there is one. */
  slow(): Work | null {
    const late = performance.now() - SLOW_MS;
    const entry = [...this.entries.values()].find((one) => isWaiting(one) && one.since <= late);
    return entry ? { progress: entry.progress } : null;
  }

  /** Stops all that is on its way: it was cancelled until it is asked for again with `retry`. */
  cancel(): void {
    for (const entry of this.entries.values()) if (isWaiting(entry)) entry.controller.abort();
  }

  /** Forgets what failed, so that it is asked for again. */
  retry(): void {
    for (const [name, { fetched }] of this.entries) if (fetched.failure) this.entries.delete(name);
  }

  private start<K extends keyof ViewRequests>(name: string, method: K, params: ViewRequests[K][0]): Entry {
    const entry: Entry = {
      fetched: WAITING,
      bytes: 0,
      used: this.drawing,
      since: performance.now(),
      progress: null,
      controller: new AbortController(),
    };
    this.entries.set(name, entry);
    const told = setTimeout(() => this.arrived(), SLOW_MS + 10);
    const settle = (fetched: Fetched<unknown>) => {
      clearTimeout(told);
      if (this.entries.get(name) !== entry) return;
      entry.fetched = fetched;
      entry.bytes = bytesOf(fetched.value);
      this.arrived();
    };
    const report = (progress: unknown) => {
      if (!isProgress(progress)) return;
      entry.progress = progress;
      if (this.slow()) this.arrived();
    };
    this.host.request(method, params, entry.controller.signal, report).then(
      (value) => settle({ value, failure: null }),
      (error) => settle({ value: null, failure: toErrorMessage(error) }),
    );
    return entry;
  }

  /** Lets go of what was used longest ago and not by the last drawing: entries lie in the order of their use. */
  private drop(): void {
    let bytes = [...this.entries.values()].reduce((sum, entry) => sum + entry.bytes, 0);
    for (const [name, entry] of this.entries) {
      if (entry.used === this.drawing || (this.entries.size <= KEPT && bytes <= KEPT_BYTES)) return;
      entry.controller.abort();
      this.entries.delete(name);
      bytes -= entry.bytes;
    }
  }
}

const isWaiting = ({ fetched }: Entry): boolean => fetched.value === null && fetched.failure === null;

function isProgress(value: unknown): value is LayerProgress {
  const { done, of } = (value ?? {}) as Partial<Record<keyof LayerProgress, unknown>>;
  return typeof done === 'number' && typeof of === 'number';
}

/** What an answer's numbers take. */
function bytesOf(value: unknown): number {
  const parts = typeof value === 'object' && value !== null ? Object.values(value) : [];
  return parts.reduce<number>((sum, part) => sum + (ArrayBuffer.isView(part) ? part.byteLength : 0), 0);
}
