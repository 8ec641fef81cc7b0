import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import type { HubClient, RepoFile, Repository } from './client';
import { Transient } from './fault';
import type { Reply } from './http';
import { withRetries } from './retry';

/** Read at least this much at a time: every request costs two round trips. */
const LEAST = 64 * 1024;
/** Where parts cannot be had, smaller files than this are read whole. */
const WHOLE_FILE = 32 * 2 ** 20;

/**
 * A repository of the Hub whose files are read in ranges and never stored: for headers, and for weights that someone
 * looks at. By the downloader's own client, so that its rules (offline, token, endpoint, redirects) hold here too, and
 * not by @huggingface/hub, which would be a second client with rules of its own.
 */
export class RemoteRepository {
  /** Short name, for titles. */
  readonly name: string;

  private constructor(
    private readonly client: HubClient,
    private readonly repository: Repository,
  ) {
    this.name = repository.id.slice(repository.id.indexOf('/') + 1);
  }

  /** Looks a repository up. Throws ProbeError: `model` where it cannot be had, `runtime` where the network fails. */
  static async open(client: HubClient, id: string, signal?: AbortSignal): Promise<RemoteRepository> {
    return new RemoteRepository(client, await client.repository(id, 'main', signal));
  }

  /** Paths of all files. */
  list(): Promise<string[]> {
    return Promise.resolve(this.repository.files.map(({ path }) => path).sort());
  }

  /** Null for a file that the repository does not have. */
  open(path: string): Promise<RemoteFile | null> {
    const file = this.repository.files.find((each) => each.path === path);
    return Promise.resolve(file ? new RemoteFile(this.client, this.repository, file) : null);
  }
}

/** One file of a repository, read in ranges. The last part that was read is kept. */
export class RemoteFile {
  readonly name: string;
  readonly size: number;
  readonly stamp: string;
  private start = 0;
  private part = new Uint8Array(0);

  constructor(
    private readonly client: HubClient,
    private readonly repository: Repository,
    private readonly file: RepoFile,
  ) {
    this.name = file.path.slice(file.path.lastIndexOf('/') + 1);
    this.size = file.size;
    this.stamp = file.hash.hex;
  }

  /** The bytes [offset, offset + length). Throws ProbeError where they cannot be had. */
  async read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    const isHere = offset >= this.start && offset + length <= this.start + this.part.length;
    if (!isHere) {
      const end = Math.min(this.size, offset + Math.max(length, LEAST));
      const part = await this.fetch(offset, end, signal);
      this.start = part.start;
      this.part = part.bytes;
    }
    return this.part.slice(offset - this.start, offset - this.start + length);
  }

  close(): Promise<void> {
    this.part = new Uint8Array(0);
    return Promise.resolve();
  }

  private fetch(from: number, end: number, signal?: AbortSignal): Promise<Part> {
    const step = async () => {
      const reply = await this.client.open(this.repository, this.file, from, signal, end);
      try {
        return await this.receive(reply, from, end);
      } finally {
        await reply.discard();
      }
    };
    const failure = l10n.t`${this.file.path} of ${this.repository.id} could not be read`;
    const advice = l10n.t('Check the network, and try again.');
    // Somebody is waiting: fewer tries than for a download.
    const policy = { ...this.client.retry, tries: Math.min(3, this.client.retry.tries) };
    return withRetries(step, { failure, advice, policy, signal, log: this.client.log });
  }

  private async receive(reply: Reply, from: number, end: number): Promise<Part> {
    const { status, headers, hubHeaders } = reply;
    const commit = hubHeaders.get('x-repo-commit');
    if (commit !== null && commit !== this.repository.commit) throw changed();
    if (status === 200) return this.receiveWhole(reply);
    const [, start, last, total] =
      /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
    const isWanted = Number(start) === from && Number(last) === end - 1;
    if (status !== 206 || !isWanted) throw changed();
    if (total !== '*' && Number(total) !== this.size) throw changed();
    return { start: from, bytes: await collect(reply, end - from) };
  }

  private async receiveWhole(reply: Reply): Promise<Part> {
    if (this.size <= WHOLE_FILE) return { start: 0, bytes: await collect(reply, this.size) };
    throw new ProbeError(
      'model',
      l10n.t`${this.client.endpoint.host} does not send parts of files, so ${this.file.path} can only be looked at after a download.`,
    );
  }
}

interface Part {
  start: number;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Exactly so many bytes; an answer with more or fewer is not the part that was asked for. */
async function collect(reply: Reply, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let got = 0;
  for await (const chunk of reply.body) {
    if (got + chunk.length > length) throw changed();
    bytes.set(chunk, got);
    got += chunk.length;
  }
  if (got < length) throw new Transient(l10n.t('the connection ended before the part did'));
  return bytes;
}

function changed(): Transient {
  return new Transient(
    l10n.t('the server sent another part or another file than was asked for'),
    undefined,
    'model',
  );
}
