import { constantValues, tensorValues } from '../constants';
import type { GraphIndex, OnnxNode } from '../graph';
import { intAttribute, intsAttribute } from '../graph';

/** Scales are computed in a few operators, from sizes that were set a few operators earlier. */
const MAX_DEPTH = 10;
const MAX_HOPS = 24;

/**
 * The value of a tensor with one element, as far as the graph states it: constants, arithmetic on them, and sizes of
 * tensors, such as the head size in 1 / sqrt(shape(query)[-1]). Null if it is not known without running.
 */
export function scalarValue(index: GraphIndex, name: string, depth = 0): number | null {
  const values = constantValues(index, name);
  if (values) return values.length === 1 ? (values[0] as number) : null;
  const node = index.producer.get(name);
  if (!node || depth === MAX_DEPTH) return null;
  const argument = (i: number) => scalarValue(index, node.inputs[i] ?? '', depth + 1);
  const unary = UNARY[node.opType];
  if (unary) return apply(unary, argument(0));
  const binary = BINARY[node.opType];
  if (binary) return apply((a) => apply((b) => binary(a, b), argument(1)), argument(0));
  if (node.opType === 'ConstantOfShape') return filledWith(index, node);
  return node.opType === 'Gather' || node.opType === 'Slice' ? statedSize(index, node) : null;
}

const same = (a: number) => a;
const UNARY: Record<string, (a: number) => number> = {
  ...{ Cast: same, Identity: same, Unsqueeze: same, Squeeze: same, Reshape: same },
  ...{ Sqrt: Math.sqrt, Reciprocal: (a: number) => 1 / a, Neg: (a: number) => -a },
};
const BINARY: Record<string, (a: number, b: number) => number> = {
  Add: (a, b) => a + b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Pow: (a, b) => a ** b,
};

function apply(f: (a: number) => number | null, a: number | null): number | null {
  return a === null ? null : f(a);
}

/** What a ConstantOfShape with the empty shape holds; 0 if it does not say. */
function filledWith(index: GraphIndex, node: OnnxNode): number | null {
  if (constantValues(index, node.inputs[0] ?? '')?.length !== 0) return null;
  const value = node.attributes.get('value');
  return value?.type === 'tensor' ? (tensorValues(value.value)?.[0] ?? null) : 0;
}

/** One size out of a Shape: Gather(Shape(x), i) or Slice(Shape(x), i, ...). */
function statedSize(index: GraphIndex, node: OnnxNode): number | null {
  const shape = index.producer.get(node.inputs[0] ?? '');
  const axis = constantValues(index, node.inputs[1] ?? '')?.[0];
  if (shape?.opType !== 'Shape' || axis === undefined) return null;
  return sizeOf(index, shape.inputs[0] ?? '', axis);
}

/** Size of a tensor along an axis (negative: from the end), followed back to the Reshape or the weight that sets it. */
function sizeOf(index: GraphIndex, name: string, axis: number): number | null {
  for (let hops = 0; hops < MAX_HOPS; hops++) {
    const node = index.producer.get(name);
    if (!node) return null;
    const perm = node.opType === 'Transpose' ? intsAttribute(node, 'perm') : null;
    if (perm) axis = (perm.at(axis) ?? NaN) - perm.length;
    else if (node.opType === 'Reshape') return reshapedTo(index, node.inputs[1] ?? '', axis);
    else if (axis === -1 && node.opType === 'MatMul') return weightColumns(index, node);
    else if (!keepsLastAxis(node) || axis !== -1) return null;
    name = node.inputs.at(node.opType === 'Concat' ? -1 : 0) ?? '';
  }
  return null;
}

/** Concat: of a cache and what is new, which have the same head size. */
const KEEPS_LAST_AXIS = new Set(['Add', 'Mul', 'Div', 'Cast', 'Identity', 'Concat']);

function keepsLastAxis(node: OnnxNode): boolean {
  return (
    KEEPS_LAST_AXIS.has(node.opType) && (node.opType !== 'Concat' || intAttribute(node, 'axis', -1) === -2)
  );
}

function weightColumns(index: GraphIndex, node: OnnxNode): number | null {
  return index.initializers.get(node.inputs[1] ?? '')?.dims.at(-1) ?? null;
}

/** One entry of a target shape: a constant, or a Concat whose entries have one element each. -1 is not a size. */
function reshapedTo(index: GraphIndex, shape: string, axis: number): number | null {
  const node = index.producer.get(shape);
  const part = node?.opType === 'Concat' ? node.inputs.at(axis) : undefined;
  const size = part === undefined ? constantValues(index, shape)?.at(axis) : scalarValue(index, part);
  return size !== undefined && size !== null && size > 0 ? size : null;
}
