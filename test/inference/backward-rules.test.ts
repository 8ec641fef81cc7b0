import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { supportedOperators } from '../../src/onnx/backward';
import type { NewAttribute, NewNode, NewTensor } from '../../src/onnx/taps';
import { graphModel, numericDifference } from './support/gradients';
import type { GraphCase } from './support/gradients';
import { buildBackward } from '../../src/onnx/backward';

/** See `numericDifference`: what float32 and h leave, with room for sums of some dozen terms. */
const LIMIT = 5e-4;

type Attributes = Record<string, NewAttribute>;
type Inputs = GraphCase['inputs'];

const int = (value: number): NewAttribute => ({ type: 'int', value });
const ints = (...value: number[]): NewAttribute => ({ type: 'ints', value });
const float = (value: number): NewAttribute => ({ type: 'float', value });
const text = (value: string): NewAttribute => ({ type: 'string', value });

/** Sizes of an input with arbitrary values; `positive`: between 0.5 and 1.5. */
const of = (...dims: number[]) => ({ dims });
const positive = (...dims: number[]) => ({
  dims,
  data: Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => 1 + 0.5 * Math.sin(3.7 * i + 1)),
});
/** Values 0.2 apart in a mixed order, none closer to 0 than 0.1: no kink is nearer than the differences reach. */
const apart = (...dims: number[]) => {
  const count = dims.reduce((a, b) => a * b, 1);
  return { dims, data: Array.from({ length: count }, (_, i) => 0.2 * ((i * 7) % count) - 0.1 * count + 0.1) };
};

const int64 = (name: string, values: number[], dims = [values.length]): NewTensor => ({
  name,
  dims,
  data: BigInt64Array.from(values, BigInt),
});
const float32 = (name: string, values: number[], dims: number[]): NewTensor => ({
  name,
  dims,
  data: Float32Array.from(values),
});

/** One node from the inputs, in their order, and the initializers, in theirs, to `y`. */
function one(
  opType: string,
  inputs: Inputs,
  attributes: Attributes = {},
  initializers: NewTensor[] = [],
  opset?: number,
): GraphCase {
  const names = [...Object.keys(inputs), ...initializers.map(({ name }) => name)];
  const [domain, type] = opType.includes('.')
    ? [opType.slice(0, opType.lastIndexOf('.')), opType.slice(opType.lastIndexOf('.') + 1)]
    : ['', opType];
  return {
    nodes: [{ opType: type as string, domain, inputs: names, outputs: ['y'], attributes }],
    inputs,
    initializers,
    opset,
  };
}

const a = of(2, 3);
const MICROSOFT = 'com.microsoft';

