import { axisOf } from './rule';
import type { RuleEntry, Step } from './rule';

/** y = softmax x along an axis: dx = y (g - sum(g y)). */
function softmax({ node, emit, gradient, x, y }: Step) {
  const axis = axisOf(node, -1, emit.rank(x));
  return [
    () => {
      const sum = emit.sum(emit.op('Mul', [gradient, y]), [axis], true);
      return emit.op('Mul', [y, emit.op('Sub', [gradient, sum])]);
    },
  ];
}

/** y = ln softmax x along an axis: dx = g - e^y sum(g). */
function logSoftmax({ node, emit, gradient, x, y }: Step) {
  const axis = axisOf(node, -1, emit.rank(x));
  return [
    () => {
      const sum = emit.sum(gradient, [axis], true);
      return emit.op('Sub', [gradient, emit.op('Mul', [emit.op('Exp', [y]), sum])]);
    },
  ];
}

export const SOFTMAX: Record<string, RuleEntry> = {
  Softmax: { rule: softmax },
  LogSoftmax: { rule: logSoftmax },
};
