import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { analyzeSelection, closeAllEditors, fixtureModel, openText, probe, useModel } from './support';

describe('link between the result and its document', () => {
  before(() => useModel(fixtureModel('bert-eager')));
  afterEach(closeAllEditors);

  it('follows edits before the text', async () => {
    const editor = await openText('one two three', [4, 13]);
    const { tokens } = await analyzeSelection();
    const { session } = await probe();
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), 'zero\n'));
    assert.equal(session.snapshot().stale, false);
    const token = tokens.find(({ special }) => !special);
    assert.ok(token);
    assert.deepEqual(session.linkedText?.rangeOf(token)?.start, new vscode.Position(1, 4));
  });

  it('is stale once the text itself is edited, and fresh again after undo', async () => {
    const editor = await openText('one two three');
    await analyzeSelection();
    const { session } = await probe();
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 3), 's'));
    assert.equal(session.snapshot().stale, true);
    await vscode.commands.executeCommand('undo');
    assert.equal(session.snapshot().stale, false);
  });

  it('runs again on the text as it is now', async () => {
    const editor = await openText('one two three');
    const before = await analyzeSelection();
    const { session } = await probe();
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 3), ' more'));
    await session.rerun();
    assert.equal(session.result?.segments[0]?.text, 'one more two three');
    assert.notEqual(session.result?.runId, before.runId);
    assert.equal(session.snapshot().stale, false);
  });

  it('is lost when the document is closed, without losing the result', async () => {
    await openText('one two three');
    const { runId } = await analyzeSelection();
    const { session } = await probe();
    assert.equal(session.snapshot().linked, true);
    await closeAllEditors();
    assert.equal(session.snapshot().linked, false);
    assert.equal(session.result?.runId, runId);
  });
});