const CASES: [name: string, GraphCase][] = [
  ['Add', one('Add', { a, b: of(2, 3) })],
  ['Add: a row to a batch', one('Add', { a: of(2, 3, 4), b: of(4) })],
  ['Add: both sides broadcast', one('Add', { a: of(3, 1), b: of(2, 1, 4) })],
  ['Add: a scalar', one('Add', { a, b: of() })],
  ['Add: a tensor to itself', { ...one('Add', { a }), nodes: [node('Add', ['a', 'a'], ['y'])] }],
  ['Sum', one('Sum', { a, b: of(3), c: of(2, 1) })],
  ['Mean', one('Mean', { a, b: of(3) })],
  ['Sub', one('Sub', { a: of(3), b: of(2, 3) })],
  ['Mul', one('Mul', { a: of(2, 1, 3), b: of(4, 1) })],
  ['Mul: a square', { ...one('Mul', { a }), nodes: [node('Mul', ['a', 'a'], ['y'])] }],
  ['Div', one('Div', { a, b: positive(3) })],
  ['Div: by a column', one('Div', { a, b: positive(2, 1) })],
  ['Pow: a square', one('Pow', { a }, {}, [float32('p', [2], [])])],
  ['Pow: a cube', one('Pow', { a }, {}, [float32('p', [3], [1])])],
  ['Pow: a root', one('Pow', { a: positive(2, 3) }, {}, [float32('p', [0.5], [])])],
  ['Pow: an exponent to be differentiated by', one('Pow', { a: positive(2, 3), p: positive(3) })],
  ['Pow: an integer exponent', one('Pow', { a: positive(2, 3) }, {}, [int64('p', [2], [])])],
  ['Neg', one('Neg', { a })],
  ['Reciprocal', one('Reciprocal', { a: positive(2, 3) })],
  ['Sqrt', one('Sqrt', { a: positive(2, 3) })],
  ['Abs', one('Abs', { a: apart(2, 3) })],
  ['Exp', one('Exp', { a })],
  ['Log', one('Log', { a: positive(2, 3) })],
  ['Sin', one('Sin', { a })],
  ['Cos', one('Cos', { a })],

  ['Erf', one('Erf', { a })],
  ['Tanh', one('Tanh', { a })],
  ['Sigmoid', one('Sigmoid', { a })],
  ['Softplus', one('Softplus', { a })],
  ['Relu', one('Relu', { a: apart(2, 3) })],
  ['LeakyRelu', one('LeakyRelu', { a: apart(2, 3) }, { alpha: float(0.3) })],
  ['Gelu', one('Gelu', { a }, {}, [], 20)],
  ['Gelu: tanh', one('Gelu', { a }, { approximate: text('tanh') }, [], 20)],
  ['com.microsoft.Gelu', one(`${MICROSOFT}.Gelu`, { a })],
  ['com.microsoft.BiasGelu', one(`${MICROSOFT}.BiasGelu`, { a, b: of(3) })],
  ['com.microsoft.FastGelu', one(`${MICROSOFT}.FastGelu`, { a })],
  ['com.microsoft.FastGelu: with a bias', one(`${MICROSOFT}.FastGelu`, { a, b: of(3) })],
  ['com.microsoft.QuickGelu', one(`${MICROSOFT}.QuickGelu`, { a }, { alpha: float(1) })],

  ['MatMul', one('MatMul', { a, b: of(3, 4) })],
  ['MatMul: a batch by weights', one('MatMul', { a: of(2, 3, 4), b: of(4, 5) })],
  ['MatMul: two batches', one('MatMul', { a: of(2, 2, 3, 4), b: of(2, 2, 4, 5) })],
  ['MatMul: batches broadcast', one('MatMul', { a: of(2, 1, 3, 4), b: of(5, 4, 1) })],
  ['MatMul: a vector on the left', one('MatMul', { a: of(3), b: of(2, 3, 4) })],
  ['MatMul: a vector on the right', one('MatMul', { a: of(2, 4, 3), b: of(3) })],
  ['MatMul: two vectors', one('MatMul', { a: of(3), b: of(3) })],
  ['Gemm', one('Gemm', { a, b: of(3, 4), c: of(4) })],
  ['Gemm: factors', one('Gemm', { a, b: of(3, 4), c: of(2, 1) }, { alpha: float(0.5), beta: float(2) })],
  ['Gemm: transposed', one('Gemm', { a: of(3, 2), b: of(4, 3) }, { transA: int(1), transB: int(1) })],
  ['Gemm: left transposed', one('Gemm', { a: of(3, 2), b: of(3, 4), c: of() }, { transA: int(1) })],
  ['Gemm: right transposed', one('Gemm', { a, b: of(4, 3) }, { transB: int(1), alpha: float(0.3) })],
  ['Einsum', one('Einsum', { a: of(2, 3, 4), b: of(2, 5, 4) }, { equation: text('bij,bkj->bik') })],
  [
    'Einsum: a batch of any rank',
    one('Einsum', { a: of(2, 3, 4), b: of(4, 5) }, { equation: text('...j,jk->...k') }),
  ],
  [
    'com.microsoft.FusedMatMul',
    one(`${MICROSOFT}.FusedMatMul`, { a: of(2, 3, 4), b: of(2, 4, 5) }, { alpha: float(0.5) }),
  ],
  [
    'com.microsoft.FusedMatMul: right transposed',
    one(`${MICROSOFT}.FusedMatMul`, { a: of(2, 3, 4), b: of(2, 5, 4) }, { transB: int(1) }),
  ],
  [
    'com.microsoft.FusedMatMul: left transposed',
    one(`${MICROSOFT}.FusedMatMul`, { a: of(2, 4, 3), b: of(2, 4, 5) }, { transA: int(1) }),
  ],
  [
    'com.microsoft.FusedMatMul: both transposed',
    one(`${MICROSOFT}.FusedMatMul`, { a: of(2, 4, 3), b: of(2, 5, 4) }, { transA: int(1), transB: int(1) }),
  ],

  ['Softmax', one('Softmax', { a: of(2, 3, 4) }, { axis: int(-1) })],
  ['Softmax: first axis', one('Softmax', { a: of(2, 3, 4) }, { axis: int(0) })],
  ['Softmax: axes as one, before opset 13', one('Softmax', { a: of(2, 3, 2) }, { axis: int(1) }, [], 11)],
  ['LogSoftmax', one('LogSoftmax', { a: of(2, 3, 4) }, { axis: int(-2) })],

  [
    'LayerNormalization',
    one('LayerNormalization', { a: of(2, 3, 4), w: of(4), b: of(4) }, { epsilon: float(1e-3) }),
  ],
  [
    'LayerNormalization: two axes, no bias',
    one('LayerNormalization', { a: of(2, 3, 4), w: of(3, 4) }, { axis: int(-2) }),
  ],
  [
    'RMSNormalization',
    one('RMSNormalization', { a: of(2, 3, 4), w: of(4) }, { epsilon: float(1e-3) }, [], 23),
  ],
  [
    'SimplifiedLayerNormalization',
    one('SimplifiedLayerNormalization', { a: of(2, 3, 4), w: of(4) }, { epsilon: float(1e-3) }),
  ],
  ['com.microsoft.SkipLayerNormalization', skipNorm('SkipLayerNormalization', ['a', 's', 'w', 'b', 'c'])],
  [
    'com.microsoft.SkipSimplifiedLayerNormalization',
    skipNorm('SkipSimplifiedLayerNormalization', ['a', 's', 'w', 'c']),
  ],

  ['ReduceSum', one('ReduceSum', { a: of(2, 3, 4) }, { keepdims: int(0) }, [int64('axes', [-2])])],
  ['ReduceSum: all', one('ReduceSum', { a: of(2, 3) }, { keepdims: int(0) })],
  ['ReduceSum: axes as attribute', one('ReduceSum', { a: of(2, 3, 4) }, { axes: ints(0, -1) }, [], 11)],
  ['ReduceMean', one('ReduceMean', { a: of(2, 3, 4) }, { keepdims: int(1) }, [int64('axes', [-1])])],
  [
    'ReduceMean: axes as attribute',
    one('ReduceMean', { a: of(2, 3, 4) }, { axes: ints(1), keepdims: int(0) }, [], 14),
  ],
  ['ReduceMax', one('ReduceMax', { a: apart(2, 3, 2) }, { keepdims: int(0) }, [int64('axes', [1])])],
  ['ReduceMin', one('ReduceMin', { a: apart(2, 5) })],
  ['ReduceL2', one('ReduceL2', { a: of(2, 3) }, { keepdims: int(0) }, [int64('axes', [-1])])],
  ['ReduceSumSquare', one('ReduceSumSquare', { a: of(2, 3) }, {}, [int64('axes', [0])])],
  ['ReduceLogSumExp', one('ReduceLogSumExp', { a: of(2, 3) }, { keepdims: int(0) }, [int64('axes', [1])])],
  ['CumSum', one('CumSum', { a: of(2, 4) }, { exclusive: int(1) }, [int64('axis', [-1], [])])],
  ['CumSum: reversed', one('CumSum', { a: of(2, 4) }, { reverse: int(1) }, [int64('axis', [1], [])])],

  ['Identity', one('Identity', { a })],
  ['Cast', cast()],
  ['CastLike', one('CastLike', { a }, {}, [float32('like', [0], [])])],
  ['Dropout', one('Dropout', { a })],
  ['Dropout: ratio as attribute', one('Dropout', { a }, { ratio: float(0.5) }, [], 11)],
  ['Reshape', one('Reshape', { a: of(2, 3, 4) }, {}, [int64('shape', [0, -1])])],
  ['Flatten', one('Flatten', { a: of(2, 3, 4) }, { axis: int(2) })],
  ['Squeeze', one('Squeeze', { a: of(2, 1, 3) }, {}, [int64('axes', [-2])])],
  ['Squeeze: axes as attribute', one('Squeeze', { a: of(2, 1, 3) }, { axes: ints(1) }, [], 12)],
  ['Unsqueeze', one('Unsqueeze', { a }, {}, [int64('axes', [0, -1])])],
  ['Unsqueeze: axes as attribute', one('Unsqueeze', { a }, { axes: ints(1) }, [], 12)],
  ['Transpose', one('Transpose', { a: of(2, 3, 4) }, { perm: ints(2, 0, 1) })],
  ['Transpose: reversed', one('Transpose', { a: of(2, 3, 4) })],
  ['Expand', one('Expand', { a: of(3, 1) }, {}, [int64('shape', [2, 3, 4])])],
  ['Concat', one('Concat', { a, b: of(2, 1), c: of(2, 4) }, { axis: int(-1) })],
  ['Split', split({ axis: int(-1) }, [int64('sizes', [1, 3])], 18)],
  ['Split: sizes as attribute', split({ axis: int(1), split: ints(3, 1) }, [], 11)],
  ['Split: equal parts', split({ axis: int(1) }, [], 13)],
  ['Pad', one('Pad', { a }, {}, [int64('pads', [1, 0, 0, 2])])],
  ['Trilu', one('Trilu', { a: of(2, 3, 3) }, { upper: int(0) })],
  ['Trilu: a higher diagonal', one('Trilu', { a: of(3, 3) }, {}, [int64('k', [1], [])])],

  ['Gather: rows', one('Gather', { a: of(4, 3) }, {}, [int64('i', [2, 0, 2, -1], [2, 2])])],
  ['Gather: one row', one('Gather', { a: of(2, 4, 3) }, { axis: int(1) }, [int64('i', [0], [])])],
  ['Gather: inner axis', one('Gather', { a: of(2, 4, 3) }, { axis: int(-2) }, [int64('i', [1, 1, 3], [3])])],
  [
    'GatherElements',
    one('GatherElements', { a: of(2, 4) }, { axis: int(-1) }, [int64('i', [0, 0, 3, 1, 2, 2], [2, 3])]),
  ],
  ['GatherND', one('GatherND', { a: of(3, 4) }, {}, [int64('i', [0, 0, 2], [3, 1])])],
  ['ScatterND', scatter('ScatterND', {}, int64('i', [2, 0], [2, 1]), of(2, 3))],
  ['ScatterElements', scatter('ScatterElements', { axis: int(1) }, int64('i', [2, 0, 1], [3, 1]), of(3, 1))],
  ['Slice', slice([1], [3], [1])],
  ['Slice: from the end, beyond the end', slice([-2, 0], [999999, -1], [-1, 0])],
  ['Slice: every second', slice([0], [5], [1], [2])],
  ['Slice: backwards', slice([-1, -1], [-9, -9], [0, 1], [-1, -2])],

  ['Where', where(of(2, 3), of(2, 3))],
  ['Where: broadcast', where(of(3), of())],
  ['Clip', one('Clip', { a: apart(2, 5) }, {}, [float32('low', [-0.4], []), float32('high', [0.4], [])])],
  ['Max', one('Max', { a: apart(2, 3), b: of() })],
  ['Min', one('Min', { a: apart(2, 4), b: { dims: [4], data: [0, 0.2, -0.4, 0.42] } })],
];

