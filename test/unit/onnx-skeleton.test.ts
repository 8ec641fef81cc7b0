import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, symlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as ort from 'onnxruntime-node';
import { ProbeError } from '../../src/shared/errors';
import { findAttention } from '../../src/onnx/attention';
import { decodeModel } from '../../src/onnx/decode';
import type { Graph } from '../../src/onnx/graph';
import { subgraphs } from '../../src/onnx/graph';
import { findHiddenStates } from '../../src/onnx/hidden';
import { readSkeleton } from '../../src/onnx/skeleton';
import { bytesField, bytesHeader, concat, stringField, varintField } from '../../src/onnx/wire';
import { randomFloats, seeded } from '../support/seeded';
import { fixtureFiles, fixturePath, inFolder, modelBytes, openSession, save } from './onnx/support';

/** x [n, 64] times a weight of 16 KB, reshaped by a small constant. */
function smallModel(): Uint8Array {
  return modelBytes({
    initializers: [
      { name: 'w', dims: [64, 64], data: randomFloats(4096, 3) },
      { name: 'shape', dims: [3], data: BigInt64Array.of(-1n, 8n, 8n) },
    ],
    nodes: [
      { opType: 'MatMul', inputs: ['x', 'w'], outputs: ['product'] },
      { opType: 'Reshape', inputs: ['product', 'shape'], outputs: ['y'] },
    ],
    inputs: [{ name: 'x', elemType: 1, dims: ['n', 64] }],
    outputs: [{ name: 'y', elemType: 1 }],
  });
}

/** Inputs of the right types: 6 tokens, no past. */
function feedsOf(graph: Graph): Record<string, ort.Tensor> {
  return Object.fromEntries(graph.inputs.map((input) => [input.name, feedOf(input)]));
}

function feedOf({ name, elemType, dims }: Graph['inputs'][number]): ort.Tensor {
  const shape = dims.map((dim, i) => {
    if (typeof dim === 'number') return dim;
    return i === 0 ? 1 : /past/.test(String(dim)) || /past/.test(name) ? (i === 2 ? 0 : 1) : 6;
  });
  const count = shape.reduce((a, b) => a * b, 1);
  if (elemType === 9)
    return new ort.Tensor(
      'bool',
      Array.from({ length: count }, () => name === 'use_transformer'),
      shape,
    );
  if (elemType === 1) return new ort.Tensor('float32', randomFloats(count, 5), shape);
  const next = seeded(name.length);
  const value = (i: number) =>
    /mask/.test(name) ? 1 : /type/.test(name) ? 0 : /position/.test(name) ? i : 5 + Math.floor(next() * 500);
  return new ort.Tensor(
    'int64',
    BigInt64Array.from({ length: count }, (_, i) => BigInt(value(i))),
    shape,
  );
}

async function assertSameOutputs(path: string): Promise<void> {
  const skeleton = await readSkeleton(path);
  const feeds = feedsOf(skeleton.model.graph);
  const ours = await (await openSession(skeleton, skeleton.bytes)).run(feeds);
  const plain = await (await ort.InferenceSession.create(path, { intraOpNumThreads: 1 })).run(feeds);
  assert.deepEqual(Object.keys(ours), Object.keys(plain));
  for (const [name, tensor] of Object.entries(plain)) {
    assert.deepEqual(ours[name]?.dims, tensor.dims);
    assert.deepEqual(ours[name]?.data, tensor.data, `${path}: ${name}`);
  }
}

