import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttentionResult } from '../shared/attention';

/** A result and where its text came from. */
export interface StoredResult {
  version: 1;
  result: AttentionResult;
  /** Document URI of the text; null for typed text. */
  source: string | null;
}

/**
 * Results on disk, one JSON file a run, beside the tensors that the inference process writes. Plain data without
 * tensors: a few kilobytes. Losing one never fails anything but reopening it.
 */
export class ResultFiles {
  constructor(private readonly directory: string) {}

  async write(stored: StoredResult): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    const path = this.path(stored.result.runId);
    await writeFile(`${path}.tmp`, JSON.stringify(stored));
    await rename(`${path}.tmp`, path);
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
