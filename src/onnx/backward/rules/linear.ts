import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../../shared/errors';
import { intAttribute } from '../../graph';
import type { NewAttribute } from '../../taps';
import { float, int } from '../emitter';
import { input } from './rule';
import type { InputGradients, RuleEntry, Step } from './rule';

/** y = a b: da = g b^T, db = a^T g, each summed over the batch axes along which it was broadcast. */
function matMul(step: Step): InputGradients {
  const { emit, gradient, y } = step;
  const [a, b] = [input(step, 0), input(step, 1)];
  const [rankA, rankB] = [emit.rank(a), emit.rank(b)];
  if (rankA === 1 || rankB === 1) return vectorProduct(step);
  if (rankB === 2 && rankA > 2) return linear(step);
  const batch = emit.sizes(y).slice(0, -2);
  const wide = (tensor: string) => [...batch, ...emit.sizes(tensor).slice(-2)];
  return [
    () => emit.sumTo(emit.op('MatMul', [gradient, emit.swapLast(b, rankB)]), wide(a), a),
    () => emit.sumTo(emit.op('MatMul', [emit.swapLast(a, rankA), gradient]), wide(b), b),
  ];
}

/** y = x w with a matrix of weights: as one product of matrices, the rows of the whole batch under each other. */
function linear(step: Step): InputGradients {
  const { emit, gradient } = step;
  const [x, w] = [input(step, 0), input(step, 1)];
  const rowsOf = (tensor: string, like: string) => {
    const width = emit.sizeOf(like, emit.rank(like) - 1);
    return emit.op('Reshape', [tensor, emit.op('Concat', [emit.ints([-1]), width], { axis: int(0) })]);
  };
  return [
    () => emit.op('MatMul', [gradient, emit.swapLast(w, 2)]),
    () => emit.op('Gemm', [rowsOf(x, x), rowsOf(gradient, step.y)], { transA: int(1) }),
  ];
}

/** The same where a factor is a vector: a row on the left, a column on the right. */
function vectorProduct({ emit, gradient, y, node }: Step): InputGradients {
  const [a = '', b = ''] = node.inputs;
  const [rowA, columnB] = [emit.rank(a) === 1, emit.rank(b) === 1];
  const sizesA = rowA ? [1, ...emit.sizes(a)] : [...emit.sizes(a)];
  const sizesB = columnB ? [...emit.sizes(b), 1] : [...emit.sizes(b)];
  const left = rowA ? emit.unsqueeze(a, 0) : a;
  const right = columnB ? emit.unsqueeze(b, 1) : b;
  const kept = emit.sizes(y).length - (rowA ? 0 : 1) - (columnB ? 0 : 1);
  const batch = emit.sizes(y).slice(0, kept);
  const column = columnB ? emit.unsqueeze(gradient, -1) : gradient;
  const g = rowA ? emit.unsqueeze(column, -2) : column;
  const back = (gradientOf: string, sizes: number[], to: string) => {
    const axes = batch.flatMap((size, i) => {
      const own = sizes[i + sizes.length - 2 - batch.length];
      return own === undefined || (own === 1 && size !== 1) ? [i] : [];
    });
    const summed = axes.length > 0 ? emit.sum(gradientOf, axes, true) : gradientOf;
    return emit.reshapeLike(summed, to);
  };
  return [
    () => back(emit.op('MatMul', [g, emit.swapLast(right, sizesB.length)]), sizesA, a),
    () => back(emit.op('MatMul', [emit.swapLast(left, sizesA.length), g]), sizesB, b),
  ];
}

/** y = alpha a' b' + beta c, a' and b' transposed or not: da' = alpha g b'^T, db' = alpha a'^T g, dc = beta g. */
function gemm(step: Step): InputGradients {
  const { node, emit, gradient, y } = step;
  const [a, b, c] = [input(step, 0), input(step, 1), input(step, 2)];
  const transA = intAttribute(node, 'transA', 0);
  const transB = intAttribute(node, 'transB', 0);
  const alpha = floatAttribute(step, 'alpha', 1);
  const beta = floatAttribute(step, 'beta', 1);
  const product = (left: string, right: string, flipLeft: number, flipRight: number) => {
    const attributes: Record<string, NewAttribute> = { transA: int(flipLeft), transB: int(flipRight) };
    return emit.op('Gemm', [left, right], { ...attributes, alpha: float(alpha) });
  };
  return [
    () => (transA ? product(b, gradient, transB, 1) : product(gradient, b, 0, 1 - transB)),
    () => (transB ? product(gradient, a, 1, transA) : product(a, gradient, 1 - transA, 0)),
    () => {
      const summed = emit.sumTo(gradient, y, c);
      return beta === 1 ? summed : emit.op('Mul', [summed, emit.scalar(beta, y)]);
    },
  ];
}

