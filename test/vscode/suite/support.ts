import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import type { TransformerProbeApi } from '../../../src/extension';

export const EXTENSION_ID = 'transformer-probe.transformer-probe';

export function extension(): vscode.Extension<TransformerProbeApi> {
  const found = vscode.extensions.getExtension<TransformerProbeApi>(EXTENSION_ID);
  assert.ok(found, `${EXTENSION_ID} is not there`);
  return found;
}

export async function probe(): Promise<TransformerProbeApi> {
  return extension().activate();
}

/** A small random-weight export with a tokenizer, such as `bert-eager`. */
export function fixtureModel(name: string): string {
  return path.join(extension().extensionPath, 'test', 'fixtures', 'models', name);
}

export async function useModel(model: string): Promise<void> {
  const configuration = vscode.workspace.getConfiguration('transformerProbe');
  await configuration.update('model', model, vscode.ConfigurationTarget.Global);
}

let opened = 0;

/**
 * An untitled document with this text, shown, with these characters selected (all of it if none are named). Each has a name
 * of its own: VS Code gives the next one the name of one that was just closed, and for a moment its text.
 */
export async function openText(text: string, ...ranges: [start: number, end: number][]) {
  const uri = vscode.Uri.from({ scheme: 'untitled', path: `text-${++opened}.txt` });
  const document = await vscode.workspace.openTextDocument(uri);
  const editor = await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
  await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), text));
  select(editor, ...(ranges.length > 0 ? ranges : [[0, text.length] as [number, number]]));
  return editor;
}

/** Selects characters of the document: offsets in UTF-16 code units. */
export function select(editor: vscode.TextEditor, ...ranges: [start: number, end: number][]): void {
  const { document } = editor;
  editor.selections = ranges.map(
    ([start, end]) => new vscode.Selection(document.positionAt(start), document.positionAt(end)),
  );
}

/** Runs Analyze Selection; resolves with its result and fails with the error that the panel would show. */
export async function analyzeSelection() {
  const { session } = await probe();
  await vscode.commands.executeCommand('transformerProbe.analyzeSelection');
  const { error, result } = session.snapshot();
  assert.equal(error, null);
  assert.ok(result, 'there is no result');
  return result;
}

/** Waits until the condition holds; fails after the suite's own time limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

export async function closeAllEditors(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}
