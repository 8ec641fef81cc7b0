import type { OnnxNode } from '../../onnx/graph';
import { intAttribute } from '../../onnx/graph';
import { elements } from '../dtypes';
import type { Quantized, RawTensor } from '../raw';
import type { Held, Use } from './uses';

/** Operators that multiply with a matrix of weights, and which inputs may be it. */
const LINEAR: Record<string, readonly number[]> = {
  ...{
    MatMul: [0, 1],
    Gemm: [0, 1, 2],
    FusedMatMul: [0, 1],
    Conv: [1, 2],
    ConvTranspose: [1, 2],
    Einsum: [0, 1],
  },
  ...{
    FusedGemm: [0, 1, 2],
    Attention: [1, 2],
    Gather: [0],
    GatherElements: [0],
    LSTM: [1, 2, 3],
    GRU: [1, 2, 3],
  },
  ...{ LayerNormalization: [1, 2], SimplifiedLayerNormalization: [1], RMSNormalization: [1] },
  ...{
    SkipLayerNormalization: [2, 3, 4],
    SkipSimplifiedLayerNormalization: [2, 3],
    EmbedLayerNormalization: [2, 3, 4, 5, 6],
  },
  ...{ BiasGelu: [1], FastGelu: [1], BatchNormalization: [1, 2], InstanceNormalization: [1, 2], PRelu: [1] },
};

/** Operators on quantised weights: input of the weight -> inputs of its scale and zero point. */
const QUANTIZED: Record<string, readonly [weight: number, scale: number | null, zero: number | null][]> = {
  MatMulInteger: [[1, null, 3]],
  ConvInteger: [[1, null, 3]],
  QLinearMatMul: [[3, 4, 5]],
  QLinearConv: [[3, 4, 5]],
  DequantizeLinear: [[0, 1, 2]],
  MatMulNBits: [[1, 2, 3]],
  MatMulBnb4: [[1, 2, null]],
  GatherBlockQuantized: [[0, 2, 3]],
  QAttention: [[1, 4, 7]],
  DynamicQuantizeMatMul: [[1, 2, 3]],
  MatMulIntegerToFloat: [[1, 3, 5]],
};

/** Layout changes between a weight and the operator that uses it. */
const PASSING = new Set([
  'Identity',
  'Transpose',
  'Cast',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
  'Slice',
  'DequantizeLinear',
]);
const MAX_HOPS = 6;

/** The first use that says what a tensor is for, past layout changes. */
export function tellingUse(held: Held): Use | null {
  let uses = held.scope.uses.get(held.name) ?? [];
  for (let hops = 0; hops < MAX_HOPS; hops++) {
    const [first] = uses;
    if (!first) return null;
    const telling = uses.find(({ node }) => !PASSING.has(node.opType) && !scalesStored(held, node));
    if (telling) return telling;
    const next = held.scope.uses.get(first.node.outputs[0] ?? '') ?? [];
    if (next.length === 0) return first;
    uses = next;
  }
  return null;
}

/** The Mul with a scale that makes weights stored as whole numbers what they stand for. */
function scalesStored(held: Held, node: OnnxNode): boolean {
  return node.opType === 'Mul' && isWhole(held) && node.inputs.some((name) => sizesOf(held.scope, name));
}

/** True if the tensor is an operand of an operator with weights, past layout changes. */
export function feedsLinear(held: Held): boolean {
  const use = tellingUse(held);
  return use !== null && (LINEAR[use.node.opType]?.includes(use.slot) ?? false);
}

/** What the uses of a tensor of packed or integer numbers say: a quantised weight, its scale or zero point, or neither. */
export function quantizedRole(held: Held): { role: 'weight' | 'quantization'; use: Use } | null {
  const uses = held.scope.uses.get(held.name) ?? [];
  for (const use of uses) {
    for (const [weight, scale, zero] of QUANTIZED[use.node.opType] ?? []) {
      if (use.slot === weight) return { role: 'weight', use };
      if (use.slot === scale || use.slot === zero) return { role: 'quantization', use };
    }
  }
  const [first] = uses;
  if (!first) return null;
  const stored = isWhole(held)
    ? uses.find((use) => scaleAfterCast(held, use) ?? dequantizeAfterGather(held, use))
    : undefined;
  if (stored) return { role: 'weight', use: stored };
  return isLooseScale(held) || scalesWholes(held, first) ? { role: 'quantization', use: first } : null;
}

const INT8 = 3;
const UINT8 = 2;

function isWhole({ tensor }: Held): boolean {
  return (tensor.dataType === INT8 || tensor.dataType === UINT8) && tensor.dims.length === 2;
}

/** Weights stored as whole numbers: Cast to float, then Mul with a scale that the file holds. The scale's name. */
function scaleAfterCast({ scope }: Held, { node }: Use): string | null {
  if (node.opType !== 'Cast') return null;
  const cast = node.outputs[0] ?? '';
  const next = scope.uses.get(cast)?.[0]?.node;
  const scale = next?.opType === 'Mul' ? next.inputs.find((name) => name !== cast) : undefined;
  return scale !== undefined && sizesOf(scope, scale) ? scale : null;
}