async function reasonFor(path: string): Promise<string> {
  const error = await readSkeleton(path).then(
    () => assert.fail('expected an error'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ProbeError && error.code === 'model', String(error));
  return error.message;
}

for (const file of fixtureFiles()) {
  test(`a session on the skeleton gives the file's own outputs: ${file}`, () =>
    assertSameOutputs(fixturePath(file)));
}

test('large weights become references, small constants stay', () =>
  inFolder(async (folder) => {
    const bytes = smallModel();
    const path = save(folder, 'model.onnx', bytes);
    const { model, bytes: skeleton } = await readSkeleton(path);
    assert.ok(skeleton.length < 400);
    const [w, shape] = model.graph.initializers;
    assert.equal(shape?.where.kind, 'inline');
    assert.ok(w?.where.kind === 'external');
    assert.deepEqual([w.where.location, w.where.length, w.dims], ['model.onnx', 16384, [64, 64]]);
    const stored = bytes.slice(w.where.offset, w.where.offset + 16384);
    assert.deepEqual(new Float32Array(stored.buffer), randomFloats(4096, 3));
    await assertSameOutputs(path);
  }));

test('weights in branches leave the skeleton, and all of the model stays readable', async () => {
  const { model, bytes } = await readSkeleton(fixturePath('bert-if-weights/model.onnx'));
  const branches = model.graph.nodes.flatMap(subgraphs);
  const large = branches.flatMap((branch) => branch.initializers).filter((tensor) => tensor.bytes > 1024);
  assert.equal(large.length, 18);
  for (const tensor of large) assert.equal(tensor.where.kind, 'external', tensor.name);
  assert.ok(bytes.length < 100_000);
});

test('weights in Constant nodes, branches, loops and functions leave the skeleton', () =>
  inFolder(async (folder) => {
    const path = save(folder, 'm.onnx', nestedModel());
    const skeleton = await readSkeleton(path);
    assert.ok(skeleton.bytes.length < 1500, `${skeleton.bytes.length} bytes`);
    const input = new ort.Tensor('float32', randomFloats(128, 7), [2, 64]);
    const ours = await openSession(skeleton, skeleton.bytes);
    const plain = await ort.InferenceSession.create(path);
    for (const value of [true, false]) {
      const feeds = { x: input, flag: new ort.Tensor('bool', [value], []) };
      assert.deepEqual((await ours.run(feeds)).y?.data, (await plain.run(feeds)).y?.data);
    }
  }));

/** y = F(flag ? loop twice (x W2) : x W3), each weight 16 KB: in the body's initializers, in Constant nodes. */
function nestedModel(): Uint8Array {
  const constant = (seed: number) =>
    rawNode('Constant', [], ['w'], [attribute('value', 5, weight('', seed), 4)]);
  const product = (x: string, y: string) => rawNode('MatMul', [x, 'w'], [y]);
  const keepOn = rawNode('Identity', ['on'], ['on2']);
  const body = rawGraph(
    [product('acc', 'acc2'), keepOn],
    [value('i', 7), value('on', 9), value('acc', 1)],
    [value('on2', 9), value('acc2', 1)],
    [weight('w', 2)],
  );
  const loop = rawNode('Loop', ['two', 'yes', 'x'], ['then'], [attribute('body', 6, body, 5)]);
  const branches = [
    attribute('then_branch', 6, rawGraph([loop], [], [value('then', 1)]), 5),
    attribute('else_branch', 6, rawGraph([constant(3), product('x', 'else')], [], [value('else', 1)]), 5),
  ];
  const graph = rawGraph(
    [
      rawNode('If', ['flag'], ['chosen'], branches),
      concat([rawNode('F', ['chosen'], ['y']), stringField(7, 'own')]),
    ],
    [value('x', 1), value('flag', 9)],
    [value('y', 1)],
    [
      concat([varintField(2, 7), stringField(8, 'two'), varintField(7, 2)]),
      concat([varintField(2, 9), stringField(8, 'yes'), varintField(5, 1)]),
    ],
  );
  const opset = varintField(2, 15);
  const made = concat([
    ...[
      stringField(1, 'F'),
      stringField(4, 'a'),
      stringField(5, 'b'),
      stringField(10, 'own'),
      bytesField(9, opset),
    ],
    ...[constant(4), product('a', 'b')].map((node) => bytesField(7, node)),
  ]);
  const own = concat([stringField(1, 'own'), varintField(2, 1)]);
  return concat([
    ...[varintField(1, 8), bytesField(8, opset), bytesField(8, own)],
    ...[bytesField(7, graph), bytesField(25, made)],
  ]);
}

function weight(name: string, seed: number): Uint8Array {
  const dims = [varintField(1, 64), varintField(1, 64)];
  const raw = new Uint8Array(randomFloats(4096, seed).buffer);
  return concat([...dims, varintField(2, 1), stringField(8, name), bytesField(9, raw)]);
}

function rawNode(
  opType: string,
  inputs: string[],
  outputs: string[],
  attributes: Uint8Array[] = [],
): Uint8Array {
  return concat([
    ...inputs.map((name) => stringField(1, name)),
    ...outputs.map((name) => stringField(2, name)),
    stringField(4, opType),
    ...attributes.map((made) => bytesField(5, made)),
  ]);
}

function attribute(name: string, field: number, payload: Uint8Array, type: number): Uint8Array {
  return concat([stringField(1, name), bytesField(field, payload), varintField(20, type)]);
}

function rawGraph(
  nodes: Uint8Array[],
  inputs: Uint8Array[],
  outputs: Uint8Array[],
  initializers: Uint8Array[] = [],
): Uint8Array {
  return concat([
    ...nodes.map((node) => bytesField(1, node)),
    stringField(2, 'g'),
    ...initializers.map((tensor) => bytesField(5, tensor)),
    ...inputs.map((input) => bytesField(11, input)),
    ...outputs.map((output) => bytesField(12, output)),
  ]);
}

/** A tensor of unknown rank, but for the scalars of If and Loop. */
function value(name: string, elemType: number): Uint8Array {
  const shape = elemType === 1 ? [] : [bytesField(2, new Uint8Array(0))];
  return concat([
    stringField(1, name),
    bytesField(2, bytesField(1, concat([varintField(1, elemType), ...shape]))),
  ]);
}

test('unknown fields and a graph in two pieces survive byte for byte', () =>
  inFolder(async (folder) => {
    const strange = concat([bytesField(900, randomFloatsBytes(500)), varintField(901, -5)]);
    const second = bytesField(
      7,
      concat([stringField(10, 'second piece'), bytesField(950, Uint8Array.of(1, 2, 3))]),
    );
    const path = save(folder, 'model.onnx', concat([smallModel(), strange, second]));
    const { bytes, model } = await readSkeleton(path);
    assert.deepEqual(
      Buffer.from(bytes).subarray(-strange.length - second.length),
      Buffer.concat([strange, second]),
    );
    assert.equal(model.graph.nodes.length, 2);
    await assertSameOutputs(path);
  }));

function randomFloatsBytes(count: number): Uint8Array {
  return new Uint8Array(randomFloats(count, 9).buffer);
}

test('a sparse file of 1.6 GB is read in less than 5 MB', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'big.onnx');
    writeSparse(path, 160, 10_000_000);
    const { readBytes, model } = await readSkeleton(path);
    assert.equal(model.graph.initializers.length, 160);
    assert.ok(readBytes < 5_000_000, `${readBytes} bytes read`);
  }));

