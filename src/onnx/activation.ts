import type { Activation } from '../shared/block';
import { scalarValue } from './finder/scalar';
import { valueInputs } from './finder/walk';
import type { GraphIndex, OnnxNode } from './graph';
import type { Stream } from './stream';
import { backwards, LINEAR_OPS } from './stream';

/** Operators that are an activation function by themselves. */
const WHOLE: Record<string, Activation> = {
  ...{ Relu: 'relu', BiasGelu: 'gelu', FastGelu: 'gelu-tanh', HardSwish: 'hard-swish', Mish: 'mish' },
  ...{ Elu: 'elu', LeakyRelu: 'leaky-relu', Swish: 'silu' },
};

/** Factor of the sigmoid that comes close to GELU. */
const QUICK = 1.702;

/**
 * The activation function that nodes between two matrices compute, whichever way the exporter wrote it: x Phi(x) by Erf,
 * its approximation by Tanh of a cubic, x sigmoid(x), or an operator of its own. Null if there is none that is known.
 */
export function activationOf(
  index: GraphIndex,
  nodes: readonly OnnxNode[],
  stream: Stream,
): Activation | null {
  const found = new Set(nodes.flatMap((node) => activationAt(index, node, stream) ?? []));
  const [only] = found;
  if (found.size !== 1 || only === undefined) return null;
  const isSquared = nodes.some(({ opType, inputs: [a, b] }) => opType === 'Mul' && a !== '' && a === b);
  return only === 'relu' && isSquared ? 'relu-squared' : only;
}

function activationAt(index: GraphIndex, node: OnnxNode, stream: Stream): Activation | null {
  const whole = WHOLE[node.opType];
  if (whole) return whole;
  switch (node.opType) {
    case 'Gelu': {
      const how = node.attributes.get('approximate');
      return how?.type === 'string' && how.value === 'tanh' ? 'gelu-tanh' : 'gelu';
    }
    case 'Erf':
      return 'gelu';
    case 'QuickGelu': {
      const alpha = node.attributes.get('alpha');
      return bySigmoid(alpha?.type === 'float' ? alpha.value : QUICK);
    }
    case 'Sigmoid':
      return bySigmoid(factorBefore(index, node));
    case 'Tanh':
      return isOfCubic(index, node, stream) ? 'gelu-tanh' : 'tanh';
    default:
      return null;
  }
}

function bySigmoid(factor: number): Activation | null {
  if (Math.abs(factor - QUICK) < 1e-3) return 'quick-gelu';
  return factor === 1 ? 'silu' : null;
}

/** The constant that a function's argument was multiplied with; 1 if there is none. */
function factorBefore(index: GraphIndex, { inputs }: OnnxNode): number {
  const node = index.producer.get(inputs[0] ?? '');
  if (node?.opType !== 'Mul') return 1;
  return node.inputs.map((name) => scalarValue(index, name)).find((value) => value !== null) ?? 1;
}

/** The last steps to tanh(sqrt(2 / pi) (x + 0.044715 x^3)). */
const CUBIC_COEFFICIENT = 0.044715;

function isOfCubic(index: GraphIndex, { inputs }: OnnxNode, stream: Stream): boolean {
  for (const { node } of backwards(index, inputs[0] ?? '', stream)) {
    const values = node.opType === 'Mul' ? node.inputs.map((name) => scalarValue(index, name)) : [];
    if (values.some((value) => value !== null && Math.abs(value - CUBIC_COEFFICIENT) < 1e-4)) return true;
  }
  return false;
}

/**
 * In a gated network the neurons are a product of two projections, one of which went through the activation function:
 * that one's tensor, or null where there is no such product.
 */
export function gateOf(index: GraphIndex, neurons: string, stream: Stream): string | null {
  const product = producerPast(index, neurons);
  if (product?.opType !== 'Mul') return null;
  const sides = product.inputs.map((name) => {
    const nodes = [...backwards(index, name, stream)].flatMap(({ node, isLinear }) =>
      isLinear ? [] : [node],
    );
    const isActive = activationOf(index, nodes, stream) !== null;
    return { name, isActive, roots: rootsOf(index, name, stream) };
  });
  const active = sides.find(({ isActive }) => isActive);
  const plain = sides.find(({ isActive, roots }) => !isActive && roots.size > 0);
  // x times Phi(x) is a product as well, but of one projection.
  const isGate = active && plain && [...plain.roots].every((root) => !active.roots.has(root));
  return isGate ? active.name : null;
}

const LAYOUT_OPS = new Set(['Cast', 'Reshape', 'Identity']);

function producerPast(index: GraphIndex, name: string): OnnxNode | undefined {
  let node = index.producer.get(name);
  for (let hops = 0; node && LAYOUT_OPS.has(node.opType) && hops < 8; hops++) {
    node = index.producer.get(node.inputs[0] ?? '');
  }
  return node;
}

/** Operators that cut one matrix product into two projections. */
const CUTS = new Set(['Split', 'Slice']);

/** The projections that a tensor is made of: outputs of products with weights, or the parts that one was cut into. */
function rootsOf(index: GraphIndex, name: string, { branches }: Stream): Set<string> {
  const roots = new Set<string>();
  const seen = new Set([name]);
  for (const one of seen) {
    const node = branches.has(one) ? index.producer.get(one) : undefined;
    if (!node) continue;
    if (LINEAR_OPS.has(node.opType) || CUTS.has(node.opType)) roots.add(one);
    else for (const input of valueInputs(index, node)) seen.add(input);
  }
  return roots;
}
