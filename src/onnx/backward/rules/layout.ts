import { constantValues } from '../../constants';
import { intsAttribute } from '../../graph';
import { int } from '../emitter';
import { axisOf, input } from './rule';
import type { RuleEntry, Step } from './rule';

/** y = x, in another type perhaps: dx = g in x's type. */
function cast({ emit, gradient, x }: Step) {
  return [() => emit.op('CastLike', [gradient, x])];
}

/** y = x: dx = g. */
function identity({ gradient }: Step) {
  return [() => gradient];
}

/** y has x's elements in x's order: dx = g in x's shape. */
function reshape({ emit, gradient, x }: Step) {
  return [() => emit.reshapeLike(gradient, x)];
}

/** y = x with axes permuted: dx = g with axes permuted back. */
function transpose({ node, emit, gradient, x }: Step) {
  const rank = emit.rank(x);
  const perm = intsAttribute(node, 'perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  return [
    () =>
      emit.transpose(
        gradient,
        perm.map((_, axis) => perm.indexOf(axis)),
      ),
  ];
}

/** y = x repeated along axes of size 1 or new ones: dx = g summed over them. */
function expand({ emit, gradient, x, y }: Step) {
  return [() => emit.sumTo(gradient, y, x)];
}

/** y = inputs one behind the other: each gets its piece of g. */
function concat({ node, emit, gradient, y }: Step) {
  const axis = axisOf(node, 0, emit.rank(y));
  let pieces: string[] | undefined;
  const cut = () => {
    const sizes = node.inputs.map((name) => emit.sizeOf(name, axis));
    const lengths = emit.op('Concat', sizes, { axis: int(0) });
    return emit.split('Split', [gradient, lengths], node.inputs.length, { axis: int(axis) });
  };
  return node.inputs.map((_, i) => () => (pieces ??= cut())[i] as string);
}

/** Outputs are pieces of x: dx = their gradients one behind the other. */
function split({ node, emit, gradients, x }: Step) {
  const axis = axisOf(node, 0, emit.rank(x));
  return [
    () => {
      const pieces = node.outputs.map((name, i) => gradients[i] ?? emit.zerosLike(name));
      return emit.op('Concat', pieces, { axis: int(axis) });
    },
  ];
}

/** y = x with a border: dx = what is inside the border of g. */
function pad(step: Step) {
  const { emit, index, gradient, x } = step;
  const rank = emit.rank(x);
  const axes = input(step, 3) === '' ? undefined : constantValues(index, input(step, 3));
  const named = axes
    ? emit.ints(axes.map((axis) => (axis < 0 ? axis + rank : axis)))
    : emit.ints([...Array(rank).keys()]);
  const count = axes ? axes.length : rank;
  return [
    () => {
      const before = emit.op('Slice', [input(step, 1), emit.ints([0]), emit.ints([count])]);
      const lengths = emit.op('Gather', [emit.shapeOf(x), named]);
      return emit.op('Slice', [gradient, before, emit.op('Add', [before, lengths]), named]);
    },
  ];
}

/** y = the lower or upper triangle of x, zeros elsewhere: dx = the same triangle of g. */
function triangle({ node, emit, gradient }: Step) {
  const upper = node.attributes.get('upper') ?? int(1);
  const value = upper.type === 'int' ? upper.value : 1;
  const rest = node.inputs.slice(1);
  return [() => emit.op('Trilu', [gradient, ...rest], { upper: int(value) })];
}

const ONLY_FIRST = [0];

export const LAYOUT: Record<string, RuleEntry> = {
  Cast: { rule: cast },
  CastLike: { rule: cast, inputs: ONLY_FIRST },
  Identity: { rule: identity },
  Dropout: { rule: identity, inputs: ONLY_FIRST },
  Reshape: { rule: reshape, inputs: ONLY_FIRST },
  Flatten: { rule: reshape },
  Squeeze: { rule: reshape, inputs: ONLY_FIRST },
  Unsqueeze: { rule: reshape, inputs: ONLY_FIRST },
  Transpose: { rule: transpose },
  Expand: { rule: expand, inputs: ONLY_FIRST },
  Concat: { rule: concat },
  Split: { rule: split, inputs: ONLY_FIRST },
  Pad: { rule: pad, inputs: ONLY_FIRST },
  Trilu: { rule: triangle, inputs: ONLY_FIRST },
};
