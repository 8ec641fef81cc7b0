import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import { booleanAt, integerAt, isRecord, listAt, recordAt, stringAt } from '../json';
import { hubEndpoint, hubUrl, mayCarryToken, offlineByEnvironment } from './endpoint';
import { Transient, type Subject } from './fault';
import type { FileHash } from './hash';
import { HubHttp, type Fetch, type Reply } from './http';
import { checkRepoId, checkRevision, isCommit, pathProblem } from './names';
import { proxyFetch } from './proxy';
import { DEFAULT_RETRY, withRetries, type RetryPolicy } from './retry';

/** A file of a repository at one commit. */
export interface RepoFile {
  /** Path inside the repository, with forward slashes; checked to stay inside it. */
  path: string;
  /** Bytes. */
  size: number;
  hash: FileHash;
  /** The repository that it comes from, where that is another than the model's. */
  from?: Repository;
}

/** A model's repository at one commit. */
export interface Repository {
  /** The id by the Hub's own spelling. */
  id: string;
  /** The id that was asked for; renamed repositories answer under a new one. */
  askedId: string;
  revision: string;
  commit: string;
  gated: boolean;
  license: string | null;
  files: RepoFile[];
}

/** A repository that a search has found. */
export interface Found {
  id: string;
  downloads: number;
  gated: boolean;
  license: string | null;
}

export interface HubOptions {
  /** Address of the Hub or a mirror; `HF_ENDPOINT` and the public Hub come after it. */
  endpoint?: string;
  /** Access token, for gated and private models. */
  token?: string;
  /** Forbids the network; `HF_HUB_OFFLINE` does too. */
  offline?: boolean;
  /** Instead of the global fetch behind the proxies of the environment. */
  fetch?: Fetch;
  timeoutMs?: number;
  retry?: RetryPolicy;
  log?: (message: string) => void;
  env?: Readonly<Record<string, string | undefined>>;
}

const MAX_ANSWER_BYTES = 64 * 2 ** 20;
const MAX_PAGES = 100;
/** One tebibyte: no ONNX file is larger, and sums of such sizes stay exact. */
const MAX_FILE_BYTES = 2 ** 40;

/** The Hub's REST interface, as far as downloads need it. */
export class HubClient {
  readonly endpoint: URL;
  readonly offline: boolean;
  readonly retry: RetryPolicy;
  readonly log: (message: string) => void;
  private readonly http: HubHttp;

  constructor(options: HubOptions = {}) {
    const { env = process.env, token, timeoutMs = 30_000 } = options;
    this.endpoint = hubEndpoint(options.endpoint, env);
    this.offline = options.offline === true || offlineByEnvironment(env);
    this.retry = options.retry ?? DEFAULT_RETRY;
    this.log = options.log ?? (() => undefined);
    const fetch = options.fetch ?? proxyFetch(env) ?? globalThis.fetch;
    const { endpoint, offline, log } = this;
    // Unencrypted, the token could be read on the way.
    const carried = mayCarryToken(endpoint) ? checkToken(token) : undefined;
    this.http = new HubHttp({ endpoint, token: carried, offline, fetch, timeoutMs, log });
  }

  /**
   * Resolves a revision to its commit and lists that commit's files. Throws a ProbeError: `model` where the repository
   * cannot be had, `runtime` where the network fails.
   */
  async repository(id: string, revision = 'main', signal?: AbortSignal): Promise<Repository> {
    const subject: Subject = { name: checkRepoId(id), revision: checkRevision(revision) };
    const parts = ['api', 'models', ...subject.name.split('/'), 'revision', revision];
    const facts = await this.json(hubUrl(this.endpoint, parts), subject, signal);
    const commit = stringAt(facts.value, 'sha') ?? '';
    if (!isCommit(commit)) throw unexpected(this.endpoint);
    const name = checkRepoId(stringAt(facts.value, 'id') ?? subject.name);
    const license = stringAt(recordAt(facts.value, 'cardData'), 'license');
    const gated = isGated(facts.value);
    const files = await this.files(name, commit, signal);
    return { id: name, askedId: subject.name, revision, commit, gated, license, files };
  }

  /** Repositories with ONNX files whose name holds the words, most downloaded first. */
  async search(words: string, limit = 20, signal?: AbortSignal): Promise<Found[]> {
    const query = { search: words, filter: 'onnx', sort: 'downloads', direction: '-1', limit: String(limit) };
    const url = hubUrl(this.endpoint, ['api', 'models'], query);
    const { value } = await this.json(url, { name: l10n.t('The search of the Hub') }, signal);
    if (!Array.isArray(value)) throw unexpected(this.endpoint);
    return value.flatMap(asFound).slice(0, limit);
  }

  /**
   * Asks for a file's bytes from a position on, or up to an end (exclusive); 206 holds those, 200 the whole file, 416
   * neither. One try.
   */
  open(
    repository: Repository,
    file: RepoFile,
    from: number,
    signal?: AbortSignal,
    end?: number,
  ): Promise<Reply> {
    const { id, commit } = repository;
    const url = hubUrl(this.endpoint, [...id.split('/'), 'resolve', commit, ...file.path.split('/')]);
    const isPart = from > 0 || end !== undefined;
    const last = end === undefined ? '' : end - 1;
    const headers: Record<string, string> = isPart ? { range: `bytes=${from}-${last}` } : {};
    const subject = { name: id, revision: commit, path: file.path };
    return this.http.get(url, { subject, headers, accept: [206, 416], signal });
  }

