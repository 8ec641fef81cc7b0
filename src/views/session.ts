import * as vscode from 'vscode';
import { LinkedText } from '../editor/linkedText';
import type { AttentionStage } from '../probes/attention';
import { analyzeAttention } from '../probes/attention';
import { compareResults } from '../probes/compare';
import type { AttentionResult } from '../shared/attention';
import { writtenByUser } from '../shared/attention';
import type { Comparison } from '../shared/compare';
import type { ErrorMessage } from '../shared/errors';
import { ProbeError, toErrorMessage } from '../shared/errors';
import type { GenerationOptions } from '../shared/generation';
import type { EncodeRequest, Inference } from '../shared/inference';
import type { PanelSnapshot } from '../shared/protocol';
import type { TextSegment } from '../shared/tokens';
import type { ResultFiles, StoredResult } from './results';

function requestOf({ result, source }: StoredResult): AnalysisRequest {
  return {
    model: result.model.id,
    segments: writtenByUser(result),
    target: result.target?.source === 'given' ? result.target.text : undefined,
    overflow: result.window?.index,
    source: source === null ? undefined : vscode.Uri.parse(source),
  };
}

interface Progress {
  stage: AttentionStage;
  /** Generated so far. */
  tokens?: number;
}

/** What to analyse. `source` is the document that holds the segments, if one does. */
export interface AnalysisRequest {
  model: string;
  segments: TextSegment[];
  target?: string;
  overflow?: EncodeRequest['overflow'];
  /** How the model writes the target, or goes on from the text. */
  generation?: GenerationOptions;
  source?: vscode.Uri;
}

/** Asks the user how to go on with a text that is too long; undefined means not at all. */
export type AskOverflow = (error: ProbeError) => Promise<EncodeRequest['overflow'] | undefined>;

/**
 * The one analysis that the panel shows: the latest result, what runs now, and the last failure. A failure or a running
 * analysis leaves the result before it on the screen.
 */
export class AnalysisSession implements vscode.Disposable {
  private request: AnalysisRequest | null = null;
  private running: AbortController | null = null;
  /** True while the user is asked how to go on: nothing computes then. */
  private asking = false;
  private progress: Progress = { stage: 'Opening the model' };
  /** Ends the generation that runs, and keeps what was written. */
  private stopWriting: AbortController | null = null;
  private error: ErrorMessage | null = null;
  private link: LinkedText | null = null;
  private readonly changed = new vscode.EventEmitter<void>();

