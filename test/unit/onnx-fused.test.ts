import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as ort from 'onnxruntime-node';
import type { AttentionBlock } from '../../src/onnx/attention';
import { findAttention } from '../../src/onnx/attention';
import { withoutBranches } from '../../src/onnx/branches/flatten';
import { decodeModel } from '../../src/onnx/decode';
import { findHiddenStates } from '../../src/onnx/hidden';
import type { Skeleton } from '../../src/onnx/skeleton';
import { readSkeleton } from '../../src/onnx/skeleton';
import type { NewNode } from '../../src/onnx/taps';
import { withOutputs } from '../../src/onnx/taps';
import { whyUnreadable } from '../../src/onnx/unreadable';
import { ProbeError } from '../../src/shared/errors';
import type { Entry, Reference } from './onnx/support';
import { seeded } from '../support/seeded';
import { fixturePath, inFolder, MODELS, modelBytes, openSession, reference, save } from './onnx/support';

const EXPORTERS = join(MODELS, '..', 'exporters');
const MICROSOFT = 'com.microsoft';

/** Folders with fused operators whose weights are those of a folder in models/, which has queries, keys and so on. */
const SAME_WEIGHTS: Record<string, string> = {
  'bert-fused': 'bert-eager',
  'bert-fused-mha': 'bert-eager',
  'bert-dynamo-23': 'bert-eager',
  'distilbert-fused': 'distilbert-eager',
  'gpt2-dynamo-23': 'gpt2-eager',
  'llama-dynamo-23': 'llama-eager',
  'gpt2-fused': 'gpt2-eager',
};

async function open(folder: string): Promise<{ skeleton: Skeleton; blocks: AttentionBlock[] }> {
  const skeleton = withoutBranches(await readSkeleton(join(EXPORTERS, folder, 'onnx', 'model.onnx')));
  return { skeleton, blocks: findAttention(skeleton.model.graph) };
}

/** Every tap of a graph for the given ids. */
async function runTapped(
  { skeleton, blocks }: Awaited<ReturnType<typeof open>>,
  ids: number[],
): Promise<ort.InferenceSession.ReturnType> {
  const { graph } = skeleton.model;
  const taps = blocks.flatMap(({ weights, scores, query, key, value }) => [
    ...[weights, scores, query, key, value],
  ]);
  const states = findHiddenStates(graph, blocks).map((state) => state.tensor);
  const additions = blocks.flatMap((block) => block.addition ?? []);
  const session = await openSession(skeleton, withOutputs(skeleton, [...taps, ...states], additions));
  const row = (values: number[]) =>
    new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
  const feeds = graph.inputs.map(({ name, dims }) => {
    if (name === 'input_ids') return [name, row(ids)];
    if (name === 'attention_mask') return [name, row(ids.map(() => 1))];
    if (name === 'position_ids') return [name, row(ids.map((_, i) => i))];
    if (name === 'token_type_ids') return [name, row(ids.map(() => 0))];
    return [name, new ort.Tensor('float32', new Float32Array(0), [1, Number(dims[1]), 0, Number(dims[3])])];
  });
  return session.run(Object.fromEntries(feeds));
}

for (const [folder, main] of Object.entries(SAME_WEIGHTS)) {
  test(`queries, keys, values, scores and hidden states of ${folder} equal PyTorch's`, async () => {
    const truth = reference(main);
    const example = truth.cases.find(({ name }) => name === '9') as Reference['cases'][number];
    const opened = await open(folder);
    const outputs = await runTapped(opened, example.inputs.input_ids);
    const { blocks, skeleton } = opened;
    const of = (name: string, layer: number) =>
      example.tensors.find((entry) => entry.name === name && entry.layer === layer) as Entry;
    const check = (name: string, layer: number, tensor: string, factor = 1) => {
      const wanted = truth.read(of(name, layer)).map((value) => value * factor);
      const found = (outputs[tensor] as ort.Tensor).data as Float32Array;
      assert.ok(farthest(found, wanted) <= 1e-5, `${name} of layer ${layer}: ${farthest(found, wanted)}`);
    };
    for (const { layer, weights, scores, query, key, value, keyTransposed, ...block } of blocks) {
      check('attention', layer, weights);
      check('scores', layer, scores);
      check('q', layer, query, (block.folded.query ?? NaN) / truth.query_scaled_by);
      if (!keyTransposed) check('k', layer, key, block.folded.key ?? NaN);
      check('v', layer, value);
    }
    const states = findHiddenStates(skeleton.model.graph, blocks);
    assert.equal(states.length, 3);
    for (const { index, tensor } of states) check('hidden_state', index, tensor);
  });
}

