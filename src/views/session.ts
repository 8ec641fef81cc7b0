import * as vscode from 'vscode';
import { LinkedText } from '../editor/linkedText';
import type { AttentionStage } from '../probes/attention';
import { analyzeAttention } from '../probes/attention';
import type { AttentionResult } from '../shared/attention';
import type { Comparison } from '../shared/compare';
import type { ErrorMessage } from '../shared/errors';
import { ProbeError, toErrorMessage } from '../shared/errors';
import type { EncodeRequest, Inference } from '../shared/inference';
import type { PanelSnapshot } from '../shared/protocol';
import type { TextSegment } from '../shared/tokens';
import type { ResultFiles } from './results';

/** What to analyse. `source` is the document that holds the segments, if one does. */
export interface AnalysisRequest {
  model: string;
  segments: TextSegment[];
  target?: string;
  overflow?: EncodeRequest['overflow'];
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
  private stage: AttentionStage = 'Opening the model';
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
      busy: this.busy ? { message: describe(this.stage) } : null,
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
    await this.analyze({ ...request, overflow: undefined, ...(now && { segments: now }), ...change });
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

  /** Brings back a result from disk, with its link to the document if that still holds the text. */
  async restore(runId: string): Promise<boolean> {
    const stored = await this.files.read(runId);
    if (!stored || this.result || this.busy) return stored !== null;
    const { result, source } = stored;
    this.request = {
      model: result.model.id,
      segments: result.segments,
      target: result.target?.source === 'given' ? result.target.text : undefined,
      source: source === null ? undefined : vscode.Uri.parse(source),
    };
    this.show(result, this.request.source);
    return true;
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
    const { model, segments, target, overflow } = request;
    const onProgress = (stage: AttentionStage) => {
      this.stage = stage;
      if (!signal.aborted) this.changed.fire();
    };
    return analyzeAttention(this.inference, { model, segments, target, overflow }, { signal, onProgress });
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
    this.link = source ? new LinkedText(source, result.segments) : null;
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

function describe(stage: AttentionStage): string {
  switch (stage) {
    case 'Opening the model':
      return vscode.l10n.t('Opening the model…');
    case 'Tokenizing':
      return vscode.l10n.t('Splitting the text into tokens…');
    case 'Generating the target':
      return vscode.l10n.t('Letting the model write the target…');
    case 'Running the model':
      return vscode.l10n.t('Running the model…');
  }
}