/** A model of `count` tensors with `size` bytes of zeros each, as holes. */
function writeSparse(path: string, count: number, size: number): void {
  const head = concat([bytesField(1, varintLength(size)), varintField(2, 2), stringField(8, 'weight')]);
  const tensor = concat([head, bytesHeader(9, size)]);
  const initializer = concat([bytesHeader(5, tensor.length + size), tensor]);
  const front = concat([varintField(1, 8), bytesHeader(7, count * (initializer.length + size))]);
  const file = openSync(path, 'w');
  writeSync(file, front, 0, front.length, 0);
  for (let i = 0; i < count; i++) {
    writeSync(file, initializer, 0, initializer.length, front.length + i * (initializer.length + size));
  }
  ftruncateSync(file, front.length + count * (initializer.length + size));
  closeSync(file);
}

function varintLength(value: number): Uint8Array {
  return varintField(1, value).subarray(1);
}

test('a model in a cache of links opens from where its files are', () =>
  inFolder(async (folder) => {
    const blobs = join(folder, 'blobs');
    const snapshot = join(folder, 'snapshot');
    mkdirSync(blobs);
    mkdirSync(snapshot);
    const source = fixturePath('bert-external-data/model.onnx');
    save(blobs, 'aaaa', readFileSync(source));
    save(blobs, 'bbbb', readFileSync(`${source}_data`));
    symlinkSync(join('..', 'blobs', 'aaaa'), join(snapshot, 'model.onnx'));
    symlinkSync(join('..', 'blobs', 'bbbb'), join(snapshot, 'model.onnx_data'));
    const linked = await readSkeleton(join(snapshot, 'model.onnx'));
    const plain = await readSkeleton(source);
    const feeds = feedsOf(plain.model.graph);
    const a = await (await openSession(linked, linked.bytes)).run(feeds);
    const b = await (await openSession(plain, plain.bytes)).run(feeds);
    assert.deepEqual(a.logits?.data, b.logits?.data);
  }));

