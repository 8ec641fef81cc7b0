import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { messagesBlock } from '../shared/language';

/** The page of a panel: one script, one style sheet, nothing inline, nothing from the network. */
export function panelHtml(
  webview: vscode.Webview,
  extensionUri: vscode.Uri,
  panel: string,
  title: string,
): string {
  const nonce = randomBytes(16).toString('base64');
  const asset = (file: string) =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', 'webview', file)).toString();
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource} data: blob:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${vscode.l10n.bundle ? vscode.env.language : 'en'}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="${asset(`${panel}.css`)}">
</head>
<body>
<div id="app"></div>
${messagesBlock(vscode.l10n.bundle)}<script nonce="${nonce}" src="${asset(`${panel}.js`)}"></script>
</body>
</html>`;
}

/** Brings a panel to the front, the editor keeping the focus as a rule: never on top of the editor that it is about. */
export function revealBeside(panel: vscode.WebviewPanel, takesFocus = false): void {
  const covers = panel.viewColumn === vscode.window.activeTextEditor?.viewColumn;
  panel.reveal(covers ? vscode.ViewColumn.Beside : undefined, !takesFocus);
}
