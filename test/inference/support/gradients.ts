import * as ort from 'onnxruntime-node';
import { decodeModel } from '../../../src/onnx/decode';
import { buildBackward, traceGraph } from '../../../src/onnx/backward';
import type { BackwardRequest, GraphModel } from '../../../src/onnx/backward';
import { appendGraph } from '../../../src/onnx/taps';
import type { NewNode, NewTensor } from '../../../src/onnx/taps';
import { bytesField, concat, stringField, varintField } from '../../../src/onnx/wire';
import { createSession } from '../../../src/inference/runtime';

/** A graph with float inputs, of which some are differentiated by. */
export interface GraphCase {
  nodes: NewNode[];
  /** Float inputs: sizes, and values where they may not be arbitrary. */
  inputs: Record<string, { dims: number[]; data?: number[] }>;
  initializers?: NewTensor[];
  /** Differentiated by; all inputs if absent. */
  wrt?: string[];
  output?: string;
  opset?: number;
}

const SEED = 'seed';

/** A ModelProto of a few nodes. */
export function graphModel({ nodes, inputs, initializers, output = 'y', opset = 18 }: GraphCase): GraphModel {
  const opsets = [bytesField(8, varintField(2, opset))];
  if (nodes.some(({ domain }) => domain)) {
    opsets.push(bytesField(8, concat([stringField(1, 'com.microsoft'), varintField(2, 1)])));
  }
  const bytes = appendGraph(concat([varintField(1, 8), ...opsets]), {
    nodes,
    initializers,
    inputs: Object.entries(inputs).map(([name, { dims }]) => ({ name, elemType: 1, dims })),
    outputs: [{ name: output }],
  });
  return { bytes, model: decodeModel(bytes).model };
}

/** Numbers between -1 and 1, the same in every run, no two alike. */
export function numbers(count: number, salt: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * (salt + 1)));
}

/**
 * The largest difference between the gradients of sum(y * seed) and differences of its values, relative to the largest
 * gradient of each input. Four points around each value (error of order h^4), h = 2^-5: with float32 sums of order 1
 * rounding leaves about 1e-5.
 */
export async function numericDifference(graph: GraphCase): Promise<number> {
  const model = graphModel(graph);
  const output = graph.output ?? 'y';
  const wrt = graph.wrt ?? Object.keys(graph.inputs);
  const request: BackwardRequest = { loss: { kind: 'product', tensor: output, seed: SEED }, wrt };
  const values = Object.entries(graph.inputs).map(([name, { dims, data }], i) => ({
    name,
    dims,
    data: data ? Float32Array.from(data) : numbers(count(dims), i),
  }));
  const feeds: Record<string, ort.Tensor> = Object.fromEntries(
    values.map(({ name, dims, data }) => [name, new ort.Tensor('float32', data, dims)]),
  );
  const trace = traceGraph(model, request);
  const tracer = await createSession(trace.bytes, { directory: '.' });
  const shapes = trace.read(await tracer.run(pick(feeds, trace.inputs)));
  const backward = buildBackward(model, request, shapes);
  const session = await createSession(backward.bytes, { directory: '.' });
  const seedDims = [...(shapes.get(output) ?? [])];
  feeds[SEED] = new ort.Tensor('float32', numbers(count(seedDims), 17), seedDims);
  const fed = pick(feeds, backward.inputs);
  const gradients = await session.run(fed, [...backward.gradients.values()]);
  let worst = 0;
  for (const { name, data } of values.filter((value) => wrt.includes(value.name))) {
    const found = gradients[backward.gradients.get(name) ?? '']?.data as Float32Array | undefined;
    if (found?.length !== data.length) throw new Error(`No gradient of ${name}.`);
    const numeric = await differences(session, fed, backward.loss, data);
    worst = Math.max(worst, relative(found, numeric));
  }
  return worst;
}

/** `data` belongs to a fed tensor: it is changed in place and put back. */
async function differences(
  session: ort.InferenceSession,
  feeds: Record<string, ort.Tensor>,
  loss: string,
  data: Float32Array,
): Promise<Float64Array> {
  const step = 2 ** -5;
  const value = async () => ((await session.run(feeds, [loss]))[loss]?.data as Float32Array)[0] as number;
  const slopes = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const at = data[i] as number;
    const moved = async (by: number) => ((data[i] = at + by), value());
    const near = (await moved(step)) - (await moved(-step));
    const far = (await moved(2 * step)) - (await moved(-2 * step));
    data[i] = at;
    slopes[i] = (8 * near - far) / (12 * step);
  }
  return slopes;
}

/** Largest difference over the largest of the second. */
export function relative(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs((found[i] as number) - (expected[i] as number)));
    largest = Math.max(largest, Math.abs(expected[i] as number));
    if (Number.isNaN(found[i])) return NaN;
  }
  return difference === 0 ? 0 : difference / largest;
}

function pick<T>(from: Record<string, T>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}

function count(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}
