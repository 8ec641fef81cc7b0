import * as vscode from 'vscode';

const SAMPLE = ['media', 'sample', 'sentences.md'];

/** Opens the sample document (a copy, so that it can be edited) and selects its first sentence. */
export async function openSample(extensionUri: vscode.Uri): Promise<vscode.TextEditor> {
  const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(extensionUri, ...SAMPLE));
  const content = new TextDecoder().decode(bytes);
  const document = await vscode.workspace.openTextDocument({ language: 'markdown', content });
  const editor = await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
  const sentence = /^[A-Z].*[.!?]$/m.exec(document.getText());
  if (sentence) {
    const start = document.positionAt(sentence.index);
    editor.selection = new vscode.Selection(start, document.positionAt(sentence.index + sentence[0].length));
  }
  return editor;
}
