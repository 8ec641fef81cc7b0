import { mkdir, readdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings, TextOrigin } from '../shared/probe';
import type { TextSegment } from '../shared/tokens';
import type { ResultMarks } from './results';

/** What a probe's result was made from, and what the user added to it. */
export interface StoredProbe extends ResultMarks {
  version: 2;
  probe: string;
  id: string;
  settings: Settings;
  segments: TextSegment[];
  origin: TextOrigin;
  /** Document URI of the text; null for other texts. */
  source: string | null;
  runMs: number;
  createdAt: string;
}

export interface StoredProbeResult extends StoredProbe {
  data: unknown;
}

const ID = /^[\w-]{1,64}$/;
const FILE = /^[\w-]{1,64}(\.data)?\.json$/;
const MAX_BYTES = 64 * 2 ** 20;

/**
 * Results of probes on disk: `<id>.json` says what a result is, `<id>.data.json` is the result, which may be large. The
 * oldest leave where they need more than the budget; those that the user named, pinned or annotated stay.
 */
export class ProbeResultFiles {
  /** Called when a result came, changed or left. */
  onDidChange: (() => void) | null = null;
  /** Writing goes one after the other. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly directory: string,
    /** Bytes; 0 where the user keeps no results. */
    private readonly budget: () => number,
  ) {}

  async write({ data, ...stored }: StoredProbeResult): Promise<void> {
    const text = JSON.stringify(data);
    if (text.length > Math.min(MAX_BYTES, this.budget())) return;
    await this.inTurn(async () => {
      await mkdir(this.directory, { recursive: true });
      await this.put(`${stored.id}.data.json`, text);
      await this.put(`${stored.id}.json`, JSON.stringify(stored));
      await this.prune();
    });
  }

  /** Null when there is no such result, or it was written by another version. */
  async read(id: string): Promise<StoredProbeResult | null> {
    const stored = await this.header(id);
    if (!stored) return null;
    const data = await this.json(`${id}.data.json`);
    return data === null ? null : { ...stored, data };
  }

  /** A result without its data. */
  async header(id: string): Promise<StoredProbe | null> {
    if (!ID.test(id)) return null;
    const stored = (await this.json(`${id}.json`)) as StoredProbe | null;
    return stored?.version === 2 && stored.id === id ? stored : null;
  }

  /** All of them without their data, the newest first. */
  async list(): Promise<StoredProbe[]> {
    const names = await readdir(this.directory).catch((): string[] => []);
    const ids = names.flatMap((name) => /^([\w-]{1,64})\.json$/.exec(name)?.[1] ?? []);
    const found = await Promise.all(ids.map((id) => this.header(id)));
    return found.filter((one) => one !== null).sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  }

  /** Changes what the user added; an empty name or note takes it away. */
  async mark(id: string, marks: ResultMarks): Promise<void> {
    await this.inTurn(async () => {
      const stored = await this.header(id);
      if (stored) await this.put(`${id}.json`, JSON.stringify({ ...stored, ...marks }));
    });
  }

  async remove(id: string): Promise<void> {
    if (!ID.test(id)) return;
    await this.inTurn(() => this.unlink(id));
  }

  private async put(name: string, text: string): Promise<void> {
    const path = join(this.directory, name);
    await writeFile(`${path}.tmp`, text);
    await rename(`${path}.tmp`, path);
  }

  private async unlink(id: string): Promise<void> {
    for (const name of [`${id}.json`, `${id}.data.json`]) {
      await unlink(join(this.directory, name)).catch(() => undefined);
    }
  }

  private async json(name: string): Promise<unknown> {
    try {
      const path = join(this.directory, name);
      if ((await stat(path)).size > MAX_BYTES) return null;
      return JSON.parse(await readFile(path, 'utf8')) as unknown;
    } catch {
      return null;
    }
  }

  /** Both files of a result count; a file without its other half, or of another version, is as old as it is. */
  private async prune(): Promise<void> {
    const sizes = new Map<string, { bytes: number; mtimeMs: number }>();
    for (const name of await readdir(this.directory)) {
      if (!FILE.test(name)) continue;
      const { size, mtimeMs } = await stat(join(this.directory, name));
      const id = name.replace(/(\.data)?\.json$/, '');
      const known = sizes.get(id);
      sizes.set(id, { bytes: size + (known?.bytes ?? 0), mtimeMs: Math.max(mtimeMs, known?.mtimeMs ?? 0) });
    }
    let kept = 0;
    for (const [id, { bytes }] of [...sizes].sort(([, a], [, b]) => b.mtimeMs - a.mtimeMs)) {
      kept += bytes;
      if (kept > this.budget() && !isMarked(await this.header(id))) await this.unlink(id);
    }
  }

  private async inTurn(work: () => Promise<unknown>): Promise<void> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => undefined);
    await done;
    this.onDidChange?.();
  }
}

/** Whether the user added anything to a result. */
export function isMarked(marks: ResultMarks | null): boolean {
  return marks !== null && (Boolean(marks.name) || Boolean(marks.note) || marks.pinned === true);
}
