import * as vscode from 'vscode';
import type { History, HistoryEntry } from './history';
import { createdAt, idOf, titleOf } from './history';

export const NOTE_SCHEME = 'transformer-probe-note';
const SAVE_AFTER_MS = 300;

/**
 * Notes on results as documents of the editor, with its undo, search and spelling: `transformer-probe-note:/<id>/<title>.md`.
 * They are saved while they are typed, into the result's file.
 */
export class NoteDocuments implements vscode.FileSystemProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.changed.event;
  private readonly timers = new Map<vscode.TextDocument, NodeJS.Timeout>();
  private readonly subscriptions: vscode.Disposable;

  constructor(private readonly history: History) {
    this.subscriptions = vscode.Disposable.from(
      this.changed,
      vscode.workspace.registerFileSystemProvider(NOTE_SCHEME, this, { isCaseSensitive: true }),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.saveSoon(document)),
    );
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.subscriptions.dispose();
  }

  /** Opens the note of a result beside the panel's editor group. */
  async open(entry: HistoryEntry): Promise<void> {
    const title = titleOf(entry).replace(/[/\\]/g, ' ');
    const path = `/${idOf(entry)}/${vscode.l10n.t('Note: {0}', title)}.md`;
    await vscode.window.showTextDocument(vscode.Uri.from({ scheme: NOTE_SCHEME, path }));
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { size, mtime } = await this.read(uri);
    return { type: vscode.FileType.File, ctime: 0, mtime, size };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return (await this.read(uri)).bytes;
  }

  async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    await this.history.mark(await this.entry(uri), { note: new TextDecoder().decode(content) });
    this.changed.fire([{ type: vscode.FileChangeType.Changed, uri }]);
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  private async read(uri: vscode.Uri): Promise<{ bytes: Uint8Array; size: number; mtime: number }> {
    const entry = await this.entry(uri);
    const bytes = new TextEncoder().encode(entry.note ?? '');
    // Nobody else writes notes: a time that stays the same never asks which version to keep.
    return { bytes, size: bytes.length, mtime: Date.parse(createdAt(entry)) };
  }

  private async entry(uri: vscode.Uri): Promise<HistoryEntry> {
    const entry = await this.history.read(uri.path.split('/')[1] ?? '');
    if (!entry) throw vscode.FileSystemError.FileNotFound(uri);
    return entry;
  }

  private saveSoon(document: vscode.TextDocument): void {
    if (document.uri.scheme !== NOTE_SCHEME || !document.isDirty) return;
    clearTimeout(this.timers.get(document));
    const save = () => {
      this.timers.delete(document);
      if (!document.isClosed) void document.save();
    };
    this.timers.set(document, setTimeout(save, SAVE_AFTER_MS));
  }
}
