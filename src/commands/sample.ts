import * as vscode from 'vscode';

const SAMPLE = ['media', 'sample', 'sentences.md'];

const SENTENCE = /^[A-Z].*[.!?]$/m;

/** The sample document: a copy in the editor, so that it can be edited and needs no folder. */
export class Sample {
  private document: vscode.TextDocument | undefined;

  constructor(private readonly extensionUri: vscode.Uri) {}

  /** Shows it, the copy of before where that is still open, and selects its first sentence. */
  async open(): Promise<vscode.TextEditor> {
    if (!this.document || this.document.isClosed) {
      const content = await this.read();
      this.document = await vscode.workspace.openTextDocument({ language: 'markdown', content });
    }
    const { document } = this;
    const editor = await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
    const found = SENTENCE.exec(document.getText());
    if (found) {
      const end = document.positionAt(found.index + found[0].length);
      editor.selection = new vscode.Selection(document.positionAt(found.index), end);
    }
    return editor;
  }

  /** Its first sentence. */
  async sentence(): Promise<string> {
    return SENTENCE.exec(await this.read())?.[0] ?? '';
  }

  private async read(): Promise<string> {
    const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(this.extensionUri, ...SAMPLE));
    return new TextDecoder().decode(bytes);
  }
}
