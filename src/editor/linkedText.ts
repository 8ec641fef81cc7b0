import * as vscode from 'vscode';
import type { TextSegment, Token } from '../shared/tokens';
import type { OffsetRange } from './offsets';
import { moveRange, tokenAtOffset } from './offsets';

/**
 * The analysed text where it lives: follows the document through edits, so that a token's range stays on the same
 * characters and the text as it is now can be analysed again.
 */
export class LinkedText implements vscode.Disposable {
  private ranges: OffsetRange[];
  private staleBefore: boolean;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscriptions: vscode.Disposable[];

  /** Fired when the document was edited inside the text (or back), opened or closed. */
  readonly onDidChange = this.changed.event;

  constructor(
    readonly uri: vscode.Uri,
    private readonly segments: TextSegment[],
  ) {
    this.ranges = segments.map(({ text, offset }) => ({ start: offset, end: offset + text.length }));
    this.staleBefore = this.stale;
    const notify = (document: vscode.TextDocument) => this.isOurs(document) && this.changed.fire();
    this.subscriptions = [
      vscode.workspace.onDidChangeTextDocument((event) => this.follow(event)),
      vscode.workspace.onDidCloseTextDocument(notify),
      vscode.workspace.onDidOpenTextDocument(notify),
      this.changed,
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  get document(): vscode.TextDocument | undefined {
    return vscode.workspace.textDocuments.find((document) => this.isOurs(document));
  }

  /** True when the document is open and no longer holds the analysed text. */
  get stale(): boolean {
    const now = this.currentSegments();
    return now.some(({ text }, index) => text !== this.segments[index]?.text);
  }

  /** The text at the analysed places as it is now; empty when the document is closed. */
  currentSegments(): TextSegment[] {
    const { document } = this;
    if (!document) return [];
    return this.ranges.map(({ start, end }) => ({
      text: document.getText(rangeIn(document, start, end)),
      offset: start,
    }));
  }

  /** Where a token stands in the document; undefined for special tokens and where the link is lost. */
  rangeOf(token: Pick<Token, 'segment' | 'start' | 'end' | 'special'>): vscode.Range | undefined {
    const { document } = this;
    const segment = this.ranges[token.segment];
    if (!document || !segment || token.special || token.end <= token.start || this.stale) return undefined;
    return rangeIn(document, segment.start + token.start, segment.start + token.end);
  }

  /** Index of the token that holds the position, or null. */
  tokenAt(tokens: Token[], position: vscode.Position): number | null {
    const { document } = this;
    if (!document || this.stale) return null;
    const starts = this.ranges.map(({ start }) => start);
    return tokenAtOffset(tokens, starts, document.offsetAt(position));
  }

  private isOurs(document: vscode.TextDocument): boolean {
    return document.uri.toString() === this.uri.toString();
  }

  private follow(event: vscode.TextDocumentChangeEvent): void {
    if (!this.isOurs(event.document) || event.contentChanges.length === 0) return;
    const before = this.staleBefore;
    this.ranges = this.ranges.map((range) => moveRange(range, event.contentChanges));
    this.staleBefore = this.stale;
    if (this.staleBefore !== before) this.changed.fire();
  }
}

function rangeIn(document: vscode.TextDocument, start: number, end: number): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}
