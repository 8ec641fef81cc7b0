import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ort from 'onnxruntime-node';
import { findAttention } from '../../src/onnx/attention';
import { decodeModel } from '../../src/onnx/decode';
import type { NewAttribute, NewNode, NewTensor, NewValue } from '../../src/onnx/taps';
import { appendGraph, withOutputs } from '../../src/onnx/taps';
import { bytesField, concat, stringField, varintField } from '../../src/onnx/wire';
import { randomFloats } from '../support/seeded';

const MICROSOFT = 'com.microsoft';
const [TOKENS, HEADS, SIZE] = [7, 4, 16] as const;
const WIDTH = HEADS * SIZE;

/** One fused operator with all its inputs; `x` and `y` are [1, tokens, width]. */
interface Case {
  opType: string;
  domain?: string;
  inputs: string[];
  attributes?: Record<string, number>;
  outputs?: number;
  /** Further tensors: [sizes, values]; values are random where absent. */
  tensors?: Record<string, [number[], number[]?]>;
  /** Of integers: 6 int32, 7 int64. */
  integers?: Record<string, [number, number[]]>;
  /** Rows sum to less than 1. */
  sink?: boolean;
}

const attention = (more: Partial<Case>): Case => ({
  ...{ opType: 'Attention', domain: MICROSOFT, inputs: ['x', 'w', 'b'] },
  ...more,
  attributes: { num_heads: HEADS, ...more.attributes },
  tensors: { w: [[WIDTH, 3 * WIDTH]], b: [[3 * WIDTH]], ...more.tensors },
});

const multiHead = (more: Partial<Case>): Case => ({
  ...{ opType: 'MultiHeadAttention', domain: MICROSOFT, inputs: ['x', 'y', 'x'] },
  ...more,
  attributes: { num_heads: HEADS, ...more.attributes },
});

/** Two key and value heads for four query heads. */
const grouped = (more: Partial<Case>): Case => ({
  ...{ opType: 'GroupQueryAttention', domain: MICROSOFT, outputs: 3 },
  ...more,
  inputs: ['x', 'k', 'v', '', '', 'seqlens', 'total', ...(more.inputs ?? [])],
  attributes: { num_heads: HEADS, kv_num_heads: 2, ...more.attributes },
  tensors: { k: [[1, TOKENS, 2 * SIZE]], v: [[1, TOKENS, 2 * SIZE]], ...more.tensors },
  integers: { seqlens: [6, [TOKENS - 1]], total: [6, [TOKENS]] },
});

const rotary: Case['tensors'] = { cos: [[16, SIZE / 2]], sin: [[16, SIZE / 2]] };