/** Embeddings stored as whole numbers: Gather, then DequantizeLinear of the rows. */
function dequantizeAfterGather({ scope }: Held, { node, slot }: Use): OnnxNode | null {
  if (node.opType !== 'Gather' || slot !== 0) return null;
  const next = scope.uses.get(node.outputs[0] ?? '')?.[0]?.node;
  return next?.opType === 'DequantizeLinear' ? next : null;
}

/** The other way round: a scale whose Mul multiplies a Cast of stored whole numbers. */
function scalesWholes({ name, scope }: Held, { node }: Use): boolean {
  if (node.opType !== 'Mul') return false;
  const other = node.inputs.find((input) => input !== name) ?? '';
  const cast = scope.makers.get(other);
  return cast?.opType === 'Cast' && sizesOf(scope, cast.inputs[0] ?? '') !== null;
}

/** Dynamic quantisation multiplies two scales before the product: only names and the product tell what they are. */
function isLooseScale({ name, scope }: Held): boolean {
  const stem = /^(.+)_scale$/.exec(name)?.[1];
  return stem !== undefined && scope.uses.has(`${stem}_quantized`);
}

function sizesOf({ sizes }: Held['scope'], name: string): number[] | null {
  return sizes.get(name) ?? null;
}

/** Numbers that a packed weight stands for, where that is more than its elements; undefined where it is not. */
export function packedValues({ node }: Use, raw: Pick<RawTensor, 'shape' | 'dtype'>): number | undefined {
  if (node.opType === 'MatMulBnb4')
    return intAttribute(node, 'K', 0) * intAttribute(node, 'N', 0) || undefined;
  if (node.opType !== 'GatherBlockQuantized' || raw.dtype !== 'U8') return undefined;
  return (elements(raw.shape) ?? 0) * (8 / Math.max(1, intAttribute(node, 'bits', 4)));
}

/** How the numbers of a quantised weight are packed, where this program can unpack them. */
export function packing(
  held: Held,
  use: Use,
  raw: Pick<RawTensor, 'shape' | 'dtype'>,
): Quantized | undefined {
  if (use.node.opType === 'MatMulNBits') return packedBits(use, raw.shape);
  const [rows, columns] = raw.shape;
  if (rows === undefined || columns === undefined || raw.shape.length !== 2) return undefined;
  if (raw.dtype !== 'I8' && raw.dtype !== 'U8') return undefined;
  const scaling = scaleOf(held, use);
  const sizes = scaling && sizesOf(held.scope, scaling.scale);
  if (!scaling || !sizes) return undefined;
  const axis = axisOf(use.node, sizes);
  if (axis !== null && elements(sizes) !== raw.shape[axis]) return undefined;
  return {
    bits: 8,
    signed: raw.dtype === 'I8',
    rows,
    columns,
    block: columns,
    axis,
    ...scaling,
    packed: false,
  };
}

function packedBits({ node }: Use, shape: readonly number[]): Quantized | undefined {
  const bits = intAttribute(node, 'bits', 4);
  const [rows, columns] = [intAttribute(node, 'N', 0), intAttribute(node, 'K', 0)];
  const block = intAttribute(node, 'block_size', 32);
  if ((bits !== 2 && bits !== 4 && bits !== 8) || !fits(shape, rows, columns, bits, block)) return undefined;
  const zero = node.inputs[3] || null;
  return {
    bits,
    signed: false,
    rows,
    columns,
    block,
    axis: null,
    scale: node.inputs[2] ?? '',
    zero,
    packed: true,
  };
}

function scaleOf(held: Held, use: Use): { scale: string; zero: string | null } | null {
  const { node } = use;
  const rows = dequantizeAfterGather(held, use);
  if (rows) return { scale: rows.inputs[1] ?? '', zero: rows.inputs[2] || null };
  if (node.opType === 'DequantizeLinear')
    return { scale: node.inputs[1] ?? '', zero: node.inputs[2] || null };
  if (node.opType === 'Cast') return { scale: scaleAfterCast(held, use) ?? '', zero: null };
  if (node.opType !== 'MatMulInteger') return null;
  return { scale: held.name.replace(/_quantized$/, '_scale'), zero: node.inputs[3] || null };
}

/** Which axis scales of these sizes belong to. */
function axisOf(node: OnnxNode, sizes: readonly number[]): 0 | 1 | null {
  if (elements(sizes) === 1) return null;
  if (sizes.length === 2) return sizes[0] === 1 ? 1 : 0;
  return node.opType === 'DequantizeLinear' && intAttribute(node, 'axis', 1) === 0 ? 0 : 1;
}

/** Whether packed bytes hold as many numbers as the operator's attributes claim. */
function fits(shape: readonly number[], rows: number, columns: number, bits: number, block: number): boolean {
  if (![rows, columns, block].every((size) => Number.isSafeInteger(size) && size > 0)) return false;
  const bytes = rows * Math.ceil(columns / block) * ((block * bits) / 8);
  return elements(shape) === bytes;
}
