import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { LinkedText } from '../editor/linkedText';
import { compareReports } from '../probes/compareReports';
import type { AnyProbe, ProbeMachine } from '../probes/probe';
import { cleanSettings, defaultSettings } from '../probes/settings';
import type { ErrorMessage } from '../shared/errors';
import { toErrorMessage } from '../shared/errors';
import type { Inference } from '../shared/inference';
import type { Family } from '../shared/model';
import type { ProbeInfo, ProbeSnapshot, ProbeView, Settings, TextOrigin } from '../shared/probe';
import type { TextSegment } from '../shared/tokens';
import type { ProbeResultFiles, StoredProbeResult } from './probeResults';
import { isMarked } from './probeResults';

/** A text for a probe, and the document that holds it, if one does. */
export interface ProbeText {
  origin: TextOrigin;
  segments: TextSegment[];
  source?: vscode.Uri;
}

/** What a session needs of the rest of the extension. */
export interface ProbeServices {
  inference: Inference;
  files: ProbeResultFiles;
  machine(): ProbeMachine;
  /** The model that commands use. */
  currentModel(): string;
  models(): Promise<{ id: string; family: Family | null }[]>;
  log: vscode.LogOutputChannel;
}

/** How often a running probe's intermediate results are shown. */
const PARTIAL_MS = 100;

/** One probe's settings, text and latest result, what runs now, and the last failure. */
export class ProbeSession implements vscode.Disposable {
  settings: Settings;
  result: ProbeView | null = null;
  private text: ProbeText | null;
  /** What the result was made of. */
  private shownText: ProbeText | null = null;
  private link: LinkedText | null = null;
  private running: AbortController | null = null;
  private stage: { message: string; fraction: number | null } = { message: '', fraction: null };
  private error: ErrorMessage | null = null;
  private models: ProbeSnapshot['models'] = [];
  private readonly modelsKnown: Promise<void>;
  /** The newest intermediate result, which may not be on the screen yet. */
  private partial: { data: unknown; settings: Settings } | null = null;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;

  constructor(
    readonly probe: AnyProbe,
    private readonly services: ProbeServices,
  ) {
    this.settings = defaultSettings(probe.fields);
    this.text = sampleOf(probe);
    this.modelsKnown = this.refreshModels();
  }

  dispose(): void {
    this.running?.abort();
    this.running = null;
    this.link?.dispose();
    this.changed.dispose();
  }

  get busy(): boolean {
    return this.running !== null;
  }

  get linkedText(): LinkedText | null {
    return this.link;
  }

  snapshot(): ProbeSnapshot {
    const { probe, settings, text, models, result, error, link } = this;
    return {
      probe: localized(probe),
      settings,
      text: text && { origin: text.origin, segments: text.segments.map((segment) => segment.text) },
      models,
      result,
      busy: this.busy ? this.stage : null,
      error,
      stale: link?.stale ?? false,
      linked: link?.document !== undefined,
    };
  }

  /** Keeps settings for the next run. */
  change(settings: unknown): void {
    this.settings = cleanSettings(this.probe.fields, settings);
    this.changed.fire();
  }

  /** What the next run reads. */
  read(text: ProbeText | null): void {
    this.text = text ?? sampleOf(this.probe);
  }

  /** The text where it stands now: follows edits of the document. */
  get currentText(): ProbeText | null {
    const segments = this.link?.document && this.text?.source ? this.link.currentSegments() : null;
    return segments && this.text ? { ...this.text, segments } : this.text;
  }

  /** Runs the probe; one that still runs is cancelled. Resolves when there is a result, a failure or a stop. */
  async run(): Promise<void> {
    this.cancel();
    const running = new AbortController();
    const text = this.currentText;
    const settings = { ...this.settings };
    const kept = this.result;
    Object.assign(this, {
      running,
      error: null,
      stage: { message: vscode.l10n.t('Starting…'), fraction: null },
    });
    this.changed.fire();
    try {
      await this.modelsKnown;
      const started = performance.now();
      const request = { segments: text?.segments ?? [], settings: this.resolved(settings) };
      const onProgress = this.progress(running, settings);
      const context = { signal: running.signal, onProgress, machine: this.services.machine() };
      const data = await this.probe.run(this.services.inference, request, context);
      const runMs = performance.now() - started;
      const id = (await this.replaced(text)) ?? randomUUID();
      if (this.running !== running) return;
      await this.accept(data, { id, settings, text, runMs });
    } catch (error) {
      if (this.running === running) this.fail(error, kept);
    } finally {
      if (this.running === running) {
        this.running = null;
        this.changed.fire();
      }
    }
  }

  /** Stops what runs; what it found so far stays. */
  cancel(): void {
    if (!this.running) return;
    this.running.abort();
    this.running = null;
    this.keepPartial();
    this.changed.fire();
  }

  async restore(id: string): Promise<boolean> {
    const stored = await this.services.files.read(id);
    if (!stored || stored.probe !== this.probe.id || this.result || this.busy) return stored !== null;
    this.bringBack(stored);
    return true;
  }

  /** An empty model field means the model that commands use, where its family fits, else a bundled one of the family. */
  private resolved(settings: Settings): Settings {
    const resolved = { ...settings };
    for (const [name, field] of Object.entries(this.probe.fields)) {
      if (field.kind !== 'model' || resolved[name] !== '') continue;
      const current = this.services.currentModel();
      const known = this.models.find(({ id }) => id === current);
      const fits = ({ family }: { family: Family | null }) =>
        !field.families || (family !== null && field.families.includes(family));
      const isUsual = ({ family }: { family: Family | null }) => family === field.usual;
      resolved[name] = field.usual
        ? (this.models.find(isUsual)?.id ?? current)
        : !known || fits(known)
          ? current
          : (this.models.find(fits)?.id ?? current);
    }
    return resolved;
  }