const CASES: Record<string, Case> = {
  Attention: attention({}),
  'Attention, causal': attention({ attributes: { unidirectional: 1 } }),
  'Attention with a scale': attention({ attributes: { scale: 0.7 } }),
  'Attention with a mask': attention({
    inputs: ['x', 'w', 'b', 'mask'],
    integers: { mask: [6, [1, 1, 1, 1, 1, 0, 0]] },
  }),
  'Attention with the length of the text': attention({
    inputs: ['x', 'w', 'b', 'length'],
    integers: { length: [6, [5]] },
  }),
  'Attention with an empty cache, causal': attention({
    ...{ inputs: ['x', 'w', 'b', '', 'past'], outputs: 2, attributes: { unidirectional: 1 } },
    tensors: { past: [[2, 1, HEADS, 0, SIZE]] },
  }),
  'Attention with a bias on the scores': attention({
    ...{ inputs: ['x', 'w', 'b', '', '', 'bias'], tensors: { bias: [[1, HEADS, TOKENS, TOKENS]] } },
  }),
  MultiHeadAttention: multiHead({}),
  'MultiHeadAttention with biases': multiHead({
    inputs: ['x', 'y', 'x', 'b'],
    tensors: { b: [[3 * WIDTH]] },
  }),
  'MultiHeadAttention, causal': multiHead({ attributes: { unidirectional: 1 } }),
  'MultiHeadAttention with a mask': multiHead({
    inputs: ['x', 'y', 'x', '', 'mask'],
    integers: { mask: [6, [1, 1, 1, 0, 1, 1, 0]] },
  }),
  'MultiHeadAttention with position biases': multiHead({
    inputs: ['x', 'y', 'x', '', '', 'bias'],
    tensors: { bias: [[1, HEADS, TOKENS, TOKENS]] },
  }),
  'MultiHeadAttention with keys and values by head': multiHead({
    inputs: ['x', 'k4', 'v4'],
    tensors: { k4: [[1, HEADS, 5, SIZE]], v4: [[1, HEADS, 5, SIZE]] },
  }),
  GroupQueryAttention: grouped({}),
  'GroupQueryAttention, sliding window': grouped({ attributes: { local_window_size: 3 } }),
  'GroupQueryAttention, soft-capped': grouped({ attributes: { softcap: 0.5 } }),
  'GroupQueryAttention, rotary': grouped({
    ...{ inputs: ['cos', 'sin'], attributes: { do_rotary: 1 }, tensors: rotary },
  }),
  'GroupQueryAttention, rotary, interleaved': grouped({
    ...{ inputs: ['cos', 'sin'], attributes: { do_rotary: 1, rotary_interleaved: 1 }, tensors: rotary },
  }),
  'GroupQueryAttention with sinks': grouped({
    ...{ inputs: ['', '', '', '', 'sinks'], tensors: { sinks: [[HEADS]] }, sink: true },
  }),
  'GroupQueryAttention, smooth softmax': grouped({ attributes: { smooth_softmax: 1 }, sink: true }),
  'ONNX Attention': {
    opType: 'Attention',
    inputs: ['q4', 'q4', 'q4'],
    tensors: { q4: [[1, HEADS, TOKENS, SIZE]] },
  },
  'ONNX Attention, rank 3, grouped, causal, capped': {
    ...{ opType: 'Attention', inputs: ['x', 'k', 'v'] },
    attributes: { q_num_heads: HEADS, kv_num_heads: 2, is_causal: 1, softcap: 0.5 },
    tensors: { k: [[1, TOKENS, 2 * SIZE]], v: [[1, TOKENS, 2 * SIZE]] },
  },
  'ONNX Attention with an empty cache': {
    ...{ opType: 'Attention', inputs: ['q4', 'q4', 'q4', '', 'past', 'past'], outputs: 3 },
    tensors: { q4: [[1, HEADS, TOKENS, SIZE]], past: [[1, HEADS, 0, SIZE]] },
  },
};

for (const [name, one] of Object.entries(CASES)) {
  test(`${name}: weights times values are what the operator gives, softmax of the scores are the weights`, async () => {
    const { bytes, feeds } = build(one);
    const { model } = decodeModel(bytes);
    const [block, ...others] = findAttention(model.graph);
    assert.ok(block && others.length === 0);
    assert.equal(block.sink, one.sink ?? false);
    const { weights, value, scores, query, key, addition } = block;
    const tapped = withOutputs({ bytes, model }, [weights, value, scores, query, key], [addition ?? {}]);
    const session = await ort.InferenceSession.create(tapped, { intraOpNumThreads: 1, logSeverityLevel: 3 });
    const outputs = (await session.run(feeds)) as Record<string, ort.Tensor>;
    const of = (tensor: string) => outputs[tensor] as ort.Tensor;
    const context = contextOf(of(weights), of(value));
    assert.ok(
      farthest(byHeads(of('out')), context) < 1e-5,
      `context ${farthest(byHeads(of('out')), context)}`,
    );
    if (!one.sink) {
      const softmax = softmaxOf(of(scores));
      assert.ok(farthest(of(weights).data as Float32Array, softmax) < 1e-5, 'scores');
    }
    assert.deepEqual(of(query).dims, [1, HEADS, TOKENS, SIZE]);
    assert.equal(of(key).dims[2], of(weights).dims[3]);
    if (block.scale !== null && plainScores(one)) {
      const wanted = productsOf(of(query), of(key), block.scale);
      assert.ok(farthest(reached(of(scores)), wanted, true) < 1e-4, 'query and key');
    }
  });
}

/** True where scores are the scaled product and masks, nothing else. */
function plainScores({ attributes, inputs }: Case): boolean {
  return !attributes?.softcap && !inputs.includes('bias');
}

