import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  chooseHead,
  fitState,
  INITIAL_STATE,
  isHeadOf,
  isOverview,
  isSnapshot,
} from '../../webview/panels/attention/state';
import { keySide, kindsOf, pointerOf, querySide } from '../../webview/panels/attention/view';
import type { AttentionResult } from '../../src/shared/attention';
import type { PanelState } from '../../src/shared/protocol';
import { makeSample } from './support/samples';

const encoder = makeSample({ text: 'a b c', layers: 4, heads: 8 }).result;
const decoder = makeSample({
  text: 'a b c',
  family: 'decoder-only',
  layers: 2,
  heads: 3,
  runId: 'run-2',
}).result;
const both = makeSample({
  text: 'a b c',
  target: 'd e',
  family: 'encoder-decoder',
  layers: 12,
  decoderLayers: 6,
}).result;

describe('panel state', () => {
  test('a result that does not say where to look starts at layer 0, head 0 of its first kind', () => {
    assert.deepEqual(fitState(INITIAL_STATE, both), { ...INITIAL_STATE, runId: 'run-1', kind: 'encoder' });
    assert.equal(fitState(INITIAL_STATE, decoder).kind, 'decoder');
    assert.equal(fitState(INITIAL_STATE, null), INITIAL_STATE);
  });

  test('a result that says where to look is opened there, until the user chooses', () => {
    const opening = { kind: 'encoder', layer: 2, head: 5 } as const;
    const state = fitState(INITIAL_STATE, { ...encoder, opening });
    assert.deepEqual([state.kind, state.layer, state.head], ['encoder', 2, 5]);
    const chosen = chooseHead(state, { layer: 0, head: 1 }, { ...encoder, opening });
    assert.deepEqual([chosen.layer, chosen.head], [0, 1]);
    const next = fitState(chosen, { ...encoder, runId: 'run-9', opening });
    assert.deepEqual([next.layer, next.head], [0, 1]);
    const wrong = fitState(INITIAL_STATE, { ...encoder, opening: { kind: 'cross', layer: 99, head: 99 } });
    assert.deepEqual([wrong.kind, wrong.layer, wrong.head], ['encoder', 3, 7]);
  });

  test('layer and head survive a new run of the same model; the pinned query does not', () => {
    const state = fitState(
      { ...INITIAL_STATE, kind: 'encoder', layer: 3, head: 7, query: 1, runId: 'run-1' },
      encoder,
    );
    assert.deepEqual([state.layer, state.head, state.query], [3, 7, 1]);
    const next = fitState(state, { ...encoder, runId: 'run-9' });
    assert.deepEqual([next.layer, next.head, next.query, next.runId], [3, 7, null, 'run-9']);
  });

  test('they move to what a smaller model has', () => {
    const state = fitState({ ...INITIAL_STATE, kind: 'encoder', layer: 3, head: 7 }, decoder);
    assert.deepEqual([state.kind, state.layer, state.head], ['decoder', 1, 2]);
  });

  test('what the next result does not have is left', () => {
    const wanted: [Partial<PanelState>, AttentionResult, Partial<PanelState>][] = [
      [{ tab: 'generation' }, encoder, { tab: undefined }],
      [{ tab: 'generation' }, decoder, { tab: 'generation' }],
      [{ tab: 'cross' }, decoder, { tab: undefined }],
      [{ tab: 'cross' }, both, { tab: 'cross' }],
      [{ order: 'monotonicity' }, encoder, { order: undefined }],
      [{ order: 'entropy' }, encoder, { order: 'entropy' }],
      [{ lines: [0, 2, 7] }, decoder, { lines: [0, 2] }],
      [{ combination: 'flow' }, encoder, { combination: 'flow' }],
      [{ combination: 'flow', kind: 'cross' }, both, { combination: 'rollout' }],
    ];
    for (const [given, result, expected] of wanted) {
      const state = fitState({ ...INITIAL_STATE, ...given }, result);
      for (const [name, value] of Object.entries(expected))
        assert.deepEqual(state[name as keyof PanelState], value, `${name} of ${JSON.stringify(given)}`);
    }
  });

  test('choosing stays inside the model and lets the query go with its kind', () => {
    const state = fitState({ ...INITIAL_STATE, runId: 'run-1', kind: 'encoder', layer: 11, query: 2 }, both);
    assert.equal(chooseHead(state, { layer: 99 }, both).layer, 11);
    assert.equal(chooseHead(state, { head: -1 }, both).head, 0);
    assert.equal(chooseHead(state, { layer: NaN }, both).layer, 0);
    assert.equal(chooseHead(state, { layer: 3 }, both).query, 2);
    const cross = chooseHead(state, { kind: 'cross' }, both);
    assert.deepEqual([cross.kind, cross.layer, cross.query], ['cross', 5, null]);
  });

  test('what is not a snapshot is told from one', () => {
    assert.ok(isSnapshot({ result: null, busy: null, error: null, stale: false, linked: false }));
    assert.ok(isSnapshot({ result: encoder, busy: null, error: null, stale: false, linked: false }));
    for (const body of [null, 'snapshot', {}, { result: {} }, { result: { ...encoder, tokens: null } }]) {
      assert.ok(!isSnapshot(body));
    }
  });

  test('matrices and overviews of the wrong size are refused', async () => {
    const { requests, result } = makeSample({ text: 'a b c' });
    const signal = new AbortController().signal;
    const head = await requests.head({ runId: 'run-1', kind: 'encoder', layer: 0, head: 0 }, signal);
    assert.ok(isHeadOf(head, result));
    assert.ok(!isHeadOf({ ...head, weights: head.weights.subarray(1) }, result));
    assert.ok(!isHeadOf({ ...head, keys: head.keys + 1 }, result));
    assert.ok(!isHeadOf({ ...head, layer: 99 }, result));
    const overview = await requests.overview({ runId: 'run-1', side: 48 }, signal);
    assert.ok(isOverview(overview));
    assert.ok(!isOverview({ ...overview, bytes: overview.bytes.subarray(1) }));
  });
});

describe('sides of the text', () => {
  test('kinds in reading order', () => {
    assert.deepEqual(kindsOf(both), ['encoder', 'decoder', 'cross']);
  });

  test('queries and keys of each kind', () => {
    assert.deepEqual([querySide(both, 'cross'), keySide(both, 'cross')], ['target', 'input']);
    assert.deepEqual([querySide(both, 'decoder'), keySide(both, 'decoder')], ['target', 'target']);
    assert.deepEqual([querySide(decoder, 'decoder'), keySide(decoder, 'decoder')], ['input', 'input']);
    assert.deepEqual(pointerOf(both, 'cross', 'input', 2), { query: null, key: 2 });
    assert.deepEqual(pointerOf(both, 'cross', 'target', 2), { query: 2, key: null });
    assert.deepEqual(pointerOf(encoder, 'encoder', 'input', 2), { query: 2, key: 2 });
  });
});
