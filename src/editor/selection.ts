import * as vscode from 'vscode';
import type { TextSegment } from '../shared/tokens';

/**
 * The selected text of an editor, one segment a selection, in document order. Empty selections are left out; with no
 * text selected at all, the cursor's line counts (without its indentation). Empty when there is nothing but white space.
 */
export function selectedSegments(editor: vscode.TextEditor): TextSegment[] {
  const { document } = editor;
  const ranges: vscode.Range[] = editor.selections.filter((selection) => !selection.isEmpty);
  if (ranges.length === 0) ranges.push(trimmedLine(document, editor.selection.active.line));
  return ranges
    .sort((a, b) => a.start.compareTo(b.start))
    .map((range) => ({ text: document.getText(range), offset: document.offsetAt(range.start) }))
    .filter(({ text }) => text.trim() !== '');
}

function trimmedLine(document: vscode.TextDocument, line: number): vscode.Range {
  const { range, firstNonWhitespaceCharacterIndex } = document.lineAt(line);
  return new vscode.Range(range.start.translate(0, firstNonWhitespaceCharacterIndex), range.end);
}
