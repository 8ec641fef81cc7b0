import { createHash } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { breakOff, sendBody, spoiled, type Fault, type FaultSource, type RequestKind } from './faults';
import {
  gitSha1,
  ServedRepository,
  sha256,
  treeEntry,
  type Access,
  type Commit,
  type ServedFile,
} from './repositories';

/** A request as it came, and what was answered. */
export interface Seen {
  host: 'hub' | 'storage';
  kind: RequestKind;
  url: string;
  headers: IncomingHttpHeaders;
  /** Path of the file asked for. */
  file?: string;
  repository?: string;
  /** First byte asked for; 0 without a Range header. */
  from: number;
  /** Position behind the last byte asked for; Infinity without one. */
  end: number;
  status: number;
  /** Bytes of the file that were sent. */
  sent: number;
}

const PAGE = 50;

/**
 * A Hub to test against: a real HTTP server with the Hub's addresses, headers and refusals, a second server on another
 * port as its storage, and faults on demand. Start it, add repositories, stop it.
 */
export class StandInHub {
  readonly seen: Seen[] = [];
  /** Asked for the fault of each request. */
  faults: FaultSource = () => undefined;
  /** Called when a request for a file comes, before it is answered. */
  onFile: (seen: Seen) => void = () => undefined;
  private readonly repositories = new Map<string, ServedRepository>();
  private readonly renamed = new Map<string, string>();
  private readonly servers: Server[] = [];
  private hubPort = 0;
  private storagePort = 0;

