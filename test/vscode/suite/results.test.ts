import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { analyzeSelection, closeAllEditors, fixtureModel, openText, probe, until, useModel } from './support';

describe('results', () => {
  before(() => useModel(fixtureModel('bert-eager')));
  afterEach(closeAllEditors);

  async function analyzed(text: string) {
    await openText(text);
    const { runId } = await analyzeSelection();
    const { results } = await probe();
    const stored = (await results.view.getChildren()).find(({ result }) => result.runId === runId);
    assert.ok(stored, 'the result is not listed');
    return stored;
  }

  async function listed(runId: string) {
    const { results } = await probe();
    return (await results.view.getChildren()).find(({ result }) => result.runId === runId);
  }

  it('lists a run with its text and model, the newest first', async () => {
    const { results } = await probe();
    await analyzed('the first of two');
    const second = await analyzed('the second of two');
    const [newest] = await results.view.getChildren();
    assert.equal(newest?.result.runId, second.result.runId);
    const item = results.view.getTreeItem(second);
    assert.equal(item.label, 'the second of two');
    assert.match(String(item.description), /^bert-eager · /);
  });

  it('pinned ones come first and keep their weights', async () => {
    const { results } = await probe();
    const old = await analyzed('keep me');
    await vscode.commands.executeCommand('transformerProbe.pinResult', old);
    const newer = await analyzed('a newer one');
    const order = (await results.view.getChildren()).map(({ result }) => result.runId);
    assert.ok(order.indexOf(old.result.runId) < order.indexOf(newer.result.runId));
    await vscode.commands.executeCommand('transformerProbe.unpinResult', await listed(old.result.runId));
    assert.equal((await listed(old.result.runId))?.pinned, false);
  });

  it('brings an earlier result back, without running the model', async () => {
    const { session } = await probe();
    const old = await analyzed('bring me back');
    await analyzed('something else');
    await vscode.commands.executeCommand('transformerProbe.openResult', old);
    assert.equal(session.result?.runId, old.result.runId);
  });

  it('compares two results', async () => {
    const { session } = await probe();
    const first = await analyzed('the same words');
    const second = await analyzed('the same words');
    await vscode.commands.executeCommand('transformerProbe.compareResults', second, [first, second]);
    const { comparison } = session;
    assert.equal(session.result?.runId, first.result.runId);
    assert.equal(comparison?.other.runId, second.result.runId);
    assert.ok(comparison?.heads.length && comparison.heads.every(({ distance }) => distance === 0));
  });

  it('saves a note while it is typed', async () => {
    const { runId } = (await analyzed('a text with a note')).result;
    await vscode.commands.executeCommand('transformerProbe.editResultNote', await listed(runId));
    const editor = vscode.window.activeTextEditor;
    assert.equal(editor?.document.uri.scheme, 'transformer-probe-note');
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), 'Head 2 looks back.'));
    let note: string | undefined;
    void (async () => {
      while (!note) note = (await listed(runId))?.note;
    })();
    await until(() => note !== undefined);
    assert.equal(note, 'Head 2 looks back.');
  });

  it('forgets a result', async () => {
    const { results, inference } = await probe();
    const { runId } = (await analyzed('forget me')).result;
    await results.remove(runId);
    assert.equal(await listed(runId), undefined);
    await assert.rejects(inference.request('overview', { runId, side: 4 }), /no longer stored/);
  });

  it('writes every format, and a session that opens to the same text', async () => {
    const { exports: exporter, session } = await probe();
    const folder = await mkdtemp(join(tmpdir(), 'probe-export-'));
    const { result } = await analyzed('export me, please');
    const starts = {
      csv: '"',
      svg: '<svg ',
      npz: 'PK',
      json: '{"model"',
      html: '<!doctype html>',
      session: '{',
    };
    for (const [format, start] of Object.entries(starts)) {
      const path = join(folder, `result.${format}`);
      await exporter.writeWhole(vscode.Uri.file(path), result, format as keyof typeof starts);
      const content = await readFile(path, 'utf8');
      assert.ok(content.replace(/^,/, '').startsWith(start), `${format}: ${content.slice(0, 40)}`);
    }
    await analyzed('another text');
    await exporter.openSession(vscode.Uri.file(join(folder, 'result.session')));
    assert.deepEqual(session.result?.segments, [{ text: 'export me, please', offset: 0 }]);
    await rm(folder, { recursive: true });
  });
});