function node(opType: string, inputs: string[], outputs: string[], attributes: Attributes = {}): NewNode {
  return { opType, inputs, outputs, attributes };
}

/** Through float64 and back. */
function cast(): GraphCase {
  const nodes = [node('Cast', ['a'], ['wide'], { to: int(11) }), node('Exp', ['wide'], ['grown'])];
  return { nodes: [...nodes, node('Cast', ['grown'], ['y'], { to: int(1) })], inputs: { a } };
}

/** The norm's fourth output, the sum, leads to the loss as well. */
function skipNorm(opType: string, names: string[]): GraphCase {
  const dims: Record<string, { dims: number[] }> = { a: of(2, 3, 4), s: of(2, 3, 4) };
  const inputs = Object.fromEntries(names.map((name) => [name, dims[name] ?? of(4)]));
  return {
    nodes: [
      { ...node(opType, names, ['n', '', '', 'stream'], { epsilon: float(1e-3) }), domain: MICROSOFT },
      node('Mul', ['n', 'stream'], ['y']),
    ],
    inputs,
  };
}

/** Only the first piece leads to the loss. */
function split(attributes: Attributes, initializers: NewTensor[], opset: number): GraphCase {
  const names = ['a', ...initializers.map(({ name }) => name)];
  return {
    nodes: [node('Split', names, ['first', 'rest'], attributes), node('Exp', ['first'], ['y'])],
    inputs: { a: of(2, 4) },
    initializers,
    opset,
  };
}

