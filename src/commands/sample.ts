import * as vscode from 'vscode';

const SAMPLE = ['media', 'sample', 'sentences.md'];

const SENTENCE = /^[A-Z].*[.!?]$/m;

/** Opens the sample document (a copy, so that it can be edited) and selects its first sentence. */
export async function openSample(extensionUri: vscode.Uri): Promise<vscode.TextEditor> {
  const content = await readSample(extensionUri);
  const document = await vscode.workspace.openTextDocument({ language: 'markdown', content });
  const editor = await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
  const sentence = SENTENCE.exec(document.getText());
  if (sentence) {
    const start = document.positionAt(sentence.index);
    editor.selection = new vscode.Selection(start, document.positionAt(sentence.index + sentence[0].length));
  }
  return editor;
}

/** The first sentence of the sample document. */
export async function sampleSentence(extensionUri: vscode.Uri): Promise<string> {
  return SENTENCE.exec(await readSample(extensionUri))?.[0] ?? '';
}

async function readSample(extensionUri: vscode.Uri): Promise<string> {
  const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(extensionUri, ...SAMPLE));
  return new TextDecoder().decode(bytes);
}
