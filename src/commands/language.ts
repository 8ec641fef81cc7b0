import * as vscode from 'vscode';
import { setMessages } from '../shared/language';

// The first import of the extension: tables of texts in the rooms below are in the display language from the start.
if (vscode.l10n.bundle) setMessages(vscode.l10n.bundle);

/** The file of the display language's messages, for processes and threads of our own; undefined in English. */
export function messagesFile(): string | undefined {
  return vscode.l10n.uri?.scheme === 'file' ? vscode.l10n.uri.fsPath : undefined;
}
