import { mkdir, readdir, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { openRunFile, writeRunFile } from './runFile';
import type { RunContents, RunFile } from './runFile';

const RUN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** An unfinished file this old belongs to no process that still writes it. */
const ABANDONED_MS = 10 * 60 * 1000;

interface StoredFile {
  path: string;
  size: number;
  usedAt: number;
}

/** The folder of run files. Nothing that goes wrong here fails an analysis: it is logged and the run is not stored. */
export class RunFolder {
  constructor(
    private readonly directory: string,
    private readonly budgetBytes: number,
    private readonly log: (message: string) => void,
  ) {}

  /** Writes a run; then the least recently used files leave until all fit the budget. */
  async write(runId: string, contents: RunContents): Promise<void> {
    try {
      await mkdir(this.directory, { recursive: true });
      await writeRunFile(this.pathOf(runId), contents);
      await this.tidy(this.pathOf(runId));
    } catch (error) {
      this.log(`The result could not be stored on disk: ${reason(error)}`);
    }
  }

  /** Undefined where the run is not stored. Opening counts as use. */
  async open(runId: string): Promise<RunFile | undefined> {
    if (!RUN_ID.test(runId)) return undefined;
    const file = await openRunFile(this.pathOf(runId));
    const now = new Date();
    if (file) await utimes(file.path, now, now).catch(() => undefined);
    return file;
  }

  async remove(runId: string): Promise<void> {
    if (RUN_ID.test(runId)) await unlink(this.pathOf(runId)).catch(() => undefined);
  }

  private pathOf(runId: string): string {
    return join(this.directory, `${runId}.bin`);
  }

  private async tidy(newest: string): Promise<void> {
    const files = (await this.list()).sort((a, b) => b.usedAt - a.usedAt);
    // The extension puts an empty `<run id>.pin` beside what the user wants to keep.
    const names = await readdir(this.directory);
    const pins = names.filter((name) => name.endsWith('.pin'));
    const pinned = new Set(pins.map((name) => join(this.directory, name.replace(/pin$/, 'bin'))));
    let bytes = 0;
    for (const { path, size, usedAt } of files) {
      bytes += size;
      const leaves = path.endsWith('.tmp')
        ? Date.now() - usedAt > ABANDONED_MS
        : bytes > this.budgetBytes && path !== newest && !pinned.has(path);
      if (leaves) await unlink(path).catch(() => undefined);
    }
  }

  private async list(): Promise<StoredFile[]> {
    const files: StoredFile[] = [];
    for (const name of await readdir(this.directory)) {
      const [id, ...ending] = name.split('.');
      if (!RUN_ID.test(id ?? '') || !['bin', 'bin.tmp'].includes(ending.join('.'))) continue;
      const path = join(this.directory, name);
      const facts = await stat(path).catch(() => undefined);
      if (facts) files.push({ path, size: facts.size, usedAt: facts.mtimeMs });
    }
    return files;
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
