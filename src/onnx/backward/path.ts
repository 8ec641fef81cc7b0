import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import type { Graph, OnnxNode } from '../graph';
import { intAttribute } from '../graph';
import { shown } from '../weights';
import { operatorOf, ruleOf } from './rules';

/** Operators whose outputs do not change with small changes of their inputs, or are no floats. */
const FLAT = new Set([
  ...[
    'Shape',
    'Size',
    'Equal',
    'Greater',
    'GreaterOrEqual',
    'Less',
    'LessOrEqual',
    'Not',
    'And',
    'Or',
    'Xor',
  ],
  ...['IsNaN', 'IsInf', 'ArgMax', 'ArgMin', 'NonZero', 'Sign', 'Floor', 'Ceil', 'Round', 'ConstantOfShape'],
  ...['RandomNormalLike', 'RandomUniformLike', 'EyeLike', 'OneHot', 'Range'],
]);

const FLOAT_TYPES = new Set([1, 10, 11, 16]);

/** The nodes through which gradients flow from a tensor back to those differentiated by. */
export interface GradientPath {
  /** In the graph's order. */
  nodes: OnnxNode[];
  /** Tensors that depend on those differentiated by, and on which the loss depends; both ends included. */
  active: ReadonlySet<string>;
}

/**
 * The nodes between `wrt` and `target`. Tensors of `cut` are made by nobody: what is behind them does not count. Throws
 * ProbeError `model` if an operator on the way has no rule.
 */
export function gradientPath(
  graph: Graph,
  target: string,
  wrt: ReadonlySet<string>,
  cut: ReadonlySet<string>,
): GradientPath {
  const reached = new Set(wrt);
  for (const node of graph.nodes) {
    if (!carries(node, reached)) continue;
    for (const output of node.outputs) if (output !== '' && !cut.has(output)) reached.add(output);
  }
  const active = new Set(reached.has(target) ? [target] : []);
  const nodes: OnnxNode[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => active.has(name) && !cut.has(name)) || !carries(node, reached)) continue;
    if (!ruleOf(node)) throw noRule(node);
    nodes.push(node);
    for (const name of carryingInputs(node)) if (reached.has(name)) active.add(name);
  }
  return { nodes: nodes.reverse(), active };
}

function carries(node: OnnxNode, reached: ReadonlySet<string>): boolean {
  if (FLAT.has(node.opType) && node.domain === '') return false;
  if (node.opType === 'Cast' && !FLOAT_TYPES.has(intAttribute(node, 'to', 1))) return false;
  return carryingInputs(node).some((name) => reached.has(name));
}

function carryingInputs(node: OnnxNode): string[] {
  const positions = ruleOf(node)?.inputs;
  return positions ? positions.flatMap((i) => node.inputs[i] ?? []) : node.inputs;
}

function noRule(node: OnnxNode): ProbeError {
  return new ProbeError(
    'model',
    l10n.t`Gradients do not pass the operator ${shown(operatorOf(node))}, which this model uses. Try an export with plain operators in float32 (such as by optimum, not quantized or fused).`,
  );
}
