import { mkdir, readdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttentionResult } from '../shared/attention';

/** A result and where its text came from. */
export interface StoredResult {
  version: 1;
  result: AttentionResult;
  /** Document URI of the text; null for typed text. */
  source: string | null;
}

/** The inference process writes the tensors a moment after the result is known. */
const TENSORS_LATE_MS = 60_000;

/**
 * Results on disk, one JSON file a run, beside the file of tensors that the inference process writes (`<runId>.bin`).
 * Plain data: a few kilobytes. A result whose tensors have left, because newer ones took the space, leaves as well.
 */
export class ResultFiles {
  constructor(
    private readonly directory: string,
    /** False when the user keeps no results on disk: then the analysed text is not written either. */
    private readonly wanted: () => boolean,
  ) {}

  async write(stored: StoredResult): Promise<void> {
    if (!this.wanted()) return;
    await mkdir(this.directory, { recursive: true });
    const path = this.path(stored.result.runId);
    await writeFile(`${path}.tmp`, JSON.stringify(stored));
    await rename(`${path}.tmp`, path);
    await this.prune();
  }

  /** Removes results whose tensors are gone. */
  private async prune(): Promise<void> {
    const names = new Set(await readdir(this.directory));
    for (const name of names) {
      if (!name.endsWith('.json') || names.has(name.replace(/json$/, 'bin'))) continue;
      const path = join(this.directory, name);
      const { mtimeMs } = await stat(path);
      if (Date.now() - mtimeMs > TENSORS_LATE_MS) await unlink(path);
    }
  }

  /** Null when there is no such result, or it was written by another version. */
  async read(runId: string): Promise<StoredResult | null> {
    if (!/^[\w-]{1,64}$/.test(runId)) return null;
    try {
      const stored = JSON.parse(await readFile(this.path(runId), 'utf8')) as StoredResult;
      return stored.version === 1 && stored.result.runId === runId ? stored : null;
    } catch {
      return null;
    }
  }

  private path(runId: string): string {
    return join(this.directory, `${runId}.json`);
  }
}