function scatter(
  opType: string,
  attributes: Attributes,
  indices: NewTensor,
  u: { dims: number[] },
): GraphCase {
  return {
    nodes: [node(opType, ['a', 'i', 'u'], ['y'], attributes)],
    inputs: { a: of(3, 3), u },
    initializers: [indices],
  };
}

function slice(starts: number[], ends: number[], axes: number[], steps?: number[]): GraphCase {
  const initializers = [int64('starts', starts), int64('ends', ends), int64('axes', axes)];
  return one('Slice', { a: of(4, 5) }, {}, steps ? [...initializers, int64('steps', steps)] : initializers);
}

function where(x: { dims: number[] }, b: { dims: number[] }): GraphCase {
  return {
    nodes: [node('Greater', ['c', 'zero'], ['condition']), node('Where', ['condition', 'a', 'b'], ['y'])],
    inputs: { c: apart(2, 3), a: x, b },
    wrt: ['a', 'b'],
    initializers: [float32('zero', [0], [])],
  };
}

describe('Reverse-mode rules against differences of values', () => {
  for (const [name, graph] of CASES) {
    it(name, async () => {
      const worst = await numericDifference(graph);
      assert.ok(worst <= LIMIT, `the gradient differs by ${worst} of its largest value`);
    });
  }

  it('has a case for every operator that has a rule', () => {
    const covered = new Set(
      CASES.flatMap(([, { nodes }]) =>
        nodes.map(({ domain, opType }) => (domain ? `${domain}.${opType}` : opType)),
      ),
    );
    assert.deepEqual(
      supportedOperators().filter((operator) => !covered.has(operator)),
      [],
    );
  });

  it('names an operator that has no rule', () => {
    const model = graphModel(one('Det', { a: of(2, 2) }));
    const request = { loss: { kind: 'product', tensor: 'y', seed: 's' }, wrt: ['a'] } as const;
    assert.throws(() => buildBackward(model, request, new Map()), /do not pass the operator Det/);
  });
});
