import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { commandName } from '../../../src/commands/probes';
import { findProbe } from '../../../src/probes/table';
import type { ProbeView, Settings } from '../../../src/shared/probe';
import { idOf, isOfProbe } from '../../../src/views/history';
import { storedText } from '../../../src/views/probeExport';
import type { StoredResult } from '../../../src/views/results';
import { analyzeSelection, closeAllEditors, fixtureModel, openText, probe, until, useModel } from './support';

describe('results', () => {
  before(() => useModel(fixtureModel('bert-eager')));
  afterEach(closeAllEditors);

  async function analyzed(text: string) {
    await openText(text);
    const { runId, segments } = await analyzeSelection();
    assert.equal(segments[0]?.text, text);
    const stored = await listed(runId);
    assert.ok(stored, 'the result is not listed');
    return stored;
  }

  /** The runs among the results, in their order. */
  async function runs(): Promise<StoredResult[]> {
    const { results } = await probe();
    return (await results.view.getChildren()).filter((entry) => !isOfProbe(entry));
  }

  async function listed(runId: string) {
    return (await runs()).find(({ result }) => result.runId === runId);
  }

  it('lists a run with its text and model, the newest first', async () => {
    const { results } = await probe();
    await analyzed('the first of two');
    const second = await analyzed('the second of two');
    const [newest] = await runs();
    assert.equal(newest?.result.runId, second.result.runId);
    const item = results.view.getTreeItem(second);
    assert.equal(item.label, 'the second of two');
    assert.match(String(item.description), /^bert-eager · /);
  });

  it('pinned ones come first and keep their weights', async () => {
    const old = await analyzed('keep me');
    await vscode.commands.executeCommand('transformerProbe.pinResult', old);
    const newer = await analyzed('a newer one');
    const order = (await runs()).map(({ result }) => result.runId);
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
    const stored = await analyzed('forget me');
    const { runId } = stored.result;
    await results.remove(stored);
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

  describe('of probes', () => {
    /** A finished result of a probe, as the list has it. */
    async function probed(id: string, settings: Settings = {}) {
      const { probes, results } = await probe();
      const { session } = probes.panels.panel(id);
      session.change({ ...session.settings, ...settings });
      session.result = null;
      await vscode.commands.executeCommand(`transformerProbe.${commandName(id)}`);
      const made = session.result as ProbeView | null;
      const entry = (await results.view.getChildren()).find((one) => idOf(one) === made?.id);
      assert.ok(entry && isOfProbe(entry), 'the result is not listed');
      return { entry, session };
    }

    it('stand among the others with their text and probe', async () => {
      await openText('A text for a probe.');
      const { entry } = await probed('positions', { model: 'pocket-bert' });
      const { results } = await probe();
      const item = results.view.getTreeItem(entry);
      const resolved = results.view.resolveTreeItem(item, entry);
      assert.match(String(item.description), /^Positional Encoding · /);
      assert.match(String(resolved.tooltip), /pocket-bert/);
    });

    it('come back with their settings when they are opened', async () => {
      const { entry, session } = await probed('memory', { batch: 3 });
      const { data } = session.snapshot().result ?? {};
      session.change({});
      session.result = null;
      await vscode.commands.executeCommand('transformerProbe.openResult', entry);
      assert.deepEqual(session.snapshot().result?.data, data);
      assert.equal(session.settings.batch, 3);
      session.change({});
    });

    it('are pinned, annotated and deleted like the others; a live probe spares a pinned one', async () => {
      const { results } = await probe();
      const { entry, session } = await probed('memory');
      await vscode.commands.executeCommand('transformerProbe.pinResult', entry);
      const [first] = await results.view.getChildren();
      assert.equal(first?.pinned, true);
      session.change({ batch: 7 });
      await session.run();
      assert.notEqual(session.result?.id, entry.id);
      await vscode.commands.executeCommand('transformerProbe.editResultNote', entry);
      const editor = vscode.window.activeTextEditor;
      await editor?.edit((edit) => edit.insert(new vscode.Position(0, 0), 'Seven.'));
      await editor?.document.save();
      const kept = (await results.view.getChildren()).find((one) => idOf(one) === entry.id);
      assert.equal(kept?.note, 'Seven.');
      await results.remove(entry);
      assert.ok(!(await results.view.getChildren()).some((one) => idOf(one) === entry.id));
      session.change({});
    });

    it('are compared with each other, not with a run', async () => {
      const { entry: first, session } = await probed('memory', { batch: 1 });
      const { entry: second } = await probed('memory', { batch: 2 });
      await vscode.commands.executeCommand('transformerProbe.compareResults', second, [first, second]);
      const { findings } = session.snapshot().result?.report ?? { findings: [] };
      assert.ok(
        findings.some((line) => line.startsWith('A: ')) && findings.some((line) => line.startsWith('B: ')),
      );
      const before = session.result?.id;
      const run = await analyzed('a run');
      await vscode.commands.executeCommand('transformerProbe.compareResults', run, [first, run]);
      assert.equal(session.result?.id, before);
      session.change({});
    });

    it('are written as CSV, Markdown and JSON', async () => {
      const { entry } = await probed('memory');
      const { probes } = await probe();
      const stored = await probes.files.read(entry.id);
      const memory = findProbe('memory');
      assert.ok(stored && memory);
      assert.match(storedText(memory, stored, 'csv') ?? '', /\r\n/);
      assert.match(storedText(memory, stored, 'markdown') ?? '', /^## /);
      const json = JSON.parse(storedText(memory, stored, 'json') ?? '') as { probe: string; result: unknown };
      assert.deepEqual([json.probe, json.result], ['memory', stored.data]);
    });
  });
});
