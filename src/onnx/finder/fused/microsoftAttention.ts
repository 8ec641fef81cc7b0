import type { AttentionCore } from '../../attention';
import { constantTensor } from '../../constants';
import type { GraphIndex, OnnxNode } from '../../graph';
import { intAttribute, intsAttribute } from '../../graph';
import type { NewAttribute } from '../../taps';
import { floatType, fusedScale } from './facts';
import { MICROSOFT, SideBranch } from './sideBranch';

/**
 * ONNX Runtime's `Attention`, which holds the projections too, and its 8-bit form `QAttention`. It gives no scores: the
 * side branch projects once more and leaves the rest to `MultiHeadAttention`, which does. A cache is taken for empty, as
 * it always is here.
 */
export function findMicrosoftAttention(index: GraphIndex): AttentionCore[] {
  return index.graph.nodes
    .filter((node) => node.domain === MICROSOFT && /^Q?Attention$/.test(node.opType))
    .flatMap((node) => readCore(index, node) ?? []);
}

interface Operands {
  /** [B, tokens, width]. */
  input: string;
  /** [width, query + key + value]. */
  weight: string;
  bias: string;
  mask: string;
  /** Added to the scores, such as T5's position bias. */
  scoreBias: string;
}

function readCore(index: GraphIndex, node: OnnxNode): AttentionCore | null {
  const heads = intAttribute(node, 'num_heads', 0);
  const sizes = sizesOf(index, node);
  if (!sizes || heads < 1 || intAttribute(node, 'do_rotary', 0)) return null;
  const branch = new SideBranch(node);
  const operands = node.opType === 'QAttention' ? dequantised(index, branch, node) : plain(node);
  const parts = projections(branch, operands, sizes);
  const inputs = [...parts, '', operands.mask, operands.scoreBias];
  const scores = branch.op(
    { opType: 'MultiHeadAttention', domain: MICROSOFT, inputs, attributes: attributesOf(node, heads) },
    ...['context', 'key', 'value', 'scores'],
  );
  branch.state(scores, floatType(index, node.inputs[2] || node.outputs[0] || ''));
  const [origin = ''] = node.inputs;
  return {
    ...{ softmax: node, scores, keyTransposed: false, sink: false },
    weights: branch.softmax(scores, 'weights'),
    query: branch.heads(parts[0] as string, heads, 'query'),
    key: branch.name('key'),
    value: branch.name('value'),
    context: node.outputs[0] ?? '',
    scale: fusedScale(node, (sizes[0] as number) / heads),
    folded: { query: 1, key: 1 },
    origin: { query: origin, key: origin, value: origin },
    addition: branch.addition,
  };
}

/** Widths of query, key and value; null where the weight is not a constant of the file. */
function sizesOf(index: GraphIndex, node: OnnxNode): number[] | null {
  const stated = intsAttribute(node, 'qkv_hidden_sizes');
  if (stated?.length === 3) return stated;
  const columns = constantTensor(index, node.inputs[1] ?? '')?.dims[1];
  if (columns === undefined || columns % 3 !== 0) return null;
  return [columns / 3, columns / 3, columns / 3];
}

function plain({ inputs }: OnnxNode): Operands {
  const [input = '', weight = '', bias = '', mask = '', , scoreBias = ''] = inputs;
  return { input, weight, bias, mask, scoreBias };
}

function dequantised(index: GraphIndex, branch: SideBranch, { inputs }: OnnxNode): Operands {
  const [input = '', weight = '', bias = '', scale = '', weightScale = '', mask = '', zero = ''] = inputs;
  const perColumn = (constantTensor(index, weightScale)?.dims[0] ?? 1) > 1;
  const axis: Record<string, NewAttribute> = perColumn ? { axis: { type: 'int', value: 1 } } : {};
  const weightInputs = [weight, weightScale, inputs[7] ?? ''].filter(Boolean);
  return {
    input: branch.op({ opType: 'DequantizeLinear', inputs: [input, scale, zero].filter(Boolean) }, 'input'),
    weight: branch.op({ opType: 'DequantizeLinear', inputs: weightInputs, attributes: axis }, 'weight'),
    ...{ bias, mask, scoreBias: '' },
  };
}

/** Query, key and value, each [B, tokens, size]. */
function projections(branch: SideBranch, { input, weight, bias }: Operands, sizes: number[]): string[] {
  const product = branch.op({ opType: 'MatMul', inputs: [input, weight] }, 'product');
  const all = bias ? branch.op({ opType: 'Add', inputs: [product, bias] }, 'projected') : product;
  let start = 0;
  return sizes.map((size, i) => branch.slice(all, 2, start, (start += size), `part${i}`));
}

function attributesOf(node: OnnxNode, heads: number): Record<string, NewAttribute> {
  const made: Record<string, NewAttribute> = { num_heads: { type: 'int', value: heads } };
  for (const name of ['unidirectional', 'mask_filter_value', 'scale']) {
    const attribute = node.attributes.get(name);
    if (attribute?.type === 'int' || attribute?.type === 'float') made[name] = attribute;
  }
  return made;
}