  result: AttentionResult | null = null;
  comparison: Comparison | null = null;
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly inference: Inference,
    private readonly files: ResultFiles,
    private readonly log: vscode.LogOutputChannel,
    private readonly askOverflow: AskOverflow,
  ) {}

  dispose(): void {
    this.stop();
    this.link?.dispose();
    this.changed.dispose();
  }

  get busy(): boolean {
    return this.running !== null && !this.asking;
  }

  /** Whether there is a text to analyze again. */
  get hasText(): boolean {
    return this.request !== null;
  }

  /** The analysed text in its document; null for typed text. */
  get linkedText(): LinkedText | null {
    return this.link;
  }

  snapshot(): PanelSnapshot {
    return {
      result: this.result,
      busy: this.busy ? { message: describe(this.progress) } : null,
      error: this.error,
      stale: this.link?.stale ?? false,
      linked: this.link?.document !== undefined,
      comparison: this.comparison,
    };
  }

  /** Runs the probe; a run that is still going is cancelled first. Resolves when there is a result, a failure or a stop. */
  async analyze(request: AnalysisRequest): Promise<AttentionResult | null> {
    this.stop();
    const running = new AbortController();
    this.running = running;
    this.request = request;
    this.error = null;
    this.changed.fire();
    try {
      const result = await this.runAskingOverflow(request, running.signal);
      if (result && this.running === running) await this.accept(result, request);
      return result;
    } catch (error) {
      if (this.running === running) this.fail(error);
      return null;
    } finally {
      if (this.running === running) {
        this.running = null;
        this.changed.fire();
      }
    }
  }

  /** Analyses an edited text, or the linked text as it is now, with the same model or another. */
  async rerun(change: Partial<AnalysisRequest> = {}): Promise<void> {
    const request = this.request;
    if (!request) return;
    const now =
      this.link?.document && change.segments === undefined ? this.link.currentSegments() : undefined;
    await this.analyze({
      ...request,
      overflow: undefined,
      generation: undefined,
      ...(now && { segments: now }),
      ...change,
    });
  }

  /** Lets the model go on from the text, or write the target; the link to the document stays. */
  async generate(generation: GenerationOptions): Promise<void> {
    await this.rerun({ generation, target: undefined });
  }

  /** Stops what runs, or ends a generation and keeps what was written so far. */
  cancelOrStopWriting(): void {
    if (this.running && this.progress.stage === 'Generating the text' && this.progress.tokens) {
      this.stopWriting?.abort();
    } else this.cancel();
  }

  /** Shows another result beside this one; null to stop. */
  async compareWith(other: AttentionResult | null): Promise<void> {
    const { result } = this;
    const comparison = other && result && (await compareResults(this.inference, result, other));
    if (this.result !== result) return;
    this.comparison = comparison;
    this.changed.fire();
  }

  /** Stops what runs; everything that shows it (panel, progress, status bar) hears of it. */
  cancel(): void {
    this.stop();
    this.changed.fire();
  }

  private stop(): void {
    this.running?.abort();
    this.running = null;
  }

  /** Brings back a result from disk where nothing is shown yet; false where it is no longer there. */
  async restore(runId: string): Promise<boolean> {
    const stored = await this.files.read(runId);
    if (!stored || this.result || this.busy) return stored !== null;
    this.bringBack(stored);
    return true;
  }

  /**
   * Shows a result from disk in place of what is shown, with its link to the document if that still holds the text. Runs it
   * again where its tensors have left.
   */
  async open(stored: StoredResult): Promise<void> {
    this.cancel();
    if (await this.files.hasTensors(stored.result.runId)) return this.bringBack(stored);
    const { target, generation } = stored.result;
    const written = target?.source === 'generated' || !target ? generation?.options : undefined;
    await this.analyze({ ...requestOf(stored), generation: written });
  }

  private bringBack(stored: StoredResult): void {
    this.error = null;
    this.request = requestOf(stored);
    this.show(stored.result, this.request.source);
  }

  private async runAskingOverflow(
    request: AnalysisRequest,
    signal: AbortSignal,
  ): Promise<AttentionResult | null> {
    try {
      return await this.runProbe(request, signal);
    } catch (error) {
      if (!(error instanceof ProbeError) || error.detail?.reason !== 'too-long') throw error;
      const overflow = await this.ask(error);
      if (overflow === undefined || signal.aborted) return null;
      request.overflow = overflow;
      return this.runProbe(request, signal);
    }
  }

  private runProbe(request: AnalysisRequest, signal: AbortSignal): Promise<AttentionResult> {
    const { model, segments, target, overflow, generation } = request;
    const asked = { model, segments, target, overflow, generation };
    const onProgress = (stage: AttentionStage, tokens?: number) => {
      this.progress = { stage, tokens };
      if (!signal.aborted) this.changed.fire();
    };
    const stop = (this.stopWriting = new AbortController());
    return analyzeAttention(this.inference, asked, { signal, stop: stop.signal, onProgress });
  }

  private async ask(error: ProbeError): Promise<EncodeRequest['overflow'] | undefined> {
    this.setAsking(true);
    try {
      return await this.askOverflow(error);
    } finally {
      this.setAsking(false);
    }
  }

  private setAsking(asking: boolean): void {
    this.asking = asking;
    this.changed.fire();
  }

  private async accept(result: AttentionResult, request: AnalysisRequest): Promise<void> {
    this.show(result, request.source);
    const { model, timing, tokens } = result;
    this.log.info(
      `${model.id}: ${tokens.length} tokens, run ${timing.runMs.toFixed(0)} ms, open ${timing.openMs.toFixed(0)} ms`,
    );
    try {
      await this.files.write({ version: 1, result, source: request.source?.toString() ?? null });
    } catch (error) {
      this.log.warn(
        `The result could not be kept on disk: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`,
      );
    }
  }

  private show(result: AttentionResult, source: vscode.Uri | undefined): void {
    this.result = result;
    this.comparison = null;
    this.link?.dispose();
    this.link = source ? new LinkedText(source, writtenByUser(result)) : null;
    this.link?.onDidChange(() => this.changed.fire());
    this.changed.fire();
  }

  private fail(error: unknown): void {
    const message = toErrorMessage(error);
    if (message.code === 'cancelled') return;
    this.error = message;
    this.log.error(message.message);
  }
}

function describe({ stage, tokens }: Progress): string {
  switch (stage) {
    case 'Opening the model':
      return vscode.l10n.t('Opening the model…');
    case 'Tokenizing':
      return vscode.l10n.t('Splitting the text into tokens…');
    case 'Generating the text':
      return tokens
        ? vscode.l10n.t('Letting the model write: {0} tokens…', tokens)
        : vscode.l10n.t('Letting the model write…');
    case 'Running the model':
      return vscode.l10n.t('Running the model…');
  }
}