/** Largest difference, relative for values above 1; masked scores count as equal. */
function farthest(a: Float32Array, b: Float32Array): number {
  assert.equal(a.length, b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    if (x < -1e4 && y < -1e4) continue;
    const difference = Math.abs(x - y) / Math.max(1, Math.abs(y));
    if (!(difference <= most)) most = difference;
  }
  return most;
}

test('the scores and weights of grouped queries are those of its queries and keys, in every head', async () => {
  for (const folder of ['llama-genai', 'qwen2-genai-packed']) {
    const opened = await open(folder);
    const outputs = await runTapped(opened, [11, 12, 13, 14, 15, 16, 17]);
    for (const block of opened.blocks) {
      const [query, key, scores] = [block.query, block.key, block.scores].map(
        (name) => outputs[name] as ort.Tensor,
      );
      assert.deepEqual(
        [query?.dims, key?.dims],
        [
          [1, 4, 7, 16],
          [1, 2, 7, 16],
        ],
      );
      const wanted = products(query as ort.Tensor, key as ort.Tensor, block.scale as number);
      assert.ok(farthest((scores as ort.Tensor).data as Float32Array, wanted) < 1e-5);
    }
  }
});

/** scale * query . key, minus infinity where the key comes after the query. */
function products(query: ort.Tensor, key: ort.Tensor, scale: number): Float32Array {
  const [, heads = 0, tokens = 0, size = 0] = query.dims;
  const groups = key.dims[1] as number;
  const [q, k] = [query.data as Float32Array, key.data as Float32Array];
  return Float32Array.from({ length: heads * tokens * tokens }, (_, at) => {
    const [row, column] = [Math.floor(at / tokens), at % tokens];
    const group = Math.floor((Math.floor(row / tokens) * groups) / heads);
    if (column > row % tokens) return -Infinity;
    let sum = 0;
    for (let i = 0; i < size; i++) {
      sum += (q[row * size + i] as number) * (k[(group * tokens + column) * size + i] as number);
    }
    return sum * scale;
  });
}

test('every exporter fixture has its residual streams, and names every block once', async () => {
  for (const folder of readdirSync(EXPORTERS)) {
    for (const file of readdirSync(join(EXPORTERS, folder, 'onnx')).filter((name) =>
      name.endsWith('.onnx'),
    )) {
      const skeleton = withoutBranches(await readSkeleton(join(EXPORTERS, folder, 'onnx', file)));
      const blocks = findAttention(skeleton.model.graph);
      const names = blocks.map(({ stack, cross, layer }) => `${cross ? 'cross' : stack} ${layer}`);
      assert.equal(new Set(names).size, blocks.length, `${folder}/${file}`);
      assert.deepEqual(
        blocks.map(({ residual }) => typeof residual),
        blocks.map(() => 'string'),
        `${folder}/${file}`,
      );
    }
  }
});

test('only the nodes that an output needs are appended', async () => {
  const { skeleton, blocks } = await open('bert-fused');
  const additions = blocks.flatMap((block) => block.addition ?? []);
  const count = (names: string[]) =>
    decodeModel(withOutputs(skeleton, names, additions)).model.graph.nodes.length -
    skeleton.model.graph.nodes.length;
  assert.equal(count([]), 0);
  assert.equal(count(['logits']), 0);
  const [first] = blocks;
  // Projection (2), slices (3), attention, softmax.
  assert.equal(count([first?.weights as string]), 7);
  assert.equal(count([first?.scores as string]), 6);
});

