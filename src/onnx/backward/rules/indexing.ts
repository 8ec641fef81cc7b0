import type { NewAttribute } from '../../taps';
import { int } from '../emitter';
import { axisOf, input } from './rule';
import type { InputGradients, RuleEntry, Step } from './rule';

const ADD: NewAttribute = { type: 'string', value: 'add' };

/** y = rows of x along an axis by their indices: every row of g is added to the row that it came from. */
function gather(step: Step): InputGradients {
  const { node, emit, gradient, x } = step;
  const indices = input(step, 1);
  const rank = emit.rank(indices);
  const axis = axisOf(node, 0, emit.rank(x));
  const rows = emit.unsqueeze(indices, -1);
  if (axis === 0) return [() => scatterAdd(step, emit.zerosLike(x), rows, gradient)];
  const axes = range(emit.rank(x));
  const front = [axis, ...axes.filter((i) => i !== axis)];
  const wide = range(axes.length - 1 + rank);
  const own = wide.slice(axis, axis + rank);
  return [
    () => {
      const moved = emit.transpose(gradient, [...own, ...wide.filter((i) => !own.includes(i))]);
      const sums = scatterAdd(step, emit.transpose(emit.zerosLike(x), front), rows, moved);
      return emit.transpose(
        sums,
        axes.map((i) => front.indexOf(i)),
      );
    },
  ];
}

/** y = x at positions along an axis: g is added at these positions. */
function gatherElements(step: Step): InputGradients {
  const { node, emit, gradient, x } = step;
  const attributes = { axis: int(axisOf(node, 0, emit.rank(x))), reduction: ADD };
  return [() => emit.op('ScatterElements', [emit.zerosLike(x), input(step, 1), gradient], attributes)];
}

/** y = x at index tuples: g is added at these. */
function gatherNd(step: Step): InputGradients {
  const { emit, gradient, x } = step;
  return [() => scatterAdd(step, emit.zerosLike(x), input(step, 1), gradient)];
}

/** y = x with u in some places: dx = g with zeros there, du = g there. Indices may not repeat. */
function scatterNd(step: Step): InputGradients {
  const { emit, gradient } = step;
  const [indices, updates] = [input(step, 1), input(step, 2)];
  return [
    () => emit.op('ScatterND', [gradient, indices, emit.zerosLike(updates)]),
    () => emit.zerosLike(indices),
    () => emit.op('GatherND', [gradient, indices]),
  ];
}

/** y = x with u at positions along an axis: dx = g with zeros there, du = g there. Indices may not repeat. */
function scatterElements(step: Step): InputGradients {
  const { node, emit, gradient, x } = step;
  const [indices, updates] = [input(step, 1), input(step, 2)];
  const axis = { axis: int(axisOf(node, 0, emit.rank(x))) };
  return [
    () => emit.op('ScatterElements', [gradient, indices, emit.zerosLike(updates)], axis),
    () => emit.zerosLike(indices),
    () => emit.op('GatherElements', [gradient, indices], axis),
  ];
}

function scatterAdd({ emit }: Step, into: string, indices: string, updates: string): string {
  return emit.op('ScatterND', [into, indices, updates], { reduction: ADD });
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

const ONLY_FIRST = [0];

export const INDEXING: Record<string, RuleEntry> = {
  Gather: { rule: gather, inputs: ONLY_FIRST },
  GatherElements: { rule: gatherElements, inputs: ONLY_FIRST },
  GatherND: { rule: gatherNd, inputs: ONLY_FIRST },
  ScatterND: { rule: scatterNd, inputs: [0, 2] },
  ScatterElements: { rule: scatterElements, inputs: [0, 2] },
};
