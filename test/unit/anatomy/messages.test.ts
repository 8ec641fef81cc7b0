import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProbeError } from '../../../src/shared/errors';
import { anatomyParams, checkAnatomyEvent, checkAnatomyState } from '../../../src/views/anatomy/messages';

const STATE = {
  ...{ version: 1, key: 'a1', tab: 'tensors', selected: 'block/attention' },
  ...{ expanded: ['block'], tensor: 3, filter: 'query' },
};

describe('messages of the anatomy page', () => {
  it('pass when they are right, without what nobody knows', () => {
    assert.deepEqual(checkAnatomyEvent.ready({ state: { ...STATE, more: 1 } }), { state: STATE });
    assert.deepEqual(checkAnatomyEvent.ready({ state: 'broken' }), { state: null });
    assert.deepEqual(checkAnatomyEvent.reveal({ tensor: 3, more: 1 }), { tensor: 3 });
    assert.deepEqual(checkAnatomyEvent.showAttention({ kind: null, layer: 2 }), { kind: null, layer: 2 });
    const window = { rows: [0, 4], columns: [2, 2] };
    const slice = { key: 'k', tensor: 0, side: 2000, window };
    assert.deepEqual(anatomyParams.slice({ ...slice, more: 1 }), slice);
    assert.deepEqual(anatomyParams.operators({ key: 'k', component: 'block', layer: null }), {
      ...{ key: 'k', component: 'block', layer: null },
    });
    const png = { key: 'k', format: 'png', data: new Uint8Array(3) };
    assert.deepEqual(anatomyParams.savePicture(png), png);
  });

  it('of the state are refused where any field is off', () => {
    assert.deepEqual(checkAnatomyState(STATE), STATE);
    const changes = [
      { version: 2 },
      { key: '../x' },
      { tab: 'other' },
      { selected: 5 },
      { expanded: 'block' },
      { expanded: [1] },
      { tensor: -1 },
      { filter: 'x'.repeat(1001) },
    ];
    for (const change of changes) {
      assert.equal(checkAnatomyState({ ...STATE, ...change }), undefined, JSON.stringify(change));
    }
  });

  it('of events are dropped where they are malformed', () => {
    assert.equal(checkAnatomyEvent.reveal({}), undefined);
    assert.equal(checkAnatomyEvent.showAttention({ kind: 'other', layer: 0 }), undefined);
    assert.equal(checkAnatomyEvent.showAttention({ kind: null, layer: 1.5 }), undefined);
    assert.equal(checkAnatomyEvent.removeComparison({ key: 'a b' }), undefined);
    assert.equal(checkAnatomyEvent.copy({ format: 'exe', component: null }), undefined);
    assert.equal(checkAnatomyEvent.copyText({ text: 'x'.repeat(1_000_001) }), undefined);
    assert.equal(checkAnatomyEvent.refresh({}), undefined);
  });

  it('of requests are answered with an error where they are malformed', () => {
    const { operators, nodes, statistics, slice, structure, weights, savePicture } = anatomyParams;
    const right = { key: 'k', tensor: 0, side: 8, window: {} };
    const wrong: (() => unknown)[] = [
      () => operators(null),
      () => operators({ key: 'k', component: 'x', layer: 'all' }),
      () => nodes({ key: 'k', graph: 0, from: -1, to: 1 }),
      () => statistics({ key: 'k', tensor: '0' }),
      () => slice({ ...right, side: 0 }),
      () => slice({ ...right, side: 2001 }),
      () => slice({ ...right, window: { rows: [4, 2] } }),
      () => slice({ ...right, window: { rows: [1, 2, 3] } }),
      () => slice({ ...right, window: null }),
      () => structure({ key: 'k' }),
      () => weights({ key: 'k', other: '' }),
      () => savePicture({ key: 'k', format: 'png', data: 'text' }),
      () => savePicture({ key: 'k', format: 'html', data: 'text' }),
    ];
    for (const request of wrong) {
      assert.throws(request, (error) => error instanceof ProbeError && error.code === 'usage');
    }
  });
});
