import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../../shared/errors';
import { constantValues } from '../../constants';
import type { NewAttribute } from '../../taps';
import { int } from '../emitter';
import { input } from './rule';
import type { InputGradients, RuleEntry, Step } from './rule';

/** Above every index: "to the end" for Slice. */
const END = Number.MAX_SAFE_INTEGER;

/**
 * y = x[start:end:step] along axes: dx = g at the positions that were taken, zeros elsewhere. The positions come from
 * slicing 0, 1, 2, ... in the same way, so that negative and too large bounds are read by the runtime itself.
 */
function slice(step: Step): InputGradients {
  const axes = slicedAxes(step);
  const taken = axes.map((axis, i) => positions(step, axis, i));
  const steps = input(step, 4) === '' ? [] : constantValues(step.index, input(step, 4));
  const dense = steps?.every((value) => value === 1) ?? false;
  return [() => (dense ? padded(step, axes, taken) : scattered(step, axes, taken))];
}

function slicedAxes(step: Step): number[] {
  const rank = step.emit.rank(step.x);
  const starts = step.emit.sizes(input(step, 1))[0] ?? 0;
  const axes = input(step, 3) === '' ? null : constantValues(step.index, input(step, 3));
  if (axes === null && input(step, 3) !== '') {
    throw new ProbeError('model', l10n.t('Slice along axes that the model computes has no gradient here.'));
  }
  return (axes ?? Array.from({ length: starts }, (_, i) => i)).map((axis) => (axis < 0 ? axis + rank : axis));
}

/** Which positions of an axis were taken, int64 [n]; the axis is the `i`-th of those that were sliced. */
function positions(step: Step, axis: number, i: number): string {
  const { emit, x } = step;
  const size = emit.op('Squeeze', [emit.sizeOf(x, axis)]);
  const all = emit.op('Range', [emit.int(0), size, emit.int(1)]);
  const bound = (position: number) => {
    const one = emit.op('Slice', [input(step, position), emit.ints([i]), emit.ints([i + 1])]);
    return emit.op('Cast', [one], { to: int(7) });
  };
  const steps = input(step, 4) === '' ? [] : [bound(4)];
  return emit.op('Slice', [all, bound(1), bound(2), emit.ints([0]), ...steps]);
}

/** Steps of 1: zeros before and behind. */
function padded({ emit, gradient, x }: Step, axes: number[], taken: string[]): string {
  const before = taken.map((one) => emit.op('Slice', [one, emit.ints([0]), emit.ints([1])]));
  const after = taken.map((one, i) => {
    const last = emit.op('Slice', [one, emit.ints([-1]), emit.ints([END])]);
    const end = emit.op('Sub', [emit.sizeOf(x, axes[i] as number), emit.ints([1])]);
    return emit.op('Sub', [end, last]);
  });
  const pads = emit.op('Concat', [...before, ...after], { axis: int(0) });
  return emit.op('Pad', [gradient, pads, '', emit.ints(axes)]);
}

/** Other steps: rows put back one axis after the other, the last one first. */
function scattered({ emit, gradient, x }: Step, axes: number[], taken: string[]): string {
  const reduction: NewAttribute = { type: 'string', value: 'add' };
  const order = Array.from({ length: emit.rank(x) }, (_, i) => i);
  let back = gradient;
  for (const [i, axis] of axes.entries()) {
    const front = [axis, ...order.filter((other) => other !== axis)];
    const rows = emit.transpose(back, front);
    const rest = emit.op('Shape', [rows], { start: int(1) });
    const shape = emit.op('Concat', [emit.sizeOf(x, axis), rest], { axis: int(0) });
    const zeros = emit.op('CastLike', [emit.op('ConstantOfShape', [shape]), rows]);
    const indices = emit.unsqueeze(taken[i] as string, -1);
    const whole = emit.op('ScatterND', [zeros, indices, rows], { reduction });
    back = emit.transpose(
      whole,
      order.map((other) => front.indexOf(other)),
    );
  }
  return back;
}

export const SLICES: Record<string, RuleEntry> = {
  Slice: { rule: slice, inputs: [0] },
};
