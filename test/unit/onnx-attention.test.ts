import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttentionBlock } from '../../src/onnx/attention';
import { findAttention } from '../../src/onnx/attention';
import { decodeModel } from '../../src/onnx/decode';
import type { Graph } from '../../src/onnx/graph';
import { findHiddenStates } from '../../src/onnx/hidden';
import { readSkeleton } from '../../src/onnx/skeleton';
import type { NewNode } from '../../src/onnx/taps';
import { randomFloats, seeded } from '../support/seeded';
import { fixtureFiles, fixturePath, modelBytes, reference } from './onnx/support';

/** Files whose attention is inside an If: found in its branches, not in the graph around it. */
const INSIDE_IF = ['bert-if-weights/model.onnx', 't5-merged/decoder_model_merged.onnx'];

/** What the graph of a file holds, from its place in the folder and PyTorch's layer counts. */
function expected(file: string): string[] {
  const { layers } = reference(file.split('/')[0] as string);
  const { encoder = 0, decoder = 0, cross = 0 } = layers;
  const count = (kind: string, n: number) => Array.from({ length: n }, (_, i) => `${kind} ${i}`);
  if (cross === 0) return count('unknown-self', encoder + decoder);
  if (/encoder_model/.test(file)) return count('unknown-self', encoder);
  const ofDecoder = [...count('decoder', decoder), ...count('cross', cross)];
  return /decoder_model/.test(file) ? ofDecoder : [...count('encoder', encoder), ...ofDecoder];
}

function kindOf(block: AttentionBlock): string {
  return `${block.cross ? 'cross' : block.stack} ${block.layer}`;
}

for (const file of fixtureFiles().filter((name) => !INSIDE_IF.includes(name))) {
  test(`finds every block of ${file}`, async () => {
    const { model } = await readSkeleton(fixturePath(file));
    const blocks = findAttention(model.graph);
    assert.deepEqual(blocks.map(kindOf).sort(), expected(file).sort());
    for (const block of blocks) {
      const scope = /(?:layers?|block|h)\.(\d+)\//.exec(block.softmax.name);
      assert.equal(Number(scope?.[1]), block.layer, block.softmax.name);
      assert.ok(block.residual, 'a residual stream');
    }
  });

  test(`the scale of every block of ${file} is known`, async () => {
    const { model } = await readSkeleton(fixturePath(file));
    const { heads, family } = reference(file.split('/')[0] as string);
    const headSize = (/-12/.test(file) ? 16 : 32) / heads;
    for (const { scale, folded } of findAttention(model.graph)) {
      const total = (scale ?? NaN) * (folded.query ?? NaN) * (folded.key ?? NaN);
      const wanted = family === 't5' ? 1 : 1 / Math.sqrt(headSize);
      assert.ok(Math.abs(total - wanted) < 1e-6, `${total} is not ${wanted}`);
    }
  });

  test(`names do not matter: ${file}`, async () => {
    const { model } = await readSkeleton(fixturePath(file));
    const { graph, rename } = renamed(model.graph);
    const blocks = findAttention(model.graph);
    const states = findHiddenStates(model.graph, blocks);
    const found = findAttention(graph);
    const strip = (block: AttentionBlock) => ({ ...block, softmax: block.softmax.index });
    assert.deepEqual(
      found.map(strip),
      blocks.map((block) => ({
        ...strip(block),
        ...{ weights: rename(block.weights), scores: rename(block.scores), query: rename(block.query) },
        ...{ key: rename(block.key), value: rename(block.value), context: rename(block.context) },
        residual: rename(block.residual as string),
        origin: {
          query: rename(block.origin.query),
          ...{ key: rename(block.origin.key), value: rename(block.origin.value) },
        },
      })),
    );
    assert.deepEqual(
      findHiddenStates(graph, found),
      states.map((state) => ({ ...state, tensor: rename(state.tensor) })),
    );
  });
}

