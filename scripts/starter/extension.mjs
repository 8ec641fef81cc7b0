import * as vscode from 'vscode';

/** Opens the sample of the workspace, selects its first sentence and analyses it, as a person would. */
export async function activate() {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (!folder) return;
  const document = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(folder.uri, 'sentences.md'));
  const editor = await vscode.window.showTextDocument(document);
  const sentence = /^[A-Z].*\.$/m.exec(document.getText());
  if (!sentence) return;
  const end = sentence.index + sentence[0].length;
  editor.selection = new vscode.Selection(document.positionAt(sentence.index), document.positionAt(end));
  await vscode.commands.executeCommand('transformerProbe.analyzeSelection');
}
