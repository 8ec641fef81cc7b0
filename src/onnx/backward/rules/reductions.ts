import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../../shared/errors';
import { constantValues } from '../../constants';
import { intAttribute } from '../../graph';
import type { InputGradients, RuleEntry, Step } from './rule';
import { input } from './rule';

/** y = sum of x over axes: dx = g, repeated along them. */
function reduceSum(step: Step): InputGradients {
  const { emit, gradient, x } = step;
  return [() => emit.op('Expand', [withAxes(step, gradient), emit.shapeOf(x)])];
}

/** y = mean of x over axes, n values each: dx = g / n, repeated along them. */
function reduceMean(step: Step): InputGradients {
  const { emit, gradient, x, y } = step;
  return [
    () => {
      const count = emit.op('Div', [emit.op('Size', [x]), emit.op('Size', [y])]);
      const share = emit.op('Div', [gradient, emit.op('CastLike', [count, gradient])]);
      return emit.op('Expand', [withAxes(step, share), emit.shapeOf(x)]);
    },
  ];
}

/** y = largest (smallest) of x over axes: g goes to where x = y, in equal parts where there are several. */
function reduceExtreme(step: Step): InputGradients {
  const { node, emit, index, gradient, x, y } = step;
  return [
    () => {
      const hit = emit.op('CastLike', [emit.op('Equal', [x, withAxes(step, y)]), x]);
      const axes = input(step, 1);
      const all = axes === '' || (constantValues(index, axes)?.length === 0 && node.inputs.length > 1);
      const hits = emit.op('ReduceSum', all ? [hit] : [hit, axes]);
      return emit.op('Mul', [hit, emit.op('Div', [withAxes(step, gradient), hits])]);
    },
  ];
}

/** y = sqrt(sum of x^2) over axes: dx = g x / y. */
function reduceL2(step: Step): InputGradients {
  const { emit, gradient, x, y } = step;
  return [() => emit.op('Mul', [x, withAxes(step, emit.op('Div', [gradient, y]))])];
}

/** y = sum of x^2 over axes: dx = 2 g x. */
function reduceSumSquare(step: Step): InputGradients {
  const { emit, gradient, x } = step;
  return [() => emit.op('Mul', [emit.op('Mul', [x, emit.scalar(2, x)]), withAxes(step, gradient)])];
}

/** y = ln sum e^x over axes: dx = g e^(x - y). */
function reduceLogSumExp(step: Step): InputGradients {
  const { emit, gradient, x, y } = step;
  return [
    () => {
      const share = emit.op('Exp', [emit.op('Sub', [x, withAxes(step, y)])]);
      return emit.op('Mul', [share, withAxes(step, gradient)]);
    },
  ];
}

/** What has the output's shape, with the reduced axes as sizes of 1 where the operator dropped them. */
function withAxes(step: Step, reduced: string): string {
  const { node, emit, x } = step;
  if (intAttribute(node, 'keepdims', 1) === 1) return reduced;
  const rank = emit.rank(x);
  const axes = input(step, 1);
  const dropped = rank - emit.rank(step.y);
  if (dropped === 0) return reduced;
  if (dropped === rank) return emit.op('Reshape', [reduced, emit.ints(new Array<number>(rank).fill(1))]);
  if (axes === '')
    throw new ProbeError('model', l10n.t`${node.opType} with unknown axes has no gradient here.`);
  return emit.op('Unsqueeze', [reduced, axes]);
}

/** y = running sum of x: dx = running sum of g from the other end. */
function cumulativeSum({ node, emit, gradient }: Step): InputGradients {
  const exclusive = intAttribute(node, 'exclusive', 0);
  const reverse = 1 - intAttribute(node, 'reverse', 0);
  const attribute = (value: number) => ({ type: 'int' as const, value });
  const attributes = { exclusive: attribute(exclusive), reverse: attribute(reverse) };
  return [() => emit.op('CumSum', [gradient, node.inputs[1] ?? ''], attributes)];
}

const ONLY_FIRST = [0];

export const REDUCTIONS: Record<string, RuleEntry> = {
  ReduceSum: { rule: reduceSum, inputs: ONLY_FIRST },
  ReduceMean: { rule: reduceMean, inputs: ONLY_FIRST },
  ReduceMax: { rule: reduceExtreme, inputs: ONLY_FIRST },
  ReduceMin: { rule: reduceExtreme, inputs: ONLY_FIRST },
  ReduceL2: { rule: reduceL2, inputs: ONLY_FIRST },
  ReduceSumSquare: { rule: reduceSumSquare, inputs: ONLY_FIRST },
  ReduceLogSumExp: { rule: reduceLogSumExp, inputs: ONLY_FIRST },
  CumSum: { rule: cumulativeSum, inputs: ONLY_FIRST },
};
