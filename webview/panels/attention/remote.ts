import { toErrorMessage } from '../../../src/shared/errors';
import type { ErrorMessage } from '../../../src/shared/errors';
import type { ViewRequests } from '../../../src/shared/protocol';
import type { AttentionHost } from './panel';

/** An answer of the host: there, on its way, or not to be had. */
export interface Fetched<T> {
  value: T | null;
  failure: ErrorMessage | null;
}

interface Entry {
  fetched: Fetched<unknown>;
  used: number;
  controller: AbortController;
}

/** Answers kept for going back; older ones are asked for again. */
const KEPT = 48;
const WAITING: Fetched<never> = { value: null, failure: null };

/**
 * Answers of the host by what was asked. Views ask while they draw: the first time starts the request, and its answer
 * draws them again.
 */
export class Remote {
  private readonly entries = new Map<string, Entry>();
  private turn = 0;

  constructor(
    private readonly host: Pick<AttentionHost, 'request'>,
    private readonly arrived: () => void,
  ) {}

  get<K extends keyof ViewRequests>(method: K, params: ViewRequests[K][0]): Fetched<ViewRequests[K][1]> {
    const name = `${method} ${JSON.stringify(params)}`;
    const entry = this.entries.get(name) ?? this.start(name, method, params);
    entry.used = ++this.turn;
    return entry.fetched as Fetched<ViewRequests[K][1]>;
  }

  /** Forgets everything, and stops what is on its way: for a new result. */
  clear(): void {
    for (const { controller } of this.entries.values()) controller.abort();
    this.entries.clear();
  }

  /** Forgets what failed, so that it is asked for again. */
  retry(): void {
    for (const [name, { fetched }] of this.entries) if (fetched.failure) this.entries.delete(name);
  }

  private start<K extends keyof ViewRequests>(name: string, method: K, params: ViewRequests[K][0]): Entry {
    const entry: Entry = { fetched: WAITING, used: 0, controller: new AbortController() };
    this.entries.set(name, entry);
    const settle = (fetched: Fetched<unknown>) => {
      if (this.entries.get(name) !== entry) return;
      entry.fetched = fetched;
      this.arrived();
    };
    this.host.request(method, params, entry.controller.signal).then(
      (value) => settle({ value, failure: null }),
      (error) => settle({ value: null, failure: toErrorMessage(error) }),
    );
    this.drop();
    return entry;
  }

  private drop(): void {
    if (this.entries.size <= KEPT) return;
    const [oldest] = [...this.entries].sort(([, a], [, b]) => a.used - b.used);
    if (!oldest) return;
    oldest[1].controller.abort();
    this.entries.delete(oldest[0]);
  }
}
