import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ort from 'onnxruntime-node';
import type { AttentionBlock } from '../../src/onnx/attention';
import { findAttention } from '../../src/onnx/attention';
import { decodeModel } from '../../src/onnx/decode';
import { findHiddenStates } from '../../src/onnx/hidden';
import type { Skeleton } from '../../src/onnx/skeleton';
import { readSkeleton } from '../../src/onnx/skeleton';
import { appendGraph, withOutputs } from '../../src/onnx/taps';
import type { Entry, Reference } from './onnx/support';
import { fixtureFiles, fixturePath, openSession, reference } from './onnx/support';

const TOLERANCE = 1e-5;

/** Graphs whose attention is in the branches of an If cannot be tapped from outside. */
const INSIDE_IF = /bert-if-weights|merged/;

type Case = Reference['cases'][number];

for (const file of fixtureFiles().filter(
  (name) => !INSIDE_IF.test(name) && !name.includes('/decoder_model'),
)) {
  test(`every tap of ${file} equals PyTorch's tensor`, async () => {
    const truth = reference(file.split('/')[0] as string);
    const skeleton = await readSkeleton(fixturePath(file));
    const example = truth.cases.find(({ name }) => name === '9' || name === '9-12') as Case;
    const outputs = await runTapped(skeleton, feeds(skeleton, example));
    checkTaps(skeleton, truth, example, outputs);
  });
}

for (const file of fixtureFiles().filter(
  (name) => name.includes('/decoder_model') && !INSIDE_IF.test(name),
)) {
  test(`every tap of ${file} equals PyTorch's tensor`, async () => {
    const truth = reference(file.split('/')[0] as string);
    const example = truth.cases.find(({ name }) => name === '9-12') as Case;
    const encoder = await readSkeleton(fixturePath(file.replace('/decoder', '/encoder')));
    const encoded = await (await openSession(encoder, encoder.bytes)).run(feeds(encoder, example));
    const skeleton = await readSkeleton(fixturePath(file));
    const decoderFeeds = feeds(skeleton, example, encoded.last_hidden_state);
    checkTaps(skeleton, truth, example, await runTapped(skeleton, decoderFeeds));
  });
}

/** Opens the graph with every tap as an output; the graph's own outputs must not change. */
async function runTapped(
  skeleton: Skeleton,
  inputs: Record<string, ort.Tensor>,
): Promise<ort.InferenceSession.ReturnType> {
  const { graph } = skeleton.model;
  const blocks = findAttention(graph);
  const taps = [
    ...blocks.flatMap(({ weights, scores, query, key, value }) => [weights, scores, query, key, value]),
    ...findHiddenStates(graph, blocks).map((state) => state.tensor),
  ];
  const tapped = await (await openSession(skeleton, withOutputs(skeleton, taps))).run(inputs);
  const plain = await (await openSession(skeleton, skeleton.bytes)).run(inputs);
  for (const [name, tensor] of Object.entries(plain)) {
    const difference = farthest(tapped[name]?.data as Float32Array, tensor.data as Float32Array);
    assert.ok(difference <= TOLERANCE, `${name} changed by ${difference}`);
  }
  return tapped;
}

function feeds(skeleton: Skeleton, { inputs }: Case, encoded?: ort.Tensor): Record<string, ort.Tensor> {
  const decoderOnly = encoded !== undefined;
  const source = inputs.input_ids;
  const target = inputs.decoder_input_ids ?? source;
  const ints = (values: number[]) =>
    new ort.Tensor('int64', BigInt64Array.from(values.map(BigInt)), [1, values.length]);
  return Object.fromEntries(
    skeleton.model.graph.inputs.map(({ name, dims }) => {
      if (name === 'input_ids') return [name, ints(decoderOnly ? target : source)];
      if (name === 'decoder_input_ids') return [name, ints(target)];
      if (name === 'encoder_hidden_states') return [name, encoded as ort.Tensor];
      if (name.endsWith('attention_mask')) return [name, ints(source.map(() => 1))];
      if (name === 'token_type_ids') return [name, ints(source.map(() => 0))];
      if (name === 'position_ids') return [name, ints(source.map((_, i) => i))];
      assert.match(name, /^past_key_values/);
      return [name, new ort.Tensor('float32', new Float32Array(0), [1, Number(dims[1]), 0, Number(dims[3])])];
    }),
  );
}