  private progress(running: AbortController, settings: Settings) {
    let shown = 0;
    return (message: string, fraction?: number, partial?: unknown) => {
      if (this.running !== running) return;
      this.stage = { message, fraction: fraction ?? null };
      if (partial !== undefined) {
        this.partial = { data: partial, settings };
        if (performance.now() - shown > PARTIAL_MS) {
          shown = performance.now();
          this.showPartial(true);
        }
      }
      this.changed.fire();
    };
  }

  private showPartial(partial: boolean): void {
    if (!this.partial) return;
    const { data, settings } = this.partial;
    const now = { runMs: 0, createdAt: new Date().toISOString() };
    this.result = { ...this.view(this.result?.id ?? randomUUID(), data, settings, now), partial };
  }

  /** What a run found before it stopped stays, as a result of its own; false if it found nothing. */
  private keepPartial(): boolean {
    const found = this.partial !== null;
    this.showPartial(false);
    this.partial = null;
    return found;
  }

  /** Shows a result from disk in place of what is shown, with its settings and its text. */
  open(stored: StoredProbeResult): void {
    this.cancel();
    this.error = null;
    this.bringBack(stored);
  }

  /** Shows what is shown beside another result of the same probe, until the next run. */
  compareWith(other: StoredProbeResult, names: [string, string]): void {
    if (!this.result) return;
    const second = this.probe.report(other.data, cleanSettings(this.probe.fields, other.settings));
    const sides = [
      { name: names[0], report: this.probe.report(this.result.data, this.result.settings) },
      { name: names[1], report: second },
    ] as const;
    this.result = { ...this.result, report: compareReports(...sides) };
    this.changed.fire();
  }

  private bringBack(stored: StoredProbeResult): void {
    this.settings = cleanSettings(this.probe.fields, stored.settings);
    const source = stored.source === null ? undefined : vscode.Uri.parse(stored.source);
    this.text =
      stored.segments.length > 0 ? { origin: stored.origin, segments: stored.segments, source } : null;
    this.shownText = this.text;
    this.result = this.view(stored.id, stored.data, this.settings, stored);
    this.follow();
  }

  private async accept(
    data: unknown,
    { id, settings, text, runMs }: { id: string; settings: Settings; text: ProbeText | null; runMs: number },
  ): Promise<void> {
    const { probe, services } = this;
    const made = { runMs, createdAt: new Date().toISOString() };
    this.partial = null;
    this.result = this.view(id, data, settings, made);
    this.text = this.shownText = text;
    this.follow();
    services.log.info(`${probe.id}: ${runMs.toFixed(0)} ms`);
    const { origin = 'sample', segments = [], source } = text ?? {};
    const from = { origin, segments, source: source?.toString() ?? null };
    const stored: StoredProbeResult = { version: 2, probe: probe.id, id, data, settings, ...from, ...made };
    try {
      await services.files.write(stored);
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? 'unknown error';
      services.log.warn(`The result could not be kept on disk: ${reason}`);
    }
  }

  /** A live probe runs at every change of a setting: its results on one text take each other's place, unless the user kept one. */
  private async replaced(text: ProbeText | null): Promise<string | null> {
    const id = this.probe.live && isSameText(text, this.shownText) ? (this.result?.id ?? null) : null;
    return id !== null && isMarked(await this.services.files.header(id)) ? null : id;
  }

  private view(
    id: string,
    data: unknown,
    settings: Settings,
    { runMs, createdAt }: { runMs: number; createdAt: string },
  ): ProbeView {
    const report = this.probe.report(data, settings);
    return { id, data, report, settings, partial: false, runMs, createdAt };
  }

  private follow(): void {
    this.link?.dispose();
    const { source, segments } = this.text ?? {};
    this.link = source && segments ? new LinkedText(source, segments) : null;
    this.link?.onDidChange(() => this.changed.fire());
    this.changed.fire();
  }

  private fail(error: unknown, before: ProbeView | null): void {
    const message = toErrorMessage(error);
    if (!this.keepPartial()) this.result = before;
    if (message.code === 'cancelled') return;
    this.error = message;
    this.services.log.error(`${this.probe.id}: ${message.message}`);
  }

  /** Models may have come since: downloaded, or trained by another probe. */
  async refreshModels(): Promise<void> {
    if (!Object.values(this.probe.fields).some(({ kind }) => kind === 'model')) return;
    this.models = await this.services.models();
    this.changed.fire();
  }
}

function isSameText(a: ProbeText | null, b: ProbeText | null): boolean {
  const textOf = (one: ProbeText | null) =>
    JSON.stringify([one?.source, one?.segments.map(({ text }) => text)]);
  return textOf(a) === textOf(b);
}

function sampleOf({ sample }: ProbeInfo): ProbeText | null {
  return sample === undefined ? null : { origin: 'sample', segments: [{ text: sample, offset: 0 }] };
}

/** The parts of a probe that are shown in lists, in the language of the interface. */
function localized(probe: AnyProbe): ProbeInfo {
  const { id, topic, links, input, sample, reads, live, fields } = probe;
  const said = {
    title: probe.title,
    summary: probe.summary,
    shows: probe.shows,
    look: probe.look,
    limits: probe.limits,
  };
  return { id, topic, links, input, sample, reads, live, fields, ...said };
}
