import { input } from './rule';
import type { RuleEntry, Step } from './rule';

/** y = erf x: dx = g 2/sqrt(pi) exp(-x^2). */
function errorFunction({ emit, gradient, x }: Step) {
  return [
    () => {
      const bell = emit.op('Exp', [emit.op('Neg', [emit.op('Mul', [x, x])])]);
      return emit.op('Mul', [gradient, emit.op('Mul', [bell, emit.scalar(2 / Math.sqrt(Math.PI), x)])]);
    },
  ];
}

/** y = tanh x: dx = g (1 - y^2). */
function tanh({ emit, gradient, y }: Step) {
  return [() => emit.op('Mul', [gradient, emit.op('Sub', [emit.scalar(1, y), emit.op('Mul', [y, y])])])];
}

/** y = 1 / (1 + e^-x): dx = g y (1 - y). */
function sigmoid({ emit, gradient, y }: Step) {
  return [
    () => {
      const slope = emit.op('Mul', [y, emit.op('Sub', [emit.scalar(1, y), y])]);
      return emit.op('Mul', [gradient, slope]);
    },
  ];
}

/** y = ln(1 + e^x): dx = g sigmoid x. */
function softplus({ emit, gradient, x }: Step) {
  return [() => emit.op('Mul', [gradient, emit.op('Sigmoid', [x])])];
}

/** y = max(x, 0): dx = g where x > 0, else 0. */
function relu({ emit, gradient, x }: Step) {
  return [
    () => {
      const zero = emit.scalar(0, x);
      return emit.op('Where', [emit.op('Greater', [x, zero]), gradient, zero]);
    },
  ];
}

/** y = x where x >= 0, else alpha x: dx = g, or alpha g. */
function leakyRelu({ node, emit, gradient, x }: Step) {
  const attribute = node.attributes.get('alpha');
  const alpha = attribute?.type === 'float' ? attribute.value : 0.01;
  return [
    () => {
      const small = emit.op('Mul', [gradient, emit.scalar(alpha, x)]);
      return emit.op('Where', [emit.op('Less', [x, emit.scalar(0, x)]), small, gradient]);
    },
  ];
}

/** y = x Phi(x), Phi the normal distribution: dx = g (Phi(x) + x phi(x)); or the approximation by tanh. */
function gelu(step: Step) {
  const { node, emit, gradient, x } = step;
  const approximate = node.attributes.get('approximate');
  const slope = approximate?.type === 'string' && approximate.value === 'tanh' ? tanhSlope : exactSlope;
  return [() => emit.op('Mul', [gradient, slope(step, x)])];
}

/** The same of x + bias, two operators of the runtime: the exact one and the approximation. */
function biasGelu(slope: (step: Step, z: string) => string) {
  return (step: Step) => {
    const { emit, gradient, x, y } = step;
    const bias = input(step, 1);
    const z = bias === '' ? x : emit.op('Add', [x, bias]);
    const back = emit.op('Mul', [gradient, slope(step, z)]);
    return [() => back, () => emit.sumTo(back, y, bias)];
  };
}

/** Phi(z) + z phi(z) = (1 + erf(z / sqrt 2)) / 2 + z exp(-z^2 / 2) / sqrt(2 pi). */
function exactSlope({ emit }: Step, z: string): string {
  const erf = emit.op('Erf', [emit.op('Mul', [z, emit.scalar(Math.SQRT1_2, z)])]);
  const half = emit.scalar(0.5, z);
  const distribution = emit.op('Mul', [emit.op('Add', [erf, emit.scalar(1, z)]), half]);
  const bell = emit.op('Exp', [emit.op('Neg', [emit.op('Mul', [emit.op('Mul', [z, z]), half])])]);
  const density = emit.op('Mul', [bell, emit.scalar(1 / Math.sqrt(2 * Math.PI), z)]);
  return emit.op('Add', [distribution, emit.op('Mul', [z, density])]);
}

/** With u = c (z + a z^3), c = sqrt(2 / pi), a = 0.044715, t = tanh u: (1 + t) / 2 + z (1 - t^2) c (1 + 3 a z^2) / 2. */
function tanhSlope({ emit }: Step, z: string): string {
  const [c, a] = [Math.sqrt(2 / Math.PI), 0.044715];
  const one = emit.scalar(1, z);
  const mul = (p: string, q: string) => emit.op('Mul', [p, q]);
  const add = (p: string, q: string) => emit.op('Add', [p, q]);
  const square = mul(z, z);
  const inner = mul(mul(z, emit.scalar(c, z)), add(one, mul(square, emit.scalar(a, z))));
  const t = emit.op('Tanh', [inner]);
  const bend = mul(emit.op('Sub', [one, mul(t, t)]), mul(z, emit.scalar(c, z)));
  const curved = mul(bend, add(one, mul(square, emit.scalar(3 * a, z))));
  return mul(add(add(one, t), curved), emit.scalar(0.5, z));
}

/** y = x s, s = sigmoid(alpha x): dx = g s (1 + alpha x (1 - s)). */
function swish(defaultAlpha: number) {
  return ({ node, emit, gradient, x }: Step) => {
    const attribute = node.attributes.get('alpha');
    const alpha = emit.scalar(attribute?.type === 'float' ? attribute.value : defaultAlpha, x);
    return [
      () => {
        const scaled = emit.op('Mul', [x, alpha]);
        const s = emit.op('Sigmoid', [scaled]);
        const one = emit.scalar(1, x);
        const bend = emit.op('Mul', [scaled, emit.op('Sub', [one, s])]);
        return emit.op('Mul', [gradient, emit.op('Mul', [s, emit.op('Add', [one, bend])])]);
      },
    ];
  };
}

export const ACTIVATIONS: Record<string, RuleEntry> = {
  Erf: { rule: errorFunction },
  Tanh: { rule: tanh },
  Sigmoid: { rule: sigmoid },
  Softplus: { rule: softplus },
  Relu: { rule: relu },
  LeakyRelu: { rule: leakyRelu },
  Gelu: { rule: gelu },
  'com.microsoft.Gelu': { rule: biasGelu(exactSlope) },
  'com.microsoft.BiasGelu': { rule: biasGelu(exactSlope) },
  'com.microsoft.FastGelu': { rule: biasGelu(tanhSlope) },
  'com.microsoft.QuickGelu': { rule: swish(1.702) },
};