test('files that are not models say what they are', () =>
  inFolder(async (folder) => {
    const safetensors = concat([
      Uint8Array.of(64, 0, 0, 0, 0, 0, 0, 0),
      Buffer.from('{"w":{"dtype":"F32"}}'),
    ]);
    const cases: [string | Uint8Array, RegExp][] = [
      ['', /empty/],
      ['version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n', /Git LFS pointer/],
      ['<!DOCTYPE html><html></html>', /web page/],
      ['\n<html>', /web page/],
      [safetensors, /safetensors/],
      ['GGUF\x03\x00\x00\x00', /GGUF/],
      ['{"model_type": "bert"}', /JSON/],
      ['PK\x03\x04rest', /ZIP/],
      [Uint8Array.of(0x80, 2, 0x7d), /pickle/],
      ['\x18\x00\x00\x00ORTM', /ORT format/],
      [varintField(1, 8), /holds no graph/],
      ['hello, this is just text', /./],
      [smallModel().subarray(0, 9000), /cut off/],
    ];
    for (const [content, reason] of cases) {
      const message = await reasonFor(save(folder, 'model.onnx', content));
      assert.match(message, /^model\.onnx: .*\.$/);
      assert.match(message, reason);
    }
    assert.match(await reasonFor(join(folder, 'nothing.onnx')), /no such file/);
    assert.match(await reasonFor(folder), /not a file/);
  }));

/** A model with one tensor whose data is said to be elsewhere. */
function externalModel(entries: Record<string, string>, dims = [4]): Uint8Array {
  const tensor = concat([
    ...dims.map((dim) => varintField(1, dim)),
    varintField(2, 1),
    stringField(8, 'w'),
    ...Object.entries(entries).map((entry) =>
      bytesField(13, concat([stringField(1, entry[0]), stringField(2, entry[1])])),
    ),
    varintField(14, 1),
  ]);
  return concat([varintField(1, 8), bytesField(7, bytesField(5, tensor))]);
}

test('external data is checked: where it is, that it is there, how long it is', () =>
  inFolder(async (folder) => {
    save(folder, 'data.bin', new Uint8Array(100));
    symlinkSync('/etc/hostname', join(folder, 'link.bin'));
    const cases: [Record<string, string>, number[], RegExp][] = [
      [{ location: '/etc/passwd' }, [4], /outside of its folder/],
      [{ location: '../data.bin' }, [4], /outside of its folder/],
      [{ location: 'a/../../data.bin' }, [4], /outside of its folder/],
      [{ location: 'C:\\data.bin' }, [4], /outside of its folder/],
      [{ location: '..\\data.bin' }, [4], /outside of its folder/],
      [{ location: '*/_ORT_MEM_ADDR_/*', offset: '1234' }, [4], /outside of its folder/],
      [{ location: '' }, [4], /outside of its folder/],
      [{ location: 'link.bin' }, [4], /link out of its folder/],
      [{ location: 'gone.bin' }, [4], /"gone.bin" is missing/],
      [{ location: 'gone\n<b>.bin' }, [4], /"gone\?<b>.bin" is missing/],
      [{ location: 'data.bin', offset: '96', length: '16' }, [4], /beyond the end of "data.bin"/],
      [{ location: 'data.bin', offset: '-4', length: '16' }, [4], /beyond the end/],
      [{ location: 'data.bin', offset: 'x', length: '16' }, [4], /beyond the end/],
      [{ location: 'data.bin', offset: '0', length: '16' }, [5], /states more values/],
      [{ location: 'data.bin' }, [26], /states more values/],
      [{ location: 'data.bin' }, [2 ** 40, 2 ** 40], /impossible size/],
      [{ location: 'data.bin' }, [-1], /impossible size/],
    ];
    for (const [entries, dims, reason] of cases) {
      assert.match(await reasonFor(save(folder, 'm.onnx', externalModel(entries, dims))), reason);
    }
    const good = await readSkeleton(save(folder, 'm.onnx', externalModel({ location: './data.bin' }, [25])));
    assert.equal(good.model.graph.initializers[0]?.where.kind, 'external');
  }));