/** A product of matrices with transposed factors, of the runtime's optimiser: y = alpha a' b'. */
function fusedMatMul(step: Step): InputGradients {
  const { node, emit, gradient, y } = step;
  const [a, b] = [input(step, 0), input(step, 1)];
  if (intAttribute(node, 'transBatchA', 0) || intAttribute(node, 'transBatchB', 0)) {
    throw new ProbeError('model', l10n.t('FusedMatMul with transposed batches has no gradient here.'));
  }
  const [transA, transB] = [intAttribute(node, 'transA', 0), intAttribute(node, 'transB', 0)];
  const alpha = floatAttribute(step, 'alpha', 1);
  const g = alpha === 1 ? gradient : emit.op('Mul', [gradient, emit.scalar(alpha, y)]);
  const flip = (tensor: string, like: string) => emit.swapLast(tensor, emit.rank(like));
  const batch = emit.sizes(y).slice(0, -2);
  const wide = (tensor: string) => [...batch, ...emit.sizes(tensor).slice(-2)];
  // b'^T and a'^T: the stored tensor itself where it is transposed already.
  const bBack = transB ? b : flip(b, b);
  const aBack = transA ? a : flip(a, a);
  return [
    () => {
      const product = transA
        ? emit.op('MatMul', [transB ? flip(b, b) : b, flip(g, y)])
        : emit.op('MatMul', [g, bBack]);
      return emit.sumTo(product, wide(a), a);
    },
    () => {
      const product = transB
        ? emit.op('MatMul', [flip(g, y), transA ? flip(a, a) : a])
        : emit.op('MatMul', [aBack, g]);
      return emit.sumTo(product, wide(b), b);
    },
  ];
}

/**
 * y = einsum(in_1, in_2, ... -> out): the gradient of one operand is the einsum of g and the other operands with that
 * operand's own letters as the result. Letters that an operand repeats or sums alone have no rule.
 */
function einsum(step: Step): InputGradients {
  const { node, emit, gradient } = step;
  const { terms, out } = einsumTerms(step);
  return node.inputs.map((_, i) => () => {
    const own = terms[i] ?? '';
    const rest = terms.filter((_term, j) => j !== i);
    const others = node.inputs.filter((_name, j) => j !== i);
    const known = [out, ...rest].join('');
    if (new Set(own).size < own.length || [...own].some((letter) => !known.includes(letter))) {
      throw noEinsum(`${terms.join(',')}->${out}`);
    }
    const value = `${[out, ...rest].join(',')}->${own}`;
    return emit.op('Einsum', [gradient, ...others], { equation: { type: 'string', value } });
  });
}

/** The equation's sides with a letter for every axis: those that an ellipsis stands for get letters of their own. */
function einsumTerms({ node, emit }: Step): { terms: string[]; out: string } {
  const equation = node.attributes.get('equation');
  const text = equation?.type === 'string' ? equation.value.replace(/\s/g, '') : '';
  const [left = '', right] = text.split('->');
  if (right === undefined) throw noEinsum(text);
  const terms = left.split(',');
  const hidden = terms.map((term, i) => emit.rank(node.inputs[i] ?? '') - term.replace('...', '').length);
  const widths = new Set(hidden.filter((_, i) => terms[i]?.includes('...')));
  const free = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].filter((letter) => !text.includes(letter));
  const [width = 0] = widths;
  if (widths.size > 1 || width > free.length) throw noEinsum(text);
  const spelled = (term: string) => term.replace('...', free.slice(0, width).join(''));
  return { terms: terms.map(spelled), out: spelled(right) };
}

function noEinsum(equation: string): ProbeError {
  const shown = equation.replace(/[^A-Za-z.,>-]/g, '?').slice(0, 60);
  return new ProbeError('model', l10n.t`Einsum "${shown}" has no gradient here, so this model has none.`);
}

function floatAttribute({ node }: Step, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'float' || attribute?.type === 'int' ? attribute.value : fallback;
}

export const LINEAR: Record<string, RuleEntry> = {
  MatMul: { rule: matMul },
  Gemm: { rule: gemm },
  Einsum: { rule: einsum },
  'com.microsoft.FusedMatMul': { rule: fusedMatMul },
};
