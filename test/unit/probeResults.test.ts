import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { StoredProbeResult } from '../../src/views/probeResults';
import { ProbeResultFiles } from '../../src/views/probeResults';

function result(id: string, minute: number, data: unknown = { value: id }): StoredProbeResult {
  const createdAt = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
  const text = { segments: [{ text: `text ${id}`, offset: 0 }], origin: 'typed' as const, source: null };
  return { version: 2, probe: 'tasks', id, settings: { top: 3 }, ...text, runMs: 1, createdAt, data };
}

describe('results of probes on disk', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'probe-results-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** Files in a folder of their own. */
  const files = (name: string, budget = 1e6) => new ProbeResultFiles(join(folder, name), () => budget);

  it('come back as they were, to another reader, the newest first', async () => {
    const written = files('back');
    await written.write(result('a', 1));
    await written.write(result('b', 3));
    await written.write(result('c', 2));
    const other = files('back');
    assert.deepEqual(await other.read('b'), result('b', 3));
    assert.deepEqual(
      (await other.list()).map(({ id }) => id),
      ['b', 'c', 'a'],
    );
    assert.ok((await other.list()).every((header) => !('data' in header)));
  });

  it('keep a name, a pin and a note, and lose them again', async () => {
    const kept = files('marks');
    await kept.write(result('a', 1));
    let changes = 0;
    kept.onDidChange = () => changes++;
    await Promise.all([
      kept.mark('a', { name: 'mine' }),
      kept.mark('a', { pinned: true }),
      kept.mark('a', { note: 'n' }),
    ]);
    const { name, pinned, note, data } = (await kept.read('a')) ?? {};
    assert.deepEqual(
      { name, pinned, note, data },
      { name: 'mine', pinned: true, note: 'n', data: { value: 'a' } },
    );
    await kept.mark('a', { name: undefined, pinned: false });
    assert.equal((await kept.header('a'))?.name, undefined);
    assert.equal(changes, 4);
    await kept.mark('missing', { name: 'x' });
    assert.equal(await kept.header('missing'), null);
  });

  it('leave oldest first where they need more than the budget, but not those that the user kept', async () => {
    const few = files('few', 1400);
    const large = 'x'.repeat(600);
    for (const [minute, id] of ['old', 'pinned', 'noted', 'middle'].entries()) {
      await few.write(result(id, minute, large));
      if (id === 'pinned') await few.mark(id, { pinned: true });
      if (id === 'noted') await few.mark(id, { note: 'why' });
      for (const ending of ['json', 'data.json'])
        await utimes(join(folder, 'few', `${id}.${ending}`), minute, minute).catch(() => undefined);
    }
    await few.write(result('new', 9, large));
    const ids = (await few.list()).map(({ id }) => id);
    assert.deepEqual(ids, ['new', 'noted', 'pinned']);
    assert.equal((await readdir(join(folder, 'few'))).length, 6);
  });

  it('are not written where the user keeps none, or where one is larger than the budget', async () => {
    await files('none', 0).write(result('a', 1));
    await files('none', 20).write(result('b', 1, 'x'.repeat(30)));
    assert.deepEqual(await files('none').list(), []);
  });

  it('are gone when removed, and nothing outside the folder is read or removed', async () => {
    const some = files('some');
    await some.write(result('a', 1));
    await some.remove('a');
    assert.deepEqual(await readdir(join(folder, 'some')), []);
    await writeFile(join(folder, 'outside.json'), JSON.stringify(result('../outside', 1)));
    assert.equal(await some.read('../outside'), null);
    await some.remove('../outside');
    assert.ok((await readdir(folder)).includes('outside.json'));
  });

  it('of another version or damaged are no results', async () => {
    const damaged = files('damaged');
    await damaged.write(result('a', 1));
    await writeFile(join(folder, 'damaged', 'b.json'), JSON.stringify({ ...result('b', 1), version: 1 }));
    await writeFile(join(folder, 'damaged', 'c.json'), '{"version":2');
    assert.deepEqual(
      (await damaged.list()).map(({ id }) => id),
      ['a'],
    );
    await writeFile(join(folder, 'damaged', 'a.data.json'), '{');
    assert.equal(await damaged.read('a'), null);
  });
});
