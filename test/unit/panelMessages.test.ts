import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkEvent, checkPanelState, headParams, overviewParams } from '../../src/views/messages';

const state = { version: 1, runId: 'a-1', kind: 'encoder', layer: 2, head: 3, query: null, view: 'matrix' };

describe('messages from the panel', () => {
  test('good ones pass with their known fields only', () => {
    assert.deepEqual(checkPanelState({ ...state, extra: 1 }), state);
    assert.deepEqual(checkEvent.hover({ side: 'input', token: 4, extra: 1 }), { side: 'input', token: 4 });
    assert.equal(checkEvent.hover(null), null);
    assert.deepEqual(checkEvent.rerun({ text: 'x' }), { text: 'x', target: undefined });
    assert.deepEqual(headParams({ runId: 'r', kind: 'cross', layer: 0, head: 1 }), {
      runId: 'r',
      kind: 'cross',
      layer: 0,
      head: 1,
    });
  });

  test('an unusable saved state is dropped, the panel starts anyway', () => {
    assert.deepEqual(checkEvent.ready({ state: { ...state, version: 0 } }), { state: null });
    assert.equal(checkEvent.ready('hello'), undefined);
  });

  const bad: [string, (body: unknown) => unknown, unknown[]][] = [
    [
      'state',
      checkPanelState,
      [null, {}, { ...state, layer: -1 }, { ...state, head: 1.5 }, { ...state, runId: '../x' }],
    ],
    ['hover', checkEvent.hover, [undefined, {}, { side: 'both', token: 1 }, { side: 'input', token: -1 }]],
    ['reveal', checkEvent.reveal, [null, { token: '1' }, { token: Number.NaN }]],
    [
      'rerun',
      checkEvent.rerun,
      [null, { text: 5 }, { text: 'x', target: 5 }, { text: 'x'.repeat(4_000_001) }],
    ],
    ['window', checkEvent.window, [{ index: Infinity }, {}]],
    ['cancel', checkEvent.cancel, [{ command: 'workbench.action.quit' }]],
  ];
  for (const [name, check, bodies] of bad) {
    test(`malformed ${name} is refused`, () => {
      for (const body of bodies) assert.equal(check(body), undefined);
    });
  }

  test('malformed requests are errors', () => {
    for (const body of [
      null,
      {},
      { runId: 'r', side: 0 },
      { runId: 'r', side: 1e9 },
      { runId: 'a/b', side: 8 },
    ]) {
      assert.throws(() => overviewParams(body), { code: 'usage' });
    }
    for (const body of [
      null,
      { runId: 'r', kind: 'self', layer: 0, head: 0 },
      { runId: 'r', kind: 'cross', layer: 0 },
    ]) {
      assert.throws(() => headParams(body), { code: 'usage' });
    }
  });
});