  private async files(id: string, commit: string, signal?: AbortSignal): Promise<RepoFile[]> {
    const subject = { name: id, revision: commit };
    const parts = ['api', 'models', ...id.split('/'), 'tree', commit];
    const files: RepoFile[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < MAX_PAGES; page++) {
      const query: Record<string, string> = { recursive: '1', ...(cursor !== null && { cursor }) };
      const { value, next } = await this.json(hubUrl(this.endpoint, parts, query), subject, signal);
      if (!Array.isArray(value)) throw unexpected(this.endpoint);
      for (const entry of value) if (stringAt(entry, 'type') === 'file') files.push(...asFile(entry, id));
      if (next === null) return files;
      cursor = next;
    }
    throw new ProbeError(
      'model',
      l10n.t`${id} holds too many files to be a model. Download the folder by hand.`,
    );
  }

  private json(
    url: URL,
    subject: Subject,
    signal?: AbortSignal,
  ): Promise<{ value: unknown; next: string | null }> {
    const step = async () => {
      const reply = await this.http.get(url, { subject, signal });
      return { value: await parse(reply, this.endpoint), next: nextCursor(reply.headers) };
    };
    const failure = l10n.t`${subject.name} could not be looked up`;
    // Nothing is lost by a look-up that fails, and someone is waiting: fewer tries than for a download.
    const policy = { ...this.retry, tries: Math.min(3, this.retry.tries) };
    const advice = l10n.t('Check the network, and the endpoint setting if there is one.');
    return withRetries(step, { failure, advice, policy, signal, log: this.log });
  }
}

async function parse(reply: Reply, endpoint: URL): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of reply.body) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw unexpected(endpoint);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    throw new Transient(l10n.t`${endpoint.host} sent an answer that is not whole`);
  }
}

/** The cursor of the next page. The rest of the link is not followed: a mirror may link to the public Hub. */
function nextCursor(headers: Headers): string | null {
  const link = /<([^>]*)>\s*;\s*rel="?next"?/i.exec(headers.get('link') ?? '')?.[1];
  return link !== undefined && URL.canParse(link, PLACEHOLDER)
    ? new URL(link, PLACEHOLDER).searchParams.get('cursor')
    : null;
}
const PLACEHOLDER = 'https://hub.invalid';

/** An entry of a listing. Throws where its path would leave the model's folder; drops what cannot be stored. */
function asFile(entry: unknown, id: string): RepoFile[] {
  const path = stringAt(entry, 'path') ?? '';
  const problem = pathProblem(path);
  if (problem === 'hostile') {
    throw new ProbeError(
      'model',
      l10n.t`${id} lists a file outside its own folder, so nothing of it is downloaded.`,
    );
  }
  if (problem === 'unusable') return [];
  const lfs = recordAt(entry, 'lfs');
  const sha256 = stringAt(lfs, 'oid')?.toLowerCase();
  const sha1 = stringAt(entry, 'oid')?.toLowerCase();
  const size = integerAt(sha256 === undefined ? entry : lfs, 'size', 0, MAX_FILE_BYTES);
  const hash = hashOf(sha256, sha1);
  if (size === null || hash === null) {
    throw new ProbeError(
      'model',
      l10n.t`${id} lists ${path} without a usable size and checksum, so it is not downloaded.`,
    );
  }
  return [{ path, size, hash }];
}

function hashOf(sha256: string | undefined, sha1: string | undefined): FileHash | null {
  if (sha256 !== undefined) return /^[0-9a-f]{64}$/.test(sha256) ? { kind: 'sha256', hex: sha256 } : null;
  return sha1 !== undefined && isCommit(sha1) ? { kind: 'git-sha1', hex: sha1 } : null;
}

function asFound(entry: unknown): Found[] {
  const id = stringAt(entry, 'id');
  if (id === null) return [];
  const tags = listAt(entry, 'tags').filter((tag) => typeof tag === 'string');
  const license = tags.find((tag) => tag.startsWith('license:'))?.slice('license:'.length) ?? null;
  const downloads = integerAt(entry, 'downloads', 0, Number.MAX_SAFE_INTEGER) ?? 0;
  return [{ id, downloads, gated: isGated(entry), license }];
}

/** `gated` is false, "auto" or "manual". */
function isGated(facts: unknown): boolean {
  return isRecord(facts) && (stringAt(facts, 'gated') !== null || booleanAt(facts, 'gated', false));
}

/** A header value must be one line of visible ASCII; anything else would end in an error that quotes it. */
function checkToken(token: string | undefined): string | undefined {
  const text = token?.trim();
  if (!text) return undefined;
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw new ProbeError(
    'usage',
    l10n.t('The access token holds characters that no token has. Copy it again.'),
  );
}

function unexpected(endpoint: URL): ProbeError {
  return new ProbeError(
    'model',
    l10n.t`${endpoint.host} does not answer like a Hub. Check the endpoint setting and HF_ENDPOINT.`,
  );
}
