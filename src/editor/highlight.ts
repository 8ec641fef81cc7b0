import * as vscode from 'vscode';

/** Marks one range in every visible editor of a document, the way search marks its matches. */
export class TokenHighlight implements vscode.Disposable {
  private readonly decoration = vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor('editor.findMatchHighlightBackground'),
    borderColor: new vscode.ThemeColor('editorBracketMatch.border'),
    borderStyle: 'solid',
    borderWidth: '1px',
    overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.findMatchForeground'),
    overviewRulerLane: vscode.OverviewRulerLane.Center,
  });

  show(uri: vscode.Uri, range: vscode.Range): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const same = editor.document.uri.toString() === uri.toString();
      editor.setDecorations(this.decoration, same ? [range] : []);
    }
  }

  clear(): void {
    for (const editor of vscode.window.visibleTextEditors) editor.setDecorations(this.decoration, []);
  }

  dispose(): void {
    this.decoration.dispose();
  }
}
