import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ort from 'onnxruntime-node';
import { findAttention } from '../../src/onnx/attention';
import { withoutBranches } from '../../src/onnx/branches/flatten';
import { tensorValues } from '../../src/onnx/constants';
import { decodeModel } from '../../src/onnx/decode';
import type { Graph } from '../../src/onnx/graph';
import { readSkeleton } from '../../src/onnx/skeleton';
import type { GraphAddition } from '../../src/onnx/taps';
import { appendGraph } from '../../src/onnx/taps';
import { bytesField, concat, Fields, stringField, varintField } from '../../src/onnx/wire';
import { seeded } from '../support/seeded';
import { fixturePath, modelBytes } from './onnx/support';

const BOOL = 9;

interface Branches {
  condition: string;
  outputs: string[];
  then: GraphAddition | Uint8Array;
  else: GraphAddition | Uint8Array;
}

/** The payload of a GraphProto. */
function graphBytes(graph: GraphAddition | Uint8Array): Uint8Array {
  if (graph instanceof Uint8Array) return graph;
  const f = new Fields(appendGraph(new Uint8Array(0), graph));
  f.next();
  return f.view();
}

function ifNode({ condition, outputs, ...branches }: Branches): Uint8Array {
  const attribute = (name: string, graph: GraphAddition | Uint8Array) =>
    bytesField(5, concat([stringField(1, name), bytesField(6, named(graph)), varintField(20, 5)]));
  const named = (graph: GraphAddition | Uint8Array) => concat([stringField(2, 'branch'), graphBytes(graph)]);
  return bytesField(
    1,
    concat([
      stringField(1, condition),
      ...outputs.map((name) => stringField(2, name)),
      stringField(4, 'If'),
      attribute('then_branch', branches.then),
      attribute('else_branch', branches.else),
    ]),
  );
}

/** TensorProto { dims [], data_type BOOL, name, raw_data }, as an initializer. */
function flag(name: string, value: boolean): Uint8Array {
  const raw = bytesField(9, Uint8Array.of(value ? 1 : 0));
  return bytesField(5, concat([varintField(2, BOOL), stringField(8, name), raw]));
}

/** A model whose graph starts with these fields, followed by `rest`. */
function model(fields: Uint8Array[], rest: GraphAddition): Uint8Array {
  return concat([modelBytes({}), bytesField(7, concat([...fields, graphBytes(rest)]))]);
}

function flattened(bytes: Uint8Array) {
  return withoutBranches({ bytes, model: decodeModel(bytes).model });
}

async function run(bytes: Uint8Array, feeds: Record<string, ort.Tensor>): Promise<Record<string, number[]>> {
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const outputs = await session.run(feeds);
  await session.release();
  return Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]) => [name, [...(tensor.data as Float32Array)]]),
  );
}

const X = { x: new ort.Tensor('float32', Float32Array.of(1.5, -2), [2]) };
const pair = (name: string, a: number, b: number) => ({ name, dims: [2], data: Float32Array.of(a, b) });
const add = (left: string, right: string, output: string) => ({
  opType: 'Add',
  inputs: [left, right],
  outputs: [output],
});

test('branches with the same names inside are hoisted side by side', async () => {
  const inside = (a: number): GraphAddition => ({
    initializers: [pair('w', a, a + 1)],
    nodes: [add('x', 'w', 't'), add('t', 'w', 'out')],
    outputs: [{ name: 'out', elemType: 1 }],
  });
  const bytes = model(
    [
      flag('yes', true),
      flag('no', false),
      ifNode({ condition: 'yes', outputs: ['a'], then: inside(1), else: inside(10) }),
      ifNode({ condition: 'no', outputs: ['b'], then: inside(100), else: inside(1000) }),
    ],
    { inputs: [{ name: 'x', elemType: 1, dims: [2] }], outputs: [{ name: 'a' }, { name: 'b' }] },
  );
  const flat = flattened(bytes);
  assert.deepEqual(
    flat.model.graph.nodes.map((node) => node.opType),
    ['Add', 'Add', 'Add', 'Add'],
  );
  assert.deepEqual(await run(flat.bytes, X), { a: [3.5, 2], b: [2001.5, 2000] });
});

test('outputs that a branch takes from elsewhere are copied: outer tensors, weights, one tensor twice', async () => {
  const branch: GraphAddition = {
    initializers: [pair('w', 3, 4)],
    nodes: [add('x', 'w', 't')],
    outputs: ['x', 'w', 't', 't'].map((name) => ({ name, elemType: 1 })),
  };
  const names = ['outer', 'weight', 'sum', 'again'];
  const bytes = model(
    [flag('yes', true), ifNode({ condition: 'yes', outputs: names, then: branch, else: branch })],
    { inputs: [{ name: 'x', elemType: 1, dims: [2] }], outputs: names.map((name) => ({ name })) },
  );
  assert.deepEqual(await run(flattened(bytes).bytes, X), {
    ...{ outer: [1.5, -2], weight: [3, 4], sum: [4.5, 2], again: [4.5, 2] },
  });
});

test('a condition that is computed keeps its branches', () => {
  const branch: GraphAddition = { nodes: [add('x', 'x', 't')], outputs: [{ name: 't' }] };
  const bytes = model([ifNode({ condition: 'c', outputs: ['y'], then: branch, else: branch })], {
    inputs: [{ name: 'x', elemType: 1, dims: [2] }],
    outputs: [{ name: 'y' }],
  });
  const skeleton = { bytes, model: decodeModel(bytes).model };
  assert.equal(withoutBranches(skeleton), skeleton);
});

