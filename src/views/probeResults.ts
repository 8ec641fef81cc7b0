import { mkdir, readdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../shared/probe';
import type { TextSegment } from '../shared/tokens';

/** A probe's result with what it was made from. */
export interface StoredProbeResult {
  version: 1;
  probe: string;
  id: string;
  data: unknown;
  settings: Settings;
  segments: TextSegment[];
  origin: 'selection' | 'sample' | 'typed';
  /** Document URI of the text; null for other texts. */
  source: string | null;
  runMs: number;
  createdAt: string;
}

const FILE = /^[\w-]{1,64}\.json$/;
const MAX_BYTES = 64 * 2 ** 20;

/** Results of probes on disk, one JSON file each, oldest removed where they need more than the budget. */
export class ProbeResultFiles {
  constructor(
    private readonly directory: string,
    /** Bytes; 0 where the user keeps no results. */
    private readonly budget: () => number,
  ) {}

  async write(stored: StoredProbeResult): Promise<void> {
    const text = JSON.stringify(stored);
    if (text.length > Math.min(MAX_BYTES, this.budget())) return;
    await mkdir(this.directory, { recursive: true });
    const path = join(this.directory, `${stored.id}.json`);
    await writeFile(`${path}.tmp`, text);
    await rename(`${path}.tmp`, path);
    await this.prune();
  }

  /** Null when there is no such result, or it was written by another version. */
  async read(id: string): Promise<StoredProbeResult | null> {
    const name = `${id}.json`;
    if (!FILE.test(name)) return null;
    try {
      const path = join(this.directory, name);
      if ((await stat(path)).size > MAX_BYTES) return null;
      const stored = JSON.parse(await readFile(path, 'utf8')) as StoredProbeResult;
      return stored.version === 1 && stored.id === id ? stored : null;
    } catch {
      return null;
    }
  }

  private async prune(): Promise<void> {
    const names = (await readdir(this.directory)).filter((name) => FILE.test(name));
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(this.directory, name);
        const { size, mtimeMs } = await stat(path);
        return { path, size, mtimeMs };
      }),
    );
    let kept = 0;
    for (const { path, size } of files.sort((a, b) => b.mtimeMs - a.mtimeMs)) {
      kept += size;
      if (kept > this.budget()) await unlink(path);
    }
  }
}