  static async start(): Promise<StandInHub> {
    const hub = new StandInHub();
    hub.hubPort = await hub.listen('hub');
    hub.storagePort = await hub.listen('storage');
    return hub;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.hubPort}`;
  }

  get storage(): string {
    return `http://127.0.0.1:${this.storagePort}`;
  }

  add(id: string, contents: Record<string, Buffer | string>, access: Access = {}): ServedRepository {
    const repository = new ServedRepository(id, access);
    repository.commit(contents);
    this.repositories.set(id, repository);
    return repository;
  }

  /** An old id that redirects to a repository, as `gpt2` does. */
  rename(oldId: string, id: string): void {
    this.renamed.set(oldId, id);
  }

  /** Bytes of files sent, of one file or all. */
  bytesSent(file?: string): number {
    const requests = this.seen.filter((request) => file === undefined || request.file === file);
    return requests.reduce((sum, { sent }) => sum + sent, 0);
  }

  async stop(): Promise<void> {
    for (const server of this.servers) server.closeAllConnections();
    await Promise.all(this.servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  private async listen(host: 'hub' | 'storage'): Promise<number> {
    const server = createServer((request, response) => void this.answer(host, request, response));
    this.servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  private async answer(
    host: 'hub' | 'storage',
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    response.on('error', () => undefined);
    const url = new URL(request.url ?? '/', this.endpoint);
    const parts = url.pathname.split('/').slice(1).map(decodeURIComponent);
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const from = Number(range?.[1] ?? 0);
    const end = range?.[2] ? Number(range[2]) + 1 : Infinity;
    const kind = kindOf(host, parts);
    const seen: Seen = {
      host,
      kind,
      url: request.url ?? '',
      headers: request.headers,
      from,
      end,
      status: 0,
      sent: 0,
    };
    this.seen.push(seen);
    response.on('close', () => (seen.status = response.statusCode));
    const fault = this.faults({ host, path: url.pathname, kind });
    if (fault?.kind === 'reset') return breakOff(response.socket, true);
    if (fault?.kind === 'status') return refuse(response, fault.status, fault.headers);
    if (host === 'storage') await this.sendStored(parts, seen, request, response, fault);
    else if (kind === 'search') this.sendSearch(url, response);
    else if (kind === 'facts') await this.sendFacts(parts.slice(2), request, response, fault);
    else if (kind === 'tree') await this.sendTree(url, parts.slice(2), request, response, fault);
    else if (kind === 'file') await this.sendFile(parts, seen, request, response, fault);
    else refuse(response, 404);
  }

  /** GET /api/models/{id}/revision/{revision} */
  private async sendFacts(
    parts: string[],
    request: IncomingMessage,
    response: ServerResponse,
    fault?: Fault,
  ) {
    const at = parts.indexOf('revision');
    const id = parts.slice(0, at).join('/');
    const renamed = this.renamed.get(id);
    if (renamed) {
      response.writeHead(307, {
        location: `/api/models/${renamed}/revision/${encodeURIComponent(parts[at + 1] ?? '')}`,
      });
      return void response.end();
    }
    const repository = this.open(id, request, response);
    const commit = repository && this.commitOf(repository, parts.slice(at + 1).join('/'), response);
    if (!repository || !commit) return;
    const siblings = [...commit.files.keys()].map((rfilename) => ({ rfilename }));
    const { gated = false, license = 'mit' } = repository.access;
    const isPrivate = repository.access.private === true;
    const facts = {
      id,
      modelId: id,
      sha: commit.sha,
      private: isPrivate,
      gated,
      cardData: { license },
      siblings,
    };
    await sendJson(response, facts, fault);
  }

  /** GET /api/models/{id}/tree/{commit}?recursive=1, fifty entries a page. */
  private async sendTree(
    url: URL,
    parts: string[],
    request: IncomingMessage,
    response: ServerResponse,
    fault?: Fault,
  ) {
    const at = parts.indexOf('tree');
    const repository = this.open(parts.slice(0, at).join('/'), request, response);
    const commit = repository && this.commitOf(repository, parts[at + 1] ?? '', response);
    if (!commit) return;
    const start = Number(url.searchParams.get('cursor') ?? 0);
    const files = [...commit.files.values()];
    const folders = start === 0 ? [{ type: 'directory', oid: '0'.repeat(40), size: 0, path: 'onnx' }] : [];
    const page = [...folders, ...files.slice(start, start + PAGE).map(treeEntry)];
    if (start + PAGE < files.length) {
      // The public Hub's own name, as a mirror would hand it on.
      const next = `https://huggingface.co${url.pathname}?recursive=1&cursor=${start + PAGE}`;
      response.setHeader('link', `<${next}>; rel="next"`);
    }
    await sendJson(response, page, fault);
  }

  /** GET /{id}/resolve/{commit}/{path}: small files here, large ones by a redirect to the storage. */
  private async sendFile(
    parts: string[],
    seen: Seen,
    request: IncomingMessage,
    response: ServerResponse,
    fault?: Fault,
  ) {
    const at = parts.indexOf('resolve');
    const repository = this.open(parts.slice(0, at).join('/'), request, response);
    const commit = repository && this.commitOf(repository, parts[at + 1] ?? '', response);
    const file = commit?.files.get(parts.slice(at + 2).join('/'));
    if (!repository || !commit) return;
    if (!file) return refuse(response, 404, { 'x-error-code': 'EntryNotFound' });
    seen.repository = repository.id;
    response.setHeader('x-repo-commit', fault?.kind === 'wrong-commit' ? 'f'.repeat(40) : commit.sha);
    if (!file.isLfs) {
      seen.file = file.path;
      this.onFile(seen);
      response.setHeader('etag', `"${gitSha1(file.bytes)}"`);
      return sendPart(file, seen, request, response, fault);
    }
    const hash = fault?.kind === 'wrong-linked-etag' ? sha256(Buffer.from('other')) : sha256(file.bytes);
    const size = file.bytes.length + (fault?.kind === 'wrong-linked-size' ? fault.by : 0);
    response.setHeader('x-linked-etag', `"${hash}"`);
    response.setHeader('x-linked-size', String(size));
    const where = [repository.id, commit.sha, file.path].map(encodeURIComponent).join('/');
    response.writeHead(302, { location: `${this.storage}/${where}?Signature=${storageSignature(file)}` });
    response.end();
  }

  private async sendStored(
    parts: string[],
    seen: Seen,
    request: IncomingMessage,
    response: ServerResponse,
    fault?: Fault,
  ) {
    const [id = '', commit = '', path = ''] = parts;
    const file = this.repositories.get(id)?.commits.get(commit)?.files.get(path);
    if (!file) return refuse(response, 403);
    seen.file = file.path;
    seen.repository = id;
    this.onFile(seen);
    response.setHeader('etag', `"${createHash('md5').update(file.bytes).digest('hex')}"`);
    await sendPart(file, seen, request, response, fault);
  }

  private sendSearch(url: URL, response: ServerResponse): void {
    const words = (url.searchParams.get('search') ?? '').toLowerCase();
    const limit = Number(url.searchParams.get('limit') ?? 100);
    const found = [...this.repositories.values()]
      .filter(({ id }) => id.toLowerCase().includes(words))
      .slice(0, limit);
    const tags = ({ access }: ServedRepository) => ['onnx', `license:${access.license ?? 'mit'}`];
    const list = found.map((each) => ({
      id: each.id,
      downloads: 1,
      gated: each.access.gated ?? false,
      tags: tags(each),
    }));
    void sendJson(response, list);
  }

  /** The repository, if the request may see it; else it is answered as the Hub answers. */
  private open(id: string, request: IncomingMessage, response: ServerResponse): ServedRepository | undefined {
    const repository = this.repositories.get(id);
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const { gated, private: isPrivate, token: right } = repository?.access ?? {};
    const mayRead = repository && (!(gated || isPrivate) || token === right);
    if (mayRead) return repository;
    if (gated) refuse(response, token ? 403 : 401, { 'x-error-code': 'GatedRepo' });
    else refuse(response, token ? 404 : 401, { 'x-error-code': 'RepoNotFound' });
    return undefined;
  }

  private commitOf(
    repository: ServedRepository,
    revision: string,
    response: ServerResponse,
  ): Commit | undefined {
    const commit = repository.at(revision);
    if (!commit) refuse(response, 404, { 'x-error-code': 'RevisionNotFound' });
    return commit;
  }
}

function kindOf(host: 'hub' | 'storage', parts: string[]): RequestKind {
  if (host === 'storage') return 'file';
  if (parts[0] === 'api' && parts[1] === 'models') {
    if (parts.length === 2) return 'search';
    return parts.includes('tree') ? 'tree' : parts.includes('revision') ? 'facts' : 'other';
  }
  return parts.includes('resolve') ? 'file' : 'other';
}

async function sendPart(
  file: ServedFile,
  seen: Seen,
  request: IncomingMessage,
  response: ServerResponse,
  fault?: Fault,
) {
  const { length } = file.bytes;
  const ranged = request.headers.range !== undefined && fault?.kind !== 'ignore-range';
  if (ranged && seen.from >= length) return refuse(response, 416, { 'content-range': `bytes */${length}` });
  const start = ranged ? (fault?.kind === 'other-range' ? 0 : seen.from) : 0;
  const end = ranged ? Math.min(length, seen.end) : length;
  const off = fault?.kind === 'wrong-length' ? fault.by : 0;
  let body = (fault?.kind === 'wrong-bytes' ? spoiled(file.bytes) : file.bytes).subarray(start, end);
  if (fault?.kind === 'too-long') body = Buffer.concat([body, Buffer.alloc(fault.extra)]);
  const hasLength = !['no-length', 'too-long', 'short'].includes(fault?.kind ?? '');
  if (hasLength) response.setHeader('content-length', String(body.length + off));
  if (ranged) response.setHeader('content-range', `bytes ${start}-${end - 1}/${length + off}`);
  response.setHeader('accept-ranges', 'bytes');
  response.writeHead(ranged ? 206 : 200);
  seen.sent = await sendBody(response, body, fault);
  if (off > 0) breakOff(response.socket);
}

async function sendJson(response: ServerResponse, value: unknown, fault?: Fault): Promise<void> {
  const body = Buffer.from(JSON.stringify(value));
  response.setHeader('content-type', 'application/json');
  if (fault?.kind !== 'short') response.setHeader('content-length', String(body.length));
  response.writeHead(200);
  await sendBody(response, body, fault);
}

function refuse(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ error: 'refused' }));
}

function storageSignature(file: ServedFile): string {
  return createHash('sha1').update(file.path).digest('hex');
}