function build(one: Case): { bytes: Uint8Array; feeds: Record<string, ort.Tensor> } {
  const named: NonNullable<Case['tensors']> = {
    ...{ x: [[1, TOKENS, WIDTH]], y: [[1, TOKENS, WIDTH]] },
    ...one.tensors,
  };
  const feeds: Record<string, ort.Tensor> = {};
  const inputs: NewValue[] = [];
  const initializers: NewTensor[] = [];
  for (const [i, [name, [dims, values]]] of Object.entries(named).entries()) {
    if (!one.inputs.includes(name)) continue;
    const count = dims.reduce((product, dim) => product * dim, 1);
    const data = values ? Float32Array.from(values) : randomFloats(count, i + 1).map((value) => 2 * value);
    // Weights and tables lie in the file, as exporters leave them.
    if (/^(w|b|cos|sin|sinks)$/.test(name)) initializers.push({ name, dims, data });
    else {
      inputs.push({ name, elemType: 1, dims });
      feeds[name] = new ort.Tensor('float32', data, dims);
    }
  }
  for (const [name, [elemType, values]] of Object.entries(one.integers ?? {})) {
    const dims = name === 'mask' ? [1, values.length] : [values.length];
    inputs.push({ name, elemType, dims });
    feeds[name] = new ort.Tensor('int32', Int32Array.from(values), dims);
  }
  const attributes = Object.fromEntries(
    Object.entries(one.attributes ?? {}).map(([name, value]): [string, NewAttribute] => [
      name,
      { type: /^(scale|softcap)$/.test(name) ? 'float' : 'int', value },
    ]),
  );
  const node: NewNode = {
    ...{ opType: one.opType, domain: one.domain, inputs: one.inputs, attributes },
    outputs: ['out', 'present1', 'present2'].slice(0, one.outputs ?? 1),
  };
  const domain = concat([stringField(1, MICROSOFT), varintField(2, 1)]);
  const head = concat([varintField(1, 10), bytesField(8, varintField(2, 23)), bytesField(8, domain)]);
  const bytes = appendGraph(head, { nodes: [node], inputs, initializers, outputs: [{ name: 'out' }] });
  return { bytes, feeds };
}

/** [1, tokens, heads * d] as [heads, tokens, d]; [1, heads, tokens, d] is that already. */
function byHeads({ dims, data }: ort.Tensor): Float32Array {
  if (dims.length === 4) return data as Float32Array;
  return Float32Array.from({ length: data.length }, (_, at) => {
    const [h, rest] = [Math.floor(at / (TOKENS * SIZE)), at % (TOKENS * SIZE)];
    const [token, i] = [Math.floor(rest / SIZE), rest % SIZE];
    return data[token * WIDTH + h * SIZE + i] as number;
  });
}

function contextOf(weights: ort.Tensor, value: ort.Tensor): Float32Array {
  const [, heads = 0, queries = 0, keys = 0] = weights.dims;
  const groups = value.dims[1] as number;
  return Float32Array.from({ length: heads * queries * SIZE }, (_, at) => {
    const [row, i] = [Math.floor(at / SIZE), at % SIZE];
    const group = Math.floor((Math.floor(row / queries) * groups) / heads);
    let sum = 0;
    for (let k = 0; k < keys; k++) {
      sum += Number(weights.data[row * keys + k]) * Number(value.data[(group * keys + k) * SIZE + i]);
    }
    return sum;
  });
}

function softmaxOf({ data, dims }: ort.Tensor): Float32Array {
  const keys = dims[3] as number;
  const out = Float32Array.from(data as Float32Array);
  for (let start = 0; start < out.length; start += keys) {
    const row = out.subarray(start, start + keys);
    const top = Math.max(...row);
    row.forEach((score, k) => (row[k] = Math.exp(score - top)));
    const total = row.reduce((sum, weight) => sum + weight, 0);
    row.forEach((weight, k) => (row[k] = weight / total));
  }
  return out;
}

function productsOf(query: ort.Tensor, key: ort.Tensor, scale: number): Float32Array {
  const [, heads = 0, queries = 0] = query.dims;
  const [, groups = 0, keys = 0] = key.dims;
  return Float32Array.from({ length: heads * queries * keys }, (_, at) => {
    const [row, column] = [Math.floor(at / keys), at % keys];
    const group = Math.floor((Math.floor(row / queries) * groups) / heads);
    let sum = 0;
    for (let i = 0; i < SIZE; i++) {
      sum += Number(query.data[row * SIZE + i]) * Number(key.data[(group * keys + column) * SIZE + i]);
    }
    return sum * scale;
  });
}

/** Scores, masked ones NaN. */
function reached({ data }: ort.Tensor): Float32Array {
  return (data as Float32Array).map((score) => (score < -1e3 ? NaN : score));
}

function farthest(found: Float32Array, wanted: Float32Array, skipNaN = false): number {
  assert.equal(found.length, wanted.length);
  let most = 0;
  for (let i = 0; i < wanted.length; i++) {
    const difference = Math.abs((found[i] as number) - (wanted[i] as number));
    if (skipNaN && Number.isNaN(found[i])) continue;
    if (!(difference <= most)) most = difference;
  }
  return most;
}