test('a node named If without branches stays', () => {
  const bytes = modelBytes({
    inputs: [{ name: 'c', elemType: BOOL }],
    nodes: [{ opType: 'If', inputs: ['c'], outputs: ['y'] }],
  });
  assert.equal(flattened(bytes).bytes, bytes);
});

test('100 random nests of branches compute the same flattened', async () => {
  const next = seeded(5);
  let hoisted = 0;
  for (let round = 0; round < 100; round++) {
    const bytes = randomModel(next);
    const flat = flattened(bytes);
    assert.ok(flat.model.graph.nodes.every((node) => node.opType !== 'If'));
    const names = flat.model.graph.nodes.flatMap((node) => node.outputs);
    assert.equal(new Set(names).size, names.length, 'no tensor is made twice');
    if (flat.bytes !== bytes) hoisted++;
    const { t0, t1 } = evaluate(decodeModel(bytes).model.graph, { x: [1.5, -2], yes: [1], no: [0] });
    assert.deepEqual(await run(flat.bytes, X), { t0, t1 });
  }
  assert.ok(hoisted > 60);
});

/** The tensors of a graph of sums and branches: the runtime itself fails for some nests of branches. */
function evaluate(graph: Graph, around: Record<string, number[]>): Record<string, number[]> {
  const values = { ...around };
  for (const tensor of graph.initializers) {
    const found = tensorValues(tensor);
    if (found) values[tensor.name] = found;
  }
  const valueOf = (name: string) => values[name] ?? assert.fail(`${name} is missing`);
  for (const node of graph.nodes) {
    const [first = [], second = []] = node.inputs.map(valueOf);
    if (node.opType === 'Add')
      values[node.outputs[0] ?? ''] = first.map((value, i) => value + (second[i] ?? NaN));
    const branch = node.attributes.get(first[0] ? 'then_branch' : 'else_branch');
    if (branch?.type !== 'graph') continue;
    const inner = evaluate(branch.value, values);
    branch.value.outputs.forEach(({ name }, i) => (values[node.outputs[i] ?? ''] = inner[name] ?? []));
  }
  return values;
}

/** Sums and Ifs of `x` and earlier tensors; branches use the same few names again and again. */
function randomModel(next: () => number): Uint8Array {
  const pick = <T>(items: T[]): T => items[Math.floor(next() * items.length)] as T;
  let made = 0;
  const graphOf = (visible: string[], depth: number, prefix: string, wanted: number): Uint8Array[] => {
    const known = [...visible];
    const fields: Uint8Array[] = [];
    const count = wanted + Math.floor(next() * 3);
    for (let i = 0; i < count; i++) {
      const name = `${prefix}${i}`;
      if (depth > 0 && next() < 0.5) {
        // Both branches and sibling Ifs use the same names inside.
        const branch = () => inner(known, depth - 1, `${prefix}${depth}_`);
        const condition = pick(['yes', 'no']);
        fields.push(ifNode({ condition, outputs: [name, `${name}b`], then: branch(), else: branch() }));
        known.push(`${name}b`);
      } else {
        const sum = graphBytes({ nodes: [add(pick(known), pick(known), name)] });
        fields.push(sum);
      }
      known.push(name);
      made++;
    }
    return fields;
  };
  const inner = (visible: string[], depth: number, prefix: string): Uint8Array => {
    const nodes = graphOf(visible, depth, prefix, 1);
    const weight = pair(`${prefix}w`, Math.floor(next() * 8), made);
    const outputs = [pick([`${prefix}0`, weight.name]), `${prefix}0`];
    return concat([
      ...nodes,
      graphBytes({ initializers: [weight], outputs: outputs.map((name) => ({ name, elemType: 1 })) }),
    ]);
  };
  const nodes = graphOf(['x'], 3, 't', 2);
  return model([flag('yes', true), flag('no', false), ...nodes], {
    inputs: [{ name: 'x', elemType: 1, dims: [2] }],
    outputs: [{ name: 't0' }, { name: 't1' }],
  });
}

test('a merged decoder becomes the branch without a cache, and loses the inputs of the other', async () => {
  const merged = await readSkeleton(fixturePath('t5-merged/decoder_model_merged.onnx'));
  const { graph } = withoutBranches(merged).model;
  assert.deepEqual(
    graph.inputs.map((input) => input.name),
    ['encoder_attention_mask', 'input_ids', 'encoder_hidden_states'],
  );
  assert.equal(graph.outputs.length, merged.model.graph.outputs.length);
  assert.equal(findAttention(graph).length, 4);
});

test('of two branches the one with attention is taken', async () => {
  const model = withoutBranches(await readSkeleton(fixturePath('bert-if-weights/model.onnx'))).model;
  assert.equal(findAttention(model.graph).length, 2);
  assert.ok(!model.graph.inputs.some((input) => input.name === 'use_transformer'));
});

test('a graph without branches comes back as it is', async () => {
  const skeleton = await readSkeleton(fixturePath('bert-eager/model.onnx'));
  assert.equal(withoutBranches(skeleton), skeleton);
});
