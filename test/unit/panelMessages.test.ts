import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { checkPanelState } from '../../src/shared/panelState';
import { checkEvent, headParams, overviewParams } from '../../src/views/messages';

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

  const shaping = {
    hideSpecial: true,
    hideSinks: false,
    renormalize: true,
    grain: 'word',
    threshold: 0.25,
  };
  const whole = {
    ...{ ...state, runId: null, query: 7, view: 'table', scale: 'absolute', tab: 'lines', key: 4 },
    ...{ combination: 'rollout', shaping, lines: [3, 0], reading: 'to', inEditor: true, order: 'entropy' },
  };
  const without = (name: string) => Object.fromEntries(Object.entries(whole).filter(([key]) => key !== name));
  const hostile = [null, -1, 1.5, NaN, Infinity, 2 ** 53, 1e300, '0', '__proto__', 'toString', {}, [], [[]]];

  test('every field of a saved state survives where it is sound', () => {
    assert.deepEqual(checkPanelState(whole), whole);
    assert.deepEqual(checkPanelState({ ...whole, key: null }), { ...whole, key: null });
    assert.deepEqual(checkPanelState({ ...whole, lines: [1, 1, 2, 1] })?.lines, [1, 2]);
  });

  for (const name of ['version', 'layer', 'head', 'view'] as const) {
    test(`a saved state with a malformed ${name} is refused`, () => {
      for (const value of hostile) assert.equal(checkPanelState({ ...whole, [name]: value }), undefined);
      assert.equal(checkPanelState(without(name)), undefined, 'absent');
    });
  }

  for (const name of ['runId', 'kind', 'query'] as const) {
    test(`a saved state with a malformed ${name} is refused, null is none`, () => {
      const values = name === 'runId' ? [5, '../x', '', 'a'.repeat(65), {}] : hostile.slice(1);
      for (const value of values) assert.equal(checkPanelState({ ...whole, [name]: value }), undefined);
      assert.equal(checkPanelState({ ...whole, [name]: null })?.[name], null);
    });
  }

  const optional = ['scale', 'tab', 'combination', 'shaping', 'reading', 'inEditor', 'order'] as const;
  for (const name of [...optional, 'key', 'lines'] as const) {
    test(`a malformed ${name} is left out, the rest stays`, () => {
      const sound = { key: [null], lines: [[]] } as Record<string, unknown[]>;
      const values = hostile.filter((value) => !sound[name]?.some((one) => isDeepStrictEqual(one, value)));
      const rest = without(name);
      for (const value of values) assert.deepEqual(checkPanelState({ ...whole, [name]: value }), rest);
      assert.deepEqual(checkPanelState(rest), rest, 'absent');
    });
  }

  test('a shaping is sound as a whole, or left out', () => {
    const bad = [
      { threshold: 1.01 },
      { threshold: NaN },
      { grain: 'page' },
      { hideSinks: 1 },
      { renormalize: null },
    ];
    for (const change of bad)
      assert.equal(checkPanelState({ ...whole, shaping: { ...shaping, ...change } })?.shaping, undefined);
    const lines = Array.from({ length: 10_001 }, (_, head) => head % 8);
    assert.equal(checkPanelState({ ...whole, lines })?.lines, undefined, 'a list without an end');
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
