import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import { throwForStatus, Transient, type Subject } from './fault';
import { throwIfCancelled } from './retry';

/** The part of the global `fetch` that is used. VS Code's own, patched for its proxy settings, fits. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface HttpOptions {
  endpoint: URL;
  /** Access token; sent to the endpoint's own origin only. */
  token?: string;
  /** Forbids the network. */
  offline: boolean;
  fetch: Fetch;
  /** Longest wait for an answer, and for the next bytes of one, in milliseconds. */
  timeoutMs: number;
  log: (message: string) => void;
}

export interface Reply {
  status: number;
  headers: Headers;
  /** Headers of the endpoint's own answers on the way, such as X-Repo-Commit; later ones win. */
  hubHeaders: Headers;
  /** The body, piece by piece. Leaving the loop early closes the connection. Throws Transient. */
  body: AsyncGenerator<Uint8Array>;
  /** Closes the connection without reading the body. */
  discard(): Promise<void>;
}

export interface RequestOptions {
  subject: Subject;
  headers?: Record<string, string>;
  /** Statuses that are answers, besides 200. */
  accept?: number[];
  signal?: AbortSignal;
}

const MOST_REDIRECTS = 6;
const REDIRECTS = [301, 302, 303, 307, 308];

/** GET requests to the Hub and to where it redirects. The one place where the token is put in and sockets are opened. */
export class HubHttp {
  constructor(readonly options: HttpOptions) {}

  /**
   * Follows redirects by hand, so that the token stays with the endpoint. Throws a Transient where another try may help,
   * else a ProbeError.
   */
  async get(start: URL, request: RequestOptions): Promise<Reply> {
    if (this.options.offline) throw isOffline(request.subject);
    const stop = new Stop(request.signal);
    try {
      const hubHeaders = new Headers();
      const { url, response } = await this.follow(start, request, hubHeaders, stop);
      const { status, headers } = response;
      this.options.log(`GET ${shown(url)}: ${status}`);
      if (status === 200 || request.accept?.includes(status)) {
        const discard = async () => {
          stop.end();
          await response.body?.cancel().catch(() => undefined);
        };
        return { status, headers, hubHeaders, body: this.body(response, stop), discard };
      }
      void response.body?.cancel().catch(() => undefined);
      this.refuse(url, status, headers, request.subject);
    } catch (error) {
      stop.end();
      throw error;
    }
  }

  private async follow(start: URL, request: RequestOptions, hubHeaders: Headers, stop: Stop) {
    let url = start;
    for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
      const response = await this.send(url, request, stop);
      if (this.isEndpoint(url)) response.headers.forEach((value, name) => hubHeaders.set(name, value));
      if (!REDIRECTS.includes(response.status)) return { url, response };
      void response.body?.cancel().catch(() => undefined);
      url = nextUrl(url, response.headers.get('location'));
    }
    throw new Transient(l10n.t`${start.host} redirects in circles`);
  }

  private async send(url: URL, request: RequestOptions, stop: Stop): Promise<Response> {
    const headers: Record<string, string> = {
      'user-agent': 'transformer-probe',
      // Compressed, the bytes could neither be counted nor resumed.
      'accept-encoding': 'identity',
      ...request.headers,
    };
    const { token, fetch, timeoutMs } = this.options;
    if (token !== undefined && this.isEndpoint(url)) headers['authorization'] = `Bearer ${token}`;
    return stop.within(timeoutMs, url.host, () =>
      fetch(url.href, { headers, redirect: 'manual', signal: stop.signal }),
    );
  }

  private async *body(response: Response, stop: Stop): AsyncGenerator<Uint8Array> {
    const reader = (response.body as ReadableStream<Uint8Array> | null)?.getReader();
    try {
      while (reader) {
        const { done, value } = await stop.within(this.options.timeoutMs, 'the server', () => reader.read());
        if (done) return;
        yield value;
      }
    } finally {
      stop.end();
      await reader?.cancel().catch(() => undefined);
    }
  }

  private refuse(url: URL, status: number, headers: Headers, subject: Subject): never {
    const { token } = this.options;
    // A storage host refuses an address that has run out; asking the Hub again gives a fresh one.
    if (!this.isEndpoint(url) && [400, 401, 403, 404, 410].includes(status)) {
      throw new Transient(l10n.t`${url.host} answered ${status}`, undefined, 'model');
    }
    throwForStatus(status, headers, subject, url.host, token !== undefined);
  }

  private isEndpoint(url: URL): boolean {
    return url.origin === this.options.endpoint.origin;
  }
}

/** One way to stop a request: the user's signal or a time limit. */
class Stop {
  private readonly controller = new AbortController();
  private readonly onAbort = () => this.controller.abort();

  constructor(private readonly user?: AbortSignal) {
    throwIfCancelled(user);
    user?.addEventListener('abort', this.onAbort);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Runs one step of a request. Whatever goes wrong is the user's stop or a Transient. */
  async within<T>(ms: number, host: string, step: () => Promise<T>): Promise<T> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.controller.abort();
    }, ms);
    try {
      return await step();
    } catch (error) {
      throwIfCancelled(this.user);
      throw new Transient(
        late ? l10n.t`${host} has sent nothing for ${ms / 1000} s` : connectionProblem(error, host),
      );
    } finally {
      clearTimeout(timer);
    }
  }

  end(): void {
    this.user?.removeEventListener('abort', this.onAbort);
  }
}

function nextUrl(from: URL, location: string | null): URL {
  if (location === null || !URL.canParse(location, from.href))
    throw new Transient(l10n.t`${from.host} redirects to nowhere`);
  const url = new URL(location, from);
  const isDowngrade = from.protocol === 'https:' && url.protocol !== 'https:';
  if (isDowngrade || !['http:', 'https:'].includes(url.protocol)) {
    throw new ProbeError(
      'model',
      l10n.t`${from.host} redirects to an address that is not encrypted, which is not followed.`,
    );
  }
  return url;
}

/** The system's own code, such as ECONNRESET: messages of `fetch` may hold addresses. */
function connectionProblem(error: unknown, host: string): string {
  const causes = [error, (error as Error | undefined)?.cause].map(
    (each) => (each as NodeJS.ErrnoException)?.code,
  );
  const code = causes.find((each) => typeof each === 'string' && /^[A-Z_0-9]+$/.test(each));
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return l10n.t`${host} cannot be found: there is no network or no such host`;
  return l10n.t`the connection to ${host} broke${code ? ` (${code})` : ''}`;
}

function isOffline({ name }: Subject): ProbeError {
  return new ProbeError(
    'model',
    l10n.t`${name} is not on this machine and the network is switched off (offline).`,
  );
}

/** An address without its query, which may hold a signature. */
function shown(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
