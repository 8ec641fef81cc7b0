import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commandName } from '../../../src/commands/probes';
import { PROBES } from '../../../src/probes/table';
import type { Settings } from '../../../src/shared/probe';
import type { TrainingResult } from '../../../src/shared/training';
import { closeAllEditors, openText, probe, until, useModel } from './support';

const TEXT = 'The animal was tired.\nIt slept.';

/** Settings with which long probes are short. */
const QUICK: Record<string, Settings> = {
  generation: { length: 3, samples: 1, beams: 2 },
  transfer: { epochs: 1, seeds: 1 },
};

async function panelOf(id: string) {
  return (await probe()).probes.panels.panel(id);
}

/** Runs a probe's palette command; resolves with what its panel shows. */
async function run(id: string) {
  const { session } = await panelOf(id);
  session.change({ ...session.settings, ...QUICK[id] });
  await vscode.commands.executeCommand(`transformerProbe.${commandName(id)}`);
  const snapshot = session.snapshot();
  assert.equal(snapshot.error, null);
  assert.equal(snapshot.busy, null);
  assert.ok(snapshot.result, 'there is no result');
  assert.equal(snapshot.result.partial, false);
  assert.ok(snapshot.result.report.parts.length > 0);
  return { ...snapshot, result: snapshot.result };
}

describe('probes', () => {
  before(() => useModel('pocket-bert'));
  afterEach(closeAllEditors);

  for (const { id, input } of PROBES) {
    it(`${id} runs from the palette without an editor, and on a selection`, async () => {
      const alone = await run(id);
      assert.equal(alone.text?.origin, input === 'text' ? 'sample' : undefined);
      if (input === 'none') return;
      const editor = await openText(TEXT, [4, 20]);
      const selected = await run(id);
      assert.deepEqual(selected.text, { origin: 'selection', segments: ['animal was tired'] });
      assert.equal(selected.linked, true);
      assert.notEqual(selected.result.id, alone.result.id);
      const { session } = await panelOf(id);
      assert.equal(session.snapshot().stale, false);
      await editor.edit((edit) => edit.insert(new vscode.Position(0, 6), 'x'));
      await until(() => session.snapshot().stale);
      assert.equal(session.currentText?.segments[0]?.text, 'anximal was tired');
    });
  }

  it('keep a result over a reload of the window', async () => {
    const { session } = await panelOf('timeline');
    session.change({ models: 'landmarks' });
    const { result } = await run('timeline');
    session.change({});
    session.result = null;
    assert.equal(await session.restore(result.id), true);
    assert.deepEqual(session.snapshot().result?.data, result.data);
    assert.equal(session.settings.models, 'landmarks');
    assert.equal(await session.restore('../../etc/passwd'), false);
    session.change({});
  });

  it('stop when they are cancelled, and keep what they found', async () => {
    const { session } = await panelOf('transfer');
    session.change({ epochs: 200, seeds: 20 });
    const running = session.run();
    await until(() => session.result?.partial === true);
    session.cancel();
    await running;
    const { busy, error, result } = session.snapshot();
    assert.deepEqual([busy, error, result?.partial], [null, null, false]);
    const { arms } = result?.data as TrainingResult;
    assert.ok(arms.some(({ epochs }) => epochs.length > 0));
  });

  it('say what is wrong, and keep the result from before', async () => {
    const before = await run('memory');
    const { session } = await panelOf('memory');
    session.change({ model: 'no-such-model' });
    await session.run();
    const { error, result } = session.snapshot();
    session.change({});
    assert.match(error?.message ?? '', /no such model/);
    assert.equal(error?.code, 'model');
    assert.equal(result?.id, before.result.id);
  });
});