function checkTaps(
  skeleton: Skeleton,
  truth: Reference,
  example: Case,
  outputs: ort.InferenceSession.ReturnType,
): void {
  const { graph } = skeleton.model;
  const blocks = findAttention(graph);
  const only = truth.layers.encoder === undefined ? 'decoder' : 'encoder';
  const kind = (block: AttentionBlock) =>
    block.cross ? 'cross' : block.stack === 'unknown-self' ? only : block.stack;
  const check = (name: string, entry: Entry | undefined, tensor: string, factor = 1) => {
    assert.ok(entry, `${name} in the reference`);
    const wanted = truth.read(entry).map((value) => value * factor);
    const found = outputs[tensor] as ort.Tensor;
    const difference = farthest(pick(found.data as Float32Array, entry), wanted);
    assert.ok(difference <= TOLERANCE, `${name} differs by ${difference}`);
  };
  for (const block of blocks) {
    const of = (name: string) =>
      example.tensors.find(
        (entry) => entry.name === name && entry.kind === kind(block) && entry.layer === block.layer,
      );
    check('attention', of('attention'), block.weights);
    check('scores', of('scores'), block.scores);
    check('q', of('q'), block.query, (block.folded.query as number) / truth.query_scaled_by);
    check('v', of('v'), block.value);
    checkKey(block, of('k'));
  }
  for (const { stack, index, tensor } of findHiddenStates(graph, blocks)) {
    const wanted = stack === 'unknown-self' ? only : stack;
    check(
      `hidden state ${index}`,
      example.tensors.find(
        (entry) => entry.name === 'hidden_state' && entry.kind === wanted && entry.layer === index,
      ),
      tensor,
    );
  }

  function checkKey(block: AttentionBlock, entry: Entry | undefined): void {
    assert.ok(entry && block.keyTransposed);
    const [heads = 0, keys = 0, size = 0] = entry.shape;
    const found = (outputs[block.key] as ort.Tensor).data as Float32Array;
    const wanted = truth.read(entry);
    let difference = 0;
    for (let h = 0; h < heads; h++) {
      for (let k = 0; k < keys; k++) {
        for (let i = 0; i < size; i++) {
          const ours = found[(h * size + i) * keys + k] as number;
          const theirs = (wanted[(h * keys + k) * size + i] as number) * (block.folded.key as number);
          difference = Math.max(difference, Math.abs(ours - theirs));
        }
      }
    }
    assert.ok(difference <= TOLERANCE, `k differs by ${difference}`);
  }
}

/** The listed heads of a tensor [heads, ...]. */
function pick(data: Float32Array, { heads, shape }: Entry): Float32Array {
  if (!heads) return data;
  const size = shape.slice(1).reduce((a, b) => a * b, 1);
  return Float32Array.from(heads.flatMap((head) => [...data.subarray(head * size, (head + 1) * size)]));
}

/** Largest difference, relative for values above 1; masked scores (-Infinity in the reference, the smallest float in some exports) count as equal. */
function farthest(a: Float32Array, b: Float32Array): number {
  assert.equal(a.length, b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    if (x < -1e30 && y < -1e30) continue;
    const difference = Math.abs(x - y) / Math.max(1, Math.abs(y));
    if (!(difference <= most)) most = difference;
  }
  return most;
}

test('outputs that are there already are not repeated', async () => {
  const skeleton = await readSkeleton(fixturePath('bert-eager/model.onnx'));
  const own = skeleton.model.graph.outputs.map((output) => output.name);
  assert.equal(withOutputs(skeleton, own), skeleton.bytes);
  const [block] = findAttention(skeleton.model.graph);
  const tap = block?.weights as string;
  const { model } = decodeModel(withOutputs(skeleton, [...own, tap, tap]));
  assert.deepEqual(
    model.graph.outputs.map((output) => output.name),
    [...own, tap],
  );
  assert.equal(model.graph.nodes.length, skeleton.model.graph.nodes.length);
});

test('nodes, inputs and initializers can be appended', async () => {
  const skeleton = await readSkeleton(fixturePath('bert-eager/model.onnx'));
  const bytes = appendGraph(skeleton.bytes, {
    inputs: [{ name: 'temperature', elemType: 1, dims: [1] }],
    initializers: [
      { name: 'last', dims: [1], data: BigInt64Array.of(-1n) },
      { name: 'half', dims: [], data: Float32Array.of(0.5) },
    ],
    nodes: [
      { opType: 'Mul', inputs: ['logits', 'temperature'], outputs: ['scaled'] },
      { opType: 'Mul', inputs: ['scaled', 'half'], outputs: ['halved'] },
      {
        opType: 'Softmax',
        inputs: ['halved'],
        outputs: ['p'],
        attributes: { axis: { type: 'int', value: -1 } },
      },
      {
        opType: 'ReduceSum',
        inputs: ['p', 'last'],
        outputs: ['sum'],
        attributes: { keepdims: { type: 'int', value: 0 } },
      },
      {
        opType: 'LeakyRelu',
        inputs: ['sum'],
        outputs: ['y'],
        attributes: { alpha: { type: 'float', value: 0.25 } },
      },
      {
        opType: 'Transpose',
        inputs: ['y'],
        outputs: ['turned'],
        attributes: { perm: { type: 'ints', value: [1, 0] } },
      },
    ],
    outputs: [{ name: 'turned' }],
  });
  const session = await openSession(skeleton, bytes);
  const ids = new ort.Tensor('int64', BigInt64Array.of(5n, 6n, 7n), [1, 3]);
  const ones = new ort.Tensor('int64', BigInt64Array.of(1n, 1n, 1n), [1, 3]);
  const zeros = new ort.Tensor('int64', BigInt64Array.of(0n, 0n, 0n), [1, 3]);
  const { turned } = await session.run({
    ...{ input_ids: ids, attention_mask: ones, token_type_ids: zeros },
    temperature: new ort.Tensor('float32', Float32Array.of(2), [1]),
  });
  assert.deepEqual(turned?.dims, [3, 1]);
  for (const sum of turned?.data as Float32Array) assert.ok(Math.abs(sum - 1) < 1e-5);
});

test('a graph input can be tapped too', async () => {
  const skeleton = await readSkeleton(fixturePath('bert-eager/model.onnx'));
  const ids = new ort.Tensor('int64', BigInt64Array.of(5n, 6n), [1, 2]);
  const session = await openSession(skeleton, withOutputs(skeleton, ['input_ids']));
  const outputs = await session.run({
    input_ids: ids,
    attention_mask: ids,
    token_type_ids: new ort.Tensor('int64', BigInt64Array.of(0n, 1n), [1, 2]),
  });
  assert.deepEqual(outputs.input_ids?.data, ids.data);
});
