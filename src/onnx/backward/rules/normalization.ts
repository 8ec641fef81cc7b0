import type { OnnxNode } from '../../graph';
import type { Emitter } from '../emitter';
import { axisOf, input } from './rule';
import type { InputGradients, RuleEntry, Step } from './rule';

/** What a norm makes of x before weight and bias. */
interface Normalized {
  /** (x - mean) / sqrt(var + eps), or x / sqrt(mean(x^2) + eps). */
  normed: string;
  /** 1 / sqrt(...). */
  inverse: string;
}

/**
 * y = n w + b, n = (x - mean x) s, s = 1 / sqrt(var x + eps), over the axes from `axis` on. With h = g w:
 * dx = s (h - mean h - n mean(h n)), dw = g n, db = g.
 */
function layerNorm(step: Step): InputGradients {
  const { node, emit, gradient, x } = step;
  const axes = axesFrom(emit, x, axisOf(node, -1, emit.rank(x)));
  const n = centred(emit, x, axes, epsilon(node, 1e-5));
  return affine(step, n.normed, (h) => throughNorm(emit, h, n, axes, true), gradient);
}

/** y = n w, n = x s, s = 1 / sqrt(mean x^2 + eps), over the axes from `axis` on. dx = s (h - n mean(h n)), h = g w; dw = g n. */
function rmsNorm(step: Step): InputGradients {
  const { node, emit, gradient, x } = step;
  const axes = axesFrom(emit, x, axisOf(node, -1, emit.rank(x)));
  const n = scaled(emit, x, axes, epsilon(node, 1e-5));
  return affine(step, n.normed, (h) => throughNorm(emit, h, n, axes, false), gradient);
}

/** The runtime's fused norm of x + skip (+ bias): the norm's gradient, plus that of the sum where it is an output. */
function skipNorm(centre: boolean) {
  return (step: Step): InputGradients => {
    const { node, emit, gradient, gradients, x, y } = step;
    const [skip, weight] = [input(step, 1), input(step, 2)];
    const [beta, bias] = centre ? [input(step, 3), input(step, 4)] : ['', input(step, 3)];
    const added = emit.op('Add', [x, skip]);
    const stream = bias === '' ? added : emit.op('Add', [added, bias]);
    const axes = [emit.rank(x) - 1];
    const n = (centre ? centred : scaled)(emit, stream, axes, epsilon(node, 1e-12));
    const h = emit.op('Mul', [gradient, weight]);
    const through = throughNorm(emit, h, n, axes, centre);
    const direct = gradients[3];
    const total = direct ? emit.op('Add', [through, direct]) : through;
    const toBias = () => emit.sumTo(total, y, bias);
    return [
      () => emit.sumTo(total, y, x),
      () => emit.sumTo(total, y, skip),
      () => emit.sumTo(emit.op('Mul', [gradient, n.normed]), y, weight),
      centre ? () => emit.sumTo(gradient, y, beta) : toBias,
      toBias,
    ];
  };
}

function affine(step: Step, normed: string, back: (h: string) => string, gradient: string): InputGradients {
  const { emit, y } = step;
  const [weight, bias] = [input(step, 1), input(step, 2)];
  return [
    () => back(emit.op('Mul', [gradient, weight])),
    () => emit.sumTo(emit.op('Mul', [gradient, normed]), y, weight),
    () => emit.sumTo(gradient, y, bias),
  ];
}

function throughNorm(emit: Emitter, h: string, n: Normalized, axes: number[], centre: boolean): string {
  const along = emit.op('Mul', [n.normed, emit.mean(emit.op('Mul', [h, n.normed]), axes)]);
  const rest = centre ? emit.op('Sub', [h, emit.mean(h, axes)]) : h;
  return emit.op('Mul', [n.inverse, emit.op('Sub', [rest, along])]);
}

function centred(emit: Emitter, x: string, axes: number[], eps: number): Normalized {
  return scaled(emit, emit.op('Sub', [x, emit.mean(x, axes)]), axes, eps);
}

function scaled(emit: Emitter, x: string, axes: number[], eps: number): Normalized {
  const variance = emit.mean(emit.op('Mul', [x, x]), axes);
  const root = emit.op('Sqrt', [emit.op('Add', [variance, emit.scalar(eps, x)])]);
  const inverse = emit.op('Reciprocal', [root]);
  return { normed: emit.op('Mul', [x, inverse]), inverse };
}

function axesFrom(emit: Emitter, x: string, first: number): number[] {
  return Array.from({ length: emit.rank(x) - first }, (_, i) => first + i);
}

function epsilon(node: OnnxNode, fallback: number): number {
  const attribute = node.attributes.get('epsilon');
  return attribute?.type === 'float' ? attribute.value : fallback;
}

export const NORMALIZATION: Record<string, RuleEntry> = {
  LayerNormalization: { rule: layerNorm },
  RMSNormalization: { rule: rmsNorm },
  SimplifiedLayerNormalization: { rule: rmsNorm },
  'com.microsoft.SkipLayerNormalization': { rule: skipNorm(true) },
  'com.microsoft.SkipSimplifiedLayerNormalization': { rule: skipNorm(false) },
};
