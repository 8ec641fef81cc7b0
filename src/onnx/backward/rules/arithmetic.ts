import { constantValues } from '../../constants';
import { input } from './rule';
import type { RuleEntry, Step } from './rule';

/** y = a + b: da = g, db = g, each summed over the axes along which it was broadcast. */
function add({ node, emit, gradient, y }: Step) {
  return node.inputs.map((name) => () => emit.sumTo(gradient, y, name));
}

/** y = a - b: da = g, db = -g. */
function subtract(step: Step) {
  const { emit, gradient, y } = step;
  const [a, b] = [input(step, 0), input(step, 1)];
  return [() => emit.sumTo(gradient, y, a), () => emit.op('Neg', [emit.sumTo(gradient, y, b)])];
}

/** y = a b: da = g b, db = g a. */
function multiply(step: Step) {
  const { emit, gradient, y } = step;
  const [a, b] = [input(step, 0), input(step, 1)];
  return [
    () => emit.sumTo(emit.op('Mul', [gradient, b]), y, a),
    () => emit.sumTo(emit.op('Mul', [gradient, a]), y, b),
  ];
}

/** y = a / b: da = g / b, db = -g y / b. */
function divide(step: Step) {
  const { emit, gradient, y } = step;
  const [a, b] = [input(step, 0), input(step, 1)];
  const quotient = emit.op('Div', [gradient, b]);
  return [
    () => emit.sumTo(quotient, y, a),
    () => emit.op('Neg', [emit.sumTo(emit.op('Mul', [quotient, y]), y, b)]),
  ];
}

/** y = a^p: da = g p a^(p-1), dp = g y ln a. */
function power(step: Step) {
  const { emit, gradient, y } = step;
  const [a, p] = [input(step, 0), input(step, 1)];
  return [
    () => emit.sumTo(emit.op('Mul', [gradient, powerSlope(step, a, p)]), y, a),
    () => {
      const slope = emit.op('Mul', [y, emit.op('Log', [a])]);
      return emit.sumTo(emit.op('Mul', [gradient, slope]), y, p);
    },
  ];
}

/** p a^(p-1), by products for squares and cubes. */
function powerSlope({ emit, index }: Step, a: string, p: string): string {
  const exponent = constantValues(index, p);
  const known = exponent?.length === 1 ? exponent[0] : undefined;
  if (known === 2) return emit.op('Mul', [a, emit.scalar(2, a)]);
  if (known === 3) return emit.op('Mul', [emit.op('Mul', [a, a]), emit.scalar(3, a)]);
  const exact = emit.op('CastLike', [p, a]);
  const lowered = emit.op('Pow', [a, emit.op('Sub', [exact, emit.scalar(1, a)])]);
  return emit.op('Mul', [exact, lowered]);
}

/** y = -x: dx = -g. */
function negate({ emit, gradient }: Step) {
  return [() => emit.op('Neg', [gradient])];
}

/** y = 1 / x: dx = -g y^2. */
function reciprocal({ emit, gradient, y }: Step) {
  return [() => emit.op('Neg', [emit.op('Mul', [gradient, emit.op('Mul', [y, y])])])];
}

/** y = sqrt x: dx = g / (2 y). */
function squareRoot({ emit, gradient, y }: Step) {
  return [() => emit.op('Div', [gradient, emit.op('Mul', [y, emit.scalar(2, y)])])];
}

/** y = |x|: dx = g sign x. */
function absolute({ emit, gradient, x }: Step) {
  return [() => emit.op('Mul', [gradient, emit.op('Sign', [x])])];
}

/** y = e^x: dx = g y. */
function exponential({ emit, gradient, y }: Step) {
  return [() => emit.op('Mul', [gradient, y])];
}

/** y = ln x: dx = g / x. */
function logarithm({ emit, gradient, x }: Step) {
  return [() => emit.op('Div', [gradient, x])];
}

/** y = sin x: dx = g cos x. */
function sine({ emit, gradient, x }: Step) {
  return [() => emit.op('Mul', [gradient, emit.op('Cos', [x])])];
}

/** y = cos x: dx = -g sin x. */
function cosine({ emit, gradient, x }: Step) {
  return [() => emit.op('Neg', [emit.op('Mul', [gradient, emit.op('Sin', [x])])])];
}

/** y = mean of the inputs: each gets g / n. */
function average({ node, emit, gradient, y }: Step) {
  const share = () => emit.op('Div', [gradient, emit.scalar(node.inputs.length, y)]);
  return node.inputs.map((name) => () => emit.sumTo(share(), y, name));
}

export const ARITHMETIC: Record<string, RuleEntry> = {
  Add: { rule: add },
  Sum: { rule: add },
  Mean: { rule: average },
  Sub: { rule: subtract },
  Mul: { rule: multiply },
  Div: { rule: divide },
  Pow: { rule: power },
  Neg: { rule: negate },
  Reciprocal: { rule: reciprocal },
  Sqrt: { rule: squareRoot },
  Abs: { rule: absolute },
  Exp: { rule: exponential },
  Log: { rule: logarithm },
  Sin: { rule: sine },
  Cos: { rule: cosine },
};