/** The same graph with random names for every node and tensor, inputs and outputs included. */
function renamed(graph: Graph): { graph: Graph; rename: (name: string) => string } {
  const next = seeded(11);
  const names = new Map([['', '']]);
  const rename = (name: string) => {
    if (!names.has(name)) names.set(name, `t${Math.floor(next() * 2 ** 52).toString(36)}`);
    return names.get(name) as string;
  };
  const all = <T extends { name: string }>(items: T[]) =>
    items.map((item) => ({ ...item, name: rename(item.name) }));
  const nodes = graph.nodes.map((node) => ({
    ...node,
    name: '',
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
  }));
  const made = {
    ...{ name: '', nodes, inputs: all(graph.inputs), outputs: all(graph.outputs) },
    initializers: all(graph.initializers),
  };
  return { graph: made, rename };
}

test('softmaxes that classify or pool are not attention', async () => {
  const { model } = await readSkeleton(fixturePath('bert-classifier/model.onnx'));
  assert.equal(model.graph.nodes.filter((node) => node.opType === 'Softmax').length, 5);
  assert.equal(findAttention(model.graph).length, 2);
});

/** Builds graphs by hand, a few operators at a time. `w` is a weight. */
class Builder {
  readonly nodes: NewNode[] = [];

  op(opType: string, ...inputs: string[]): string {
    const output = `t${this.nodes.length}`;
    this.nodes.push({ opType, inputs, outputs: [output] });
    return output;
  }

  /** Attention of queries made from `x` and keys and values made from `y`, with an output projection. */
  attend(x: string, y: string): string {
    const key = this.op('Transpose', this.op('MatMul', y, 'w'));
    const weights = this.op('Softmax', this.op('MatMul', this.op('MatMul', x, 'w'), key));
    return this.op('MatMul', this.op('MatMul', weights, this.op('MatMul', y, 'w')), 'w');
  }

  /** Self-attention or cross-attention and its residual sum. */
  block(x: string, y = x): string {
    return this.op('Add', x, this.attend(x, y));
  }

  feedForward(x: string): string {
    return this.op('Add', x, this.op('MatMul', this.op('Relu', this.op('MatMul', x, 'w')), 'w'));
  }

  graph(...inputs: string[]): Graph {
    const weights = [{ name: 'w', dims: [4, 4], data: randomFloats(16, 1) }];
    const values = inputs.map((name) => ({ name, elemType: 1 }));
    return decodeModel(modelBytes({ nodes: this.nodes, initializers: weights, inputs: values })).model.graph;
  }
}

test('encoder, decoder and cross-attention are told apart in one graph with one input', () => {
  const build = new Builder();
  let encoded = build.op('MatMul', 'x', 'w');
  for (let i = 0; i < 3; i++) encoded = build.feedForward(build.block(encoded));
  let decoded = build.op('Tanh', 'x');
  for (let i = 0; i < 2; i++) decoded = build.feedForward(build.block(build.block(decoded), encoded));
  const graph = build.graph('x');
  const blocks = findAttention(graph);
  assert.deepEqual(blocks.map(kindOf), [
    ...['encoder 0', 'encoder 1', 'encoder 2'],
    ...['decoder 0', 'cross 0', 'decoder 1', 'cross 1'],
  ]);
  const states = findHiddenStates(graph, blocks);
  assert.deepEqual(
    states.map(({ stack, index }) => `${stack} ${index}`),
    ['encoder 0', 'encoder 1', 'encoder 2', 'encoder 3', 'decoder 0', 'decoder 1', 'decoder 2'],
  );
  assert.equal(states[3]?.tensor, encoded);
  assert.equal(states[6]?.tensor, decoded);
});

test('keys from a cache: new ones joined to old ones are self-attention, old ones alone are cross-attention', () => {
  const build = new Builder();
  const query = build.op('MatMul', 'x', 'w');
  const keys = build.op('Concat', 'past', build.op('MatMul', 'x', 'w'));
  const weights = build.op('Softmax', build.op('MatMul', query, build.op('Transpose', keys)));
  const x = build.op('Add', build.op('MatMul', build.op('MatMul', weights, keys), 'w'), 'x');
  const cross = build.op(
    'Softmax',
    build.op('MatMul', build.op('MatMul', x, 'w'), build.op('Transpose', 'pastCross')),
  );
  build.op('Add', x, build.op('MatMul', build.op('MatMul', cross, 'pastCross'), 'w'));
  const blocks = findAttention(build.graph('x', 'past', 'pastCross'));
  assert.deepEqual(blocks.map(kindOf), ['decoder 0', 'cross 0']);
  assert.deepEqual(
    blocks.map((block) => block.residual),
    ['x', x],
  );
});

