import * as vscode from 'vscode';
import type { AnatomyClient } from '../../anatomy/client';
import type { AnatomyHostEvents } from '../../shared/anatomyProtocol';
import { AnatomyDocument } from './document';
import { ANATOMY_EDITOR } from '../ids';
import type { AnatomyModels } from './models';
import type { AnatomyActions } from './page';
import { AnatomyPage } from './page';

/** The read-only editor of model files, and of everything else that has an anatomy. */
export class AnatomyEditors
  implements vscode.CustomReadonlyEditorProvider<AnatomyDocument>, vscode.Disposable
{
  private readonly pages = new Set<AnatomyPage>();
  private readonly changed = new vscode.EventEmitter<void>();
  /** The document of the editor that was active last; null where none is open. */
  current: AnatomyDocument | null = null;
  readonly onDidChangeCurrent = this.changed.event;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly models: AnatomyModels,
    private readonly client: AnatomyClient,
    private readonly actions: AnatomyActions,
  ) {}

  dispose(): void {
    this.changed.dispose();
    for (const page of this.pages) page.dispose();
  }

  /** Opens the editor of a model, or brings it to the front, and shows a part of it. */
  async open(uri: vscode.Uri, select?: AnatomyHostEvents['select']): Promise<void> {
    await vscode.commands.executeCommand('vscode.openWith', uri, ANATOMY_EDITOR);
    if (!select) return;
    for (const page of this.pages) if (page.document.uri.toString() === uri.toString()) page.select(select);
  }

  openCustomDocument(uri: vscode.Uri): AnatomyDocument {
    return new AnatomyDocument(uri, this.models);
  }

  resolveCustomEditor(document: AnatomyDocument, panel: vscode.WebviewPanel): void {
    const page = new AnatomyPage(panel, document, this.extensionUri, this.client, this.actions);
    this.pages.add(page);
    this.follow(document);
    panel.onDidChangeViewState(() => panel.active && this.follow(document));
    panel.onDidDispose(() => {
      this.pages.delete(page);
      page.dispose();
      if (this.current === document) this.follow([...this.pages].at(-1)?.document ?? null);
    });
  }

  private follow(document: AnatomyDocument | null): void {
    if (this.current === document) return;
    this.current = document;
    this.changed.fire();
  }
}
