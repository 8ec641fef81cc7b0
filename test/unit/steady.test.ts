import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { steady } from '../../src/views/steady';

describe('dialogs that close too soon', () => {
  /** Dialogs that answer one after the other, each after so many milliseconds. */
  function dialogs(...answers: [answer: string | undefined, after: number][]) {
    const open = async () => {
      const [answer, after] = answers[opened.count++] ?? assert.fail('opened too often');
      await sleep(after);
      return answer;
    };
    const opened = { count: 0, open };
    return opened;
  }

  it('opens a dialog again that closed before anybody could read it', async () => {
    const dialog = dialogs([undefined, 20], ['pocket-t5', 20]);
    assert.equal(await steady(dialog.open), 'pocket-t5');
    assert.equal(dialog.count, 2);
  });

  it('takes the second close for an answer, however soon', async () => {
    const dialog = dialogs([undefined, 0], [undefined, 0]);
    assert.equal(await steady(dialog.open), undefined);
    assert.equal(dialog.count, 2);
  });

  it('leaves a dialog closed that was there to be read', async () => {
    const dialog = dialogs([undefined, 700]);
    assert.equal(await steady(dialog.open), undefined);
    assert.equal(dialog.count, 1);
  });

  it('does not ask again after an answer', async () => {
    const dialog = dialogs(['pocket-bert', 0]);
    assert.equal(await steady(dialog.open), 'pocket-bert');
    assert.equal(dialog.count, 1);
  });
});
