import { input } from './rule';
import type { InputGradients, RuleEntry, Step } from './rule';

/** y = a where c, else b: da = g where c, else 0; db = 0 where c, else g. */
function where(step: Step): InputGradients {
  const { emit, gradient, y } = step;
  const [c, a, b] = [input(step, 0), input(step, 1), input(step, 2)];
  return [
    () => emit.zerosLike(c),
    () => emit.sumTo(emit.op('Where', [c, gradient, emit.scalar(0, y)]), y, a),
    () => emit.sumTo(emit.op('Where', [c, emit.scalar(0, y), gradient]), y, b),
  ];
}

/** y = x, but no less than `low` and no more than `high`: dx = g where neither bound holds, else 0. */
function clip(step: Step): InputGradients {
  const { emit, gradient, x } = step;
  const [low, high] = [input(step, 1), input(step, 2)];
  return [
    () => {
      const zero = emit.scalar(0, x);
      const above = low === '' ? gradient : emit.op('Where', [emit.op('Less', [x, low]), zero, gradient]);
      return high === '' ? above : emit.op('Where', [emit.op('Greater', [x, high]), zero, above]);
    },
  ];
}

/** y = the largest (smallest) input, place by place: g goes to the inputs that are equal to y, in equal parts. */
function extreme({ node, emit, gradient, y }: Step): InputGradients {
  const hits = node.inputs.map((name) => emit.op('CastLike', [emit.op('Equal', [name, y]), y]));
  const count = hits.length > 1 ? emit.op('Sum', hits) : (hits[0] as string);
  const share = emit.op('Div', [gradient, count]);
  return node.inputs.map((name, i) => () => emit.sumTo(emit.op('Mul', [share, hits[i] as string]), y, name));
}

export const CHOICE: Record<string, RuleEntry> = {
  Where: { rule: where, inputs: [1, 2] },
  Clip: { rule: clip, inputs: [0] },
  Max: { rule: extreme },
  Min: { rule: extreme },
};