test('graphs nested without end and sizes without sense are refused', () =>
  inFolder(async (folder) => {
    let nested = stringField(2, 'innermost');
    for (let i = 0; i < 200; i++) nested = bytesField(1, bytesField(5, bytesField(6, nested)));
    assert.match(await reasonFor(save(folder, 'm.onnx', bytesField(7, nested))), /nested deeper/);
    let padded = concat([stringField(10, 'x'.repeat(2000))]);
    for (let i = 0; i < 200; i++) padded = bytesField(1, bytesField(5, bytesField(6, padded)));
    assert.match(await reasonFor(save(folder, 'm.onnx', bytesField(7, padded))), /nested deeper/);
    const huge = concat([bytesHeader(7, 2 ** 52), Uint8Array.of(1)]);
    assert.match(await reasonFor(save(folder, 'm.onnx', huge)), /cut off/);
  }));

test('too much that cannot be left out is refused before it is read', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'm.onnx');
    const size = 300 * 2 ** 20;
    const front = concat([bytesHeader(7, size + 12), bytesHeader(5, size + 6), bytesHeader(4, size)]);
    const file = openSync(path, 'w');
    writeSync(file, front);
    ftruncateSync(file, front.length + size + 1);
    closeSync(file);
    assert.match(await reasonFor(path), /256 MB/);
  }));

test('300 damaged files are read or refused, never anything else', () =>
  inFolder(async (folder) => {
    const originals = [
      'bert-eager/model.onnx',
      't5-merged/decoder_model_merged.onnx',
      'bert-if-weights/model.onnx',
    ].map((file) => readFileSync(fixturePath(file)));
    const next = seeded(4);
    let refused = 0;
    for (let i = 0; i < 300; i++) {
      const bytes = Buffer.from(originals[i % originals.length] as Buffer);
      const edits = 1 + Math.floor(next() * 8);
      for (let e = 0; e < edits; e++) bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256);
      const cut = i % 3 === 0 ? bytes.subarray(0, Math.floor(next() * bytes.length)) : bytes;
      const error = await readSkeleton(save(folder, 'm.onnx', cut)).then(
        ({ model: { graph } }) => {
          findHiddenStates(graph, findAttention(graph));
          return null;
        },
        (reason: unknown) => reason,
      );
      if (error !== null) {
        refused++;
        assert.ok(error instanceof ProbeError && error.code === 'model', String(error));
        assert.ok(error.message.length < 300);
      }
    }
    assert.ok(refused >= 100 && refused < 300, `${refused} refused`);
  }));

test('reading stops when it is cancelled', async () => {
  const error = await readSkeleton(fixturePath('bert-eager/model.onnx'), AbortSignal.abort()).catch(
    (e: unknown) => e,
  );
  assert.ok(error instanceof ProbeError && error.code === 'cancelled');
});

test('the decoder reads what the model says about itself', async () => {
  const { model } = await readSkeleton(fixturePath('gpt2-past/model.onnx'));
  assert.match(model.producer, /^pytorch 2/);
  assert.deepEqual(model.opsets, [{ domain: '', version: 14 }]);
  const ids = model.graph.inputs.find((input) => input.name === 'input_ids');
  assert.equal(ids?.elemType, 7);
  assert.deepEqual(ids?.dims, ['batch_size', 'sequence_length']);
  const past = model.graph.inputs.find((input) => input.name === 'past_key_values.0.key');
  assert.deepEqual(past?.dims[1], 4);
  assert.equal(decodeModel(smallModel()).tensors.length, 2);
});
