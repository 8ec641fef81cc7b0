import assert from 'node:assert/strict';
import { analyzeSelection, closeAllEditors, fixtureModel, openText, probe, until, useModel } from './support';

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('inference process', () => {
  before(() => useModel(fixtureModel('bert-eager')));
  afterEach(closeAllEditors);

  it('is one for all analyses', async () => {
    const { inference } = await probe();
    await openText('one two three');
    await analyzeSelection();
    const { pid } = inference;
    await analyzeSelection();
    assert.ok(pid);
    assert.equal(inference.pid, pid);
  });

  it('is started again after it was killed, and earlier results can still be read', async () => {
    const { inference } = await probe();
    await openText('one two three');
    const { runId, layers } = await analyzeSelection();
    // A result is written after it is shown; the next run waits for that, so that from here on it is an earlier one.
    await analyzeSelection();
    const { pid } = inference;
    assert.ok(pid && layers[0]);
    process.kill(pid, 'SIGKILL');
    await until(() => !isAlive(pid));
    const { kind, layer } = layers[0];
    const { weights } = await inference.request('head', { runId, kind, layer, head: 0 });
    assert.ok(weights.length > 0);
    assert.notEqual(inference.pid, pid);
    await analyzeSelection();
  });
});