test('attention without a residual stream is judged by its graph inputs', () => {
  const cross = new Builder();
  cross.attend('x', 'y');
  assert.deepEqual(findAttention(cross.graph('x', 'y')).map(kindOf), ['cross 0']);
  const self = new Builder();
  self.attend('x', 'x');
  const [block] = findAttention(self.graph('x'));
  assert.deepEqual([block?.stack, block?.residual], ['unknown-self', null]);
});

test('sizes taken from another stream do not make its data part of the key', () => {
  const build = new Builder();
  const keys = build.op('Reshape', 'y', build.op('Shape', 'x'));
  build.op('Add', 'x', build.attend('x', keys));
  assert.deepEqual(findAttention(build.graph('x', 'y')).map(kindOf), ['cross 0']);
});

test('the residual stream is found where attention and feed-forward run in parallel', () => {
  const build = new Builder();
  const fed = build.op('MatMul', build.op('Relu', build.op('MatMul', 'x', 'w')), 'w');
  const end = build.op('Add', build.op('Add', build.attend('x', 'x'), fed), 'x');
  const graph = build.graph('x');
  const blocks = findAttention(graph);
  assert.equal(blocks[0]?.residual, 'x');
  assert.deepEqual(
    findHiddenStates(graph, blocks).map((state) => state.tensor),
    ['x', end],
  );
});

test('weights are tapped behind guards against NaN, before casts', () => {
  const build = new Builder();
  const scores = build.op('Where', 'mask', build.op('MatMul', 'q', 'k'), 'low');
  const softmax = build.op('Softmax', scores);
  const guarded = build.op('Where', build.op('IsNaN', softmax), 'zero', softmax);
  const context = build.op('MatMul', build.op('Reshape', build.op('Cast', guarded), 'shape'), 'v');
  const [block] = findAttention(build.graph('q', 'k', 'v', 'mask', 'low', 'zero', 'shape'));
  assert.deepEqual(
    [block?.weights, block?.scores, block?.query, block?.key, block?.value, block?.context],
    [guarded, scores, 'q', 'k', 'v', context],
  );
});

test('routers, sampling and pooling with constant weights are not attention', () => {
  const build = new Builder();
  build.op('MatMul', build.op('Softmax', build.op('MatMul', 'x', 'w')), 'x');
  build.op('TopK', build.op('Softmax', build.op('MatMul', 'x', 'x')));
  build.op('MatMul', build.op('Softmax', build.op('MatMul', 'x', 'x')), 'w');
  assert.deepEqual(findAttention(build.graph('x')), []);
});

test('hostile graphs come to an end: cycles, self-loops, repeated names', () => {
  const loop = new Builder();
  loop.nodes.push({ opType: 'Add', inputs: ['a', 'b'], outputs: ['a'] });
  loop.nodes.push({ opType: 'Add', inputs: ['a', 'c'], outputs: ['b'] });
  loop.nodes.push({ opType: 'Softmax', inputs: ['b'], outputs: ['c'] });
  loop.nodes.push({ opType: 'Cast', inputs: ['c'], outputs: ['c'] });
  assert.deepEqual(findAttention(loop.graph()), []);
  const knot = new Builder();
  knot.nodes.push({ opType: 'MatMul', inputs: ['m', 'x'], outputs: ['s'] });
  knot.nodes.push({ opType: 'Softmax', inputs: ['s'], outputs: ['p'] });
  knot.nodes.push({ opType: 'MatMul', inputs: ['p', 'x'], outputs: ['m'] });
  knot.nodes.push({ opType: 'Add', inputs: ['m', 'm'], outputs: ['m'] });
  const graph = knot.graph('x');
  const blocks = findAttention(graph);
  assert.equal(blocks.length, 1);
  assert.ok(findHiddenStates(graph, blocks).length <= 2);
});

test('200 layers are found in order', () => {
  const build = new Builder();
  let x = 'x';
  const entering: string[] = [];
  for (let i = 0; i < 200; i++) {
    entering.push(x);
    x = build.feedForward(build.block(x));
  }
  const graph = build.graph('x');
  const blocks = findAttention(graph);
  assert.deepEqual(
    blocks.map((block) => block.residual),
    entering,
  );
  assert.equal(findHiddenStates(graph, blocks).at(-1)?.tensor, x);
});
