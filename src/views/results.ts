import { mkdir, readdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { AttentionResult } from '../shared/attention';

/** A result and where its text came from. */
export interface StoredResult extends ResultMarks {
  version: 1;
  result: AttentionResult;
  /** Document URI of the text; null for typed text. */
  source: string | null;
}

/** What the user adds to a result. */
export interface ResultMarks {
  name?: string;
  pinned?: boolean;
  note?: string;
}

/** The inference process writes the tensors a moment after the result is known. */
const TENSORS_LATE_MS = 60_000;
const RUN_ID = /^[\w-]{1,64}$/;

/**
 * Results on disk, one JSON file a run, beside the file of tensors that the inference process writes (`<runId>.bin`).
 * Plain data: a few kilobytes. A result whose tensors have left, because newer ones took the space, leaves as well, unless
 * the user named, pinned or annotated it. `<runId>.pin` tells the inference process to keep the tensors.
 */
export class ResultFiles implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** Writing goes one after the other: a note is saved while it is typed. */
  private turn: Promise<unknown> = Promise.resolve();

  /** A result came, changed or left. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly directory: string,
    /** False when the user keeps no results on disk: then the analysed text is not written either. */
    private readonly wanted: () => boolean,
  ) {}

  dispose(): void {
    this.changed.dispose();
  }

  async write(stored: StoredResult): Promise<void> {
    if (!this.wanted()) return;
    await this.inTurn(async () => {
      await this.put(stored);
      await this.prune();
    });
    this.changed.fire();
  }

  /** Null when there is no such result, or it was written by another version. */
  async read(runId: string): Promise<StoredResult | null> {
    if (!RUN_ID.test(runId)) return null;
    try {
      const stored = JSON.parse(await readFile(this.path(runId), 'utf8')) as StoredResult;
      return stored.version === 1 && stored.result.runId === runId ? stored : null;
    } catch {
      return null;
    }
  }

  /** Pinned ones first, the newest first among them. */
  async list(): Promise<StoredResult[]> {
    const names = await readdir(this.directory).catch((): string[] => []);
    const ids = names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
    const stored = (await Promise.all(ids.map((id) => this.read(id)))).filter((one) => one !== null);
    const newest = stored.sort((a, b) => b.result.createdAt.localeCompare(a.result.createdAt));
    return newest.sort((a, b) => Number(b.pinned ?? false) - Number(a.pinned ?? false));
  }

  /** Changes what the user added; an empty name or note takes it away. */
  async mark(runId: string, marks: ResultMarks): Promise<void> {
    await this.inTurn(async () => {
      const stored = await this.read(runId);
      if (!stored) return;
      await this.put({ ...stored, ...marks });
      if (marks.pinned) await writeFile(this.path(runId, 'pin'), '');
      else if (marks.pinned === false) await unlink(this.path(runId, 'pin')).catch(() => undefined);
    });
    this.changed.fire();
  }

  /** The tensors leave by `forget`. */
  async remove(runId: string): Promise<void> {
    if (!RUN_ID.test(runId)) return;
    await this.inTurn(async () => {
      for (const ending of ['json', 'pin']) await unlink(this.path(runId, ending)).catch(() => undefined);
    });
    this.changed.fire();
  }

  /** Whether the tensors are on disk. */
  async hasTensors(runId: string): Promise<boolean> {
    return RUN_ID.test(runId) && (await stat(this.path(runId, 'bin')).catch(() => null)) !== null;
  }

  private async put(stored: StoredResult): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    const path = this.path(stored.result.runId);
    await writeFile(`${path}.tmp`, JSON.stringify(stored));
    await rename(`${path}.tmp`, path);
  }

  /** Removes results whose tensors are gone and that the user has added nothing to. */
  private async prune(): Promise<void> {
    const names = new Set(await readdir(this.directory));
    for (const name of names) {
      if (!name.endsWith('.json') || names.has(name.replace(/json$/, 'bin'))) continue;
      const path = join(this.directory, name);
      const { mtimeMs } = await stat(path);
      if (Date.now() - mtimeMs <= TENSORS_LATE_MS) continue;
      const stored = await this.read(name.slice(0, -'.json'.length));
      if (!stored?.name && !stored?.pinned && !stored?.note) await unlink(path);
    }
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => undefined);
    return done;
  }

  private path(runId: string, ending = 'json'): string {
    return join(this.directory, `${runId}.${ending}`);
  }
}
