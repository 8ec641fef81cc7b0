import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { appendGraph, type GraphAddition, type NewNode } from '../../../src/onnx/taps';
import { bytesField, bytesHeader, concat, stringField, varintField } from '../../../src/onnx/wire';
import { randomFloats } from '../../support/seeded';

const VOCABULARY = 8192;

interface Weight {
  name: string;
  dims: number[];
}

/** Layers of `width` whose weights take about so many bytes in single precision. */
export function layersFor(bytes: number, width: number): number {
  return Math.round((bytes / 4 - VOCABULARY * width) / (12 * width * width));
}

/**
 * Writes a transformer encoder of random weights, as a torch export has it: input_ids -> last_hidden_state. With
 * `external`, the weights are in model.onnx_data. Returns the model's path.
 */
export async function writeLargeModel(
  folder: string,
  {
    layers,
    width,
    heads = 16,
    external,
  }: { layers: number; width: number; heads?: number; external: boolean },
): Promise<string> {
  const weights: Weight[] = [{ name: 'embeddings', dims: [VOCABULARY, width] }];
  const nodes: NewNode[] = [{ opType: 'Gather', inputs: ['embeddings', 'input_ids'], outputs: ['hidden.0'] }];
  for (let layer = 0; layer < layers; layer++) addLayer(layer, width, nodes, weights);
  const path = join(folder, 'model.onnx');
  const file = await open(path, 'w');
  const data = external ? await open(`${path}_data`, 'w') : null;
  await file.write(concat([varintField(1, 8), bytesField(8, varintField(2, 17))]));
  if (data) await writeExternal(file, data, weights);
  else await writeInline(file, weights);
  await file.write(appendGraph(new Uint8Array(0), graphOf(nodes, layers, width, heads)));
  // Pages that wait to be written cannot be dropped from the page cache.
  for (const written of [file, data]) {
    await written?.sync();
    await written?.close();
  }
  return path;
}

function graphOf(nodes: NewNode[], layers: number, width: number, heads: number): GraphAddition {
  return {
    nodes,
    initializers: [
      { name: 'split', dims: [4], data: BigInt64Array.from([0, 0, heads, width / heads].map(BigInt)) },
      { name: 'join', dims: [3], data: BigInt64Array.from([0, 0, width].map(BigInt)) },
      { name: 'scale', dims: [], data: Float32Array.of(1 / Math.sqrt(width / heads)) },
      { name: 'ones', dims: [width], data: new Float32Array(width).fill(1) },
    ],
    inputs: [{ name: 'input_ids', elemType: 7, dims: ['batch', 'tokens'] }],
    outputs: [{ name: `hidden.${layers}`, elemType: 1, dims: ['batch', 'tokens', width] }],
  };
}

function addLayer(layer: number, width: number, nodes: NewNode[], weights: Weight[]): void {
  const at = (name: string) => `layer.${layer}.${name}`;
  const op = (opType: string, inputs: string[], output: string, attributes?: NewNode['attributes']) => {
    nodes.push({ opType, inputs, outputs: [output], ...(attributes && { attributes }) });
    return output;
  };
  const weight = (name: string, dims: number[]) => {
    weights.push({ name: at(name), dims });
    return at(name);
  };
  const transpose = (input: string, perm: number[], output: string) =>
    op('Transpose', [input], output, { perm: { type: 'ints', value: perm } });
  const normed = (a: string, b: string, output: string) =>
    op('LayerNormalization', [op('Add', [a, b], `${output}.sum`), 'ones'], output);
  const heads = (name: string, perm: number[]) => {
    const product = op('MatMul', [hidden, weight(`${name}.weight`, [width, width])], at(name));
    return transpose(op('Reshape', [product, 'split'], at(`${name}.split`)), perm, at(`${name}.heads`));
  };

  const hidden = `hidden.${layer}`;
  const query = op('Mul', [heads('query', [0, 2, 1, 3]), 'scale'], at('query.scaled'));
  const scores = op('MatMul', [query, heads('key', [0, 2, 3, 1])], at('scores'));
  const probabilities = op('Softmax', [scores], at('weights'), { axis: { type: 'int', value: -1 } });
  const context = op('MatMul', [probabilities, heads('value', [0, 2, 1, 3])], at('context'));
  const joined = op('Reshape', [transpose(context, [0, 2, 1, 3], at('context.rows')), 'join'], at('joined'));
  const attended = op('MatMul', [joined, weight('output.weight', [width, width])], at('attended'));
  const middle = normed(hidden, attended, at('middle'));
  const inner = op('MatMul', [middle, weight('up.weight', [width, 4 * width])], at('up'));
  const outer = op(
    'MatMul',
    [op('Relu', [inner], at('relu')), weight('down.weight', [4 * width, width])],
    at('down'),
  );
  normed(middle, outer, `hidden.${layer + 1}`);
}

const countOf = ({ dims }: Weight) => dims.reduce((product, size) => product * size, 1);

/** TensorProto up to its data. */
function tensorHead({ name, dims }: Weight): Uint8Array {
  return concat([...dims.map((dim) => varintField(1, dim)), varintField(2, 1), stringField(8, name)]);
}

async function writeInline(file: FileHandle, weights: Weight[]): Promise<void> {
  const heads = weights.map((weight) => concat([tensorHead(weight), bytesHeader(9, 4 * countOf(weight))]));
  const tensors = weights.map((weight, i) => {
    const head = heads[i] as Uint8Array;
    return concat([bytesHeader(5, head.length + 4 * countOf(weight)), head]);
  });
  const total = weights.reduce((sum, each, i) => sum + (tensors[i]?.length ?? 0) + 4 * countOf(each), 0);
  await file.write(bytesHeader(7, total));
  for (const [i, weight] of weights.entries()) {
    await file.write(tensors[i] as Uint8Array);
    await writeNoise(file, countOf(weight));
  }
}

async function writeExternal(file: FileHandle, data: FileHandle, weights: Weight[]): Promise<void> {
  let offset = 0;
  for (const weight of weights) {
    const length = 4 * countOf(weight);
    const facts = { location: 'model.onnx_data', offset: String(offset), length: String(length) };
    const entries = Object.entries(facts).map(([key, value]) =>
      bytesField(13, concat([stringField(1, key), stringField(2, value)])),
    );
    const tensor = concat([tensorHead(weight), ...entries, varintField(14, 1)]);
    await file.write(bytesField(7, bytesField(5, tensor)));
    await writeNoise(data, countOf(weight));
    offset += length;
  }
}

const NOISE = randomFloats(2 ** 20, 1).map((value) => value / 16);

async function writeNoise(file: FileHandle, count: number): Promise<void> {
  for (let left = count; left > 0; left -= NOISE.length) {
    const piece = NOISE.subarray(0, Math.min(left, NOISE.length));
    await file.write(new Uint8Array(piece.buffer, 0, piece.byteLength));
  }
}
