import * as vscode from 'vscode';
import { findProbe } from './probeTable';
import { writtenByUser } from '../shared/attention';
import type { StoredProbe } from './probeResults';
import { ProbeResultFiles } from './probeResults';
import type { ResultFiles, ResultMarks, StoredResult } from './results';

/** A run of an attention analysis, or a probe's result without its data. */
export type HistoryEntry = StoredResult | StoredProbe;

/** What was made, attention and probes alike: one list, one way to name, pin, annotate and delete. */
export class History implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscription: vscode.Disposable;

  /** A result came, changed or left. */
  readonly onDidChange = this.changed.event;
  readonly probes: ProbeResultFiles;

  constructor(
    readonly runs: ResultFiles,
    /** Folder of the probes' results, and how many bytes they may take. */
    probesDir: string,
    probesBudget: () => number,
  ) {
    this.probes = new ProbeResultFiles(probesDir, probesBudget);
    this.probes.onDidChange = () => this.changed.fire();
    this.subscription = runs.onDidChange(() => this.changed.fire());
  }

  dispose(): void {
    this.probes.onDidChange = null;
    vscode.Disposable.from(this.subscription, this.changed).dispose();
  }

  /** Pinned ones first, the newest first among them. */
  async list(): Promise<HistoryEntry[]> {
    const [runs, probes] = await Promise.all([this.runs.list(), this.probes.list()]);
    const all = [...runs, ...probes].sort((a, b) => createdAt(b).localeCompare(createdAt(a)));
    return all.sort((a, b) => Number(b.pinned ?? false) - Number(a.pinned ?? false));
  }

  async read(id: string): Promise<HistoryEntry | null> {
    return (await this.runs.read(id)) ?? (await this.probes.header(id));
  }

  async mark(entry: HistoryEntry, marks: ResultMarks): Promise<void> {
    await (isOfProbe(entry) ? this.probes : this.runs).mark(idOf(entry), marks);
  }

  /** A run's tensors leave by `forget`. */
  async remove(entry: HistoryEntry): Promise<void> {
    await (isOfProbe(entry) ? this.probes : this.runs).remove(idOf(entry));
  }
}

export function isOfProbe(entry: HistoryEntry): entry is StoredProbe {
  return 'probe' in entry;
}

export function idOf(entry: HistoryEntry): string {
  return isOfProbe(entry) ? entry.id : entry.result.runId;
}

/** ISO 8601. */
export function createdAt(entry: HistoryEntry): string {
  return isOfProbe(entry) ? entry.createdAt : entry.result.createdAt;
}

/** What made it: the model's name, or the probe's title. */
export function makerOf(entry: HistoryEntry): string {
  if (!isOfProbe(entry)) return entry.result.model.name;
  return findProbe(entry.probe)?.title ?? entry.probe;
}

const SHOWN_TEXT = 60;

/** The name that the user gave, or the beginning of the text; of a probe without one, its title. */
export function titleOf(entry: HistoryEntry): string {
  const text = entry.name ?? shortened(textOf(entry).replace(/\s+/g, ' ').trim(), SHOWN_TEXT);
  return text || (isOfProbe(entry) ? makerOf(entry) : vscode.l10n.t('(token ids)'));
}

export function textOf(entry: HistoryEntry): string {
  const segments = isOfProbe(entry) ? entry.segments : writtenByUser(entry.result);
  return segments.map(({ text }) => text).join('\n');
}

export function shortened(text: string, length: number): string {
  const characters = [...text.slice(0, 2 * length)];
  return characters.length > length ? `${characters.slice(0, length - 1).join('')}…` : text;
}