/** A graph of one operator between an input and an output. */
function lone(node: Partial<NewNode>): string {
  const nodes = [{ opType: 'Identity', inputs: ['x'], outputs: ['y'], ...node }];
  return whyUnreadable(decodeModel(modelBytes({ nodes, inputs: [{ name: 'x' }] })).model);
}

test('an operator that keeps its attention is named, with what would work instead', () => {
  const cases: [Partial<NewNode>, RegExp][] = [
    [
      { opType: 'PackedMultiHeadAttention', domain: MICROSOFT },
      /com\.microsoft\.PackedMultiHeadAttention .*graphics.* Instead, export/,
    ],
    [{ opType: 'PagedAttention', domain: MICROSOFT }, /com\.microsoft\.PagedAttention .* Instead,/],
    [
      { opType: 'DecoderMaskedMultiHeadAttention', domain: MICROSOFT },
      /DecoderMaskedMultiHeadAttention .*one token.* decoder_model\.onnx/,
    ],
    [
      { opType: 'MultiHeadAttention', domain: MICROSOFT },
      /MultiHeadAttention has query, key and value in one/,
    ],
    [{ opType: 'FlashAttention', domain: 'acme' }, /acme\.FlashAttention keeps its weights/],
    [{ opType: 'LinearAttention', domain: MICROSOFT }, /LinearAttention has no attention weights/],
    [{ opType: 'Loop' }, /Loop holds the model in branches/],
    [{ opType: 'Evil <b>\n"Attention' }, /operator Evil\?\?b\?\?\?Attention keeps/],
    [{}, /no softmax between/],
  ];
  for (const [node, message] of cases) assert.match(lone(node), message);
});

test('fused operators that cannot be taken apart are not taken for readable', () => {
  const nodes = [
    {
      ...{ opType: 'Attention', domain: MICROSOFT, inputs: ['x', 'computed', 'b'], outputs: ['y'] },
      attributes: { num_heads: { type: 'int' as const, value: 4 } },
    },
    {
      ...{ opType: 'MultiHeadAttention', domain: MICROSOFT, inputs: ['x', 'x', 'x', 'computed'] },
      outputs: ['z'],
      attributes: { num_heads: { type: 'int' as const, value: 4 } },
    },
  ];
  const { model } = decodeModel(modelBytes({ nodes, inputs: [{ name: 'x' }, { name: 'computed' }] }));
  assert.deepEqual(findAttention(model.graph), []);
  assert.match(whyUnreadable(model), /com\.microsoft\.MultiHeadAttention/);
});

test('300 damaged files with fused operators and branches are read or refused, never anything else', () =>
  inFolder(async (folder) => {
    const originals = ['bert-fused', 'llama-genai-q4', 'bert-dynamo-23', 'bert-fused-int8', 'bert-fused-mha']
      .map((name) => join(EXPORTERS, name, 'onnx', 'model.onnx'))
      .concat(fixturePath('t5-merged/decoder_model_merged.onnx'), fixturePath('bert-if-weights/model.onnx'))
      .map((path) => readFileSync(path));
    const next = seeded(6);
    let read = 0;
    for (let i = 0; i < 300; i++) {
      const bytes = Buffer.from(originals[i % originals.length] as Buffer);
      for (let edits = 1 + Math.floor(next() * 40); edits > 0; edits--) {
        bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256);
      }
      try {
        const skeleton = withoutBranches(await readSkeleton(save(folder, 'm.onnx', bytes)));
        const { graph } = skeleton.model;
        const blocks = findAttention(graph);
        findHiddenStates(graph, blocks);
        assert.ok(whyUnreadable(skeleton.model).length < 400);
        const names = blocks.map((block) => block.weights);
        decodeModel(
          withOutputs(
            skeleton,
            names,
            blocks.flatMap((block) => block.addition ?? []),
          ),
        );
        read++;
      } catch (error) {
        assert.ok(error instanceof ProbeError && error.code === 'model', String(error));
      }
    }
    assert.ok(read > 50 && read < 300, `${read} read`);
  }));
