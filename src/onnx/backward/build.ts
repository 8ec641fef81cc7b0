import * as l10n from '@vscode/l10n';
import type { GraphIndex, OnnxNode } from '../graph';
import { indexGraph } from '../graph';
import { FLOAT } from '../taps';
import type { NewValue } from '../taps';
import { ProbeError } from '../../shared/errors';
import { assemble } from './assemble';
import { Emitter } from './emitter';
import { emitLoss, lossInputs, lossTensor } from './loss';
import { gradientPath } from './path';
import type { GradientPath } from './path';
import { raiseOpset } from './raise';
import type { Backward, BackwardRequest, GraphModel, Shapes } from './request';
import { ruleOf } from './rules';

/**
 * The model with the gradients of a loss, by reverse-mode differentiation of its graph: one rule for each node between
 * the loss and the tensors that it is differentiated by, from the last node to the first; where several nodes read a
 * tensor their gradients are added. `shapes` come from a run of `traceGraph` for the same request.
 *
 * An empty `wrt` asks for the loss alone. Throws ProbeError `model` if an operator on the way has no rule, or if the loss depends on none of `wrt`.
 */
export function buildBackward(model: GraphModel, request: BackwardRequest, shapes: Shapes): Backward {
  const raised = raiseOpset(model);
  const index = indexGraph(raised.model.graph);
  const path = pathOf(index, request);
  const emit = new Emitter(raised.model.graph, shapes);
  const { loss, values, gradient } = emitLoss(emit, request.loss);
  const found = propagate(index, path, emit, new Map([[lossTensor(request.loss), [gradient]]]));
  const gradients = new Map<string, string>();
  for (const name of request.wrt) {
    const total = sumOf(emit, found.get(name));
    if (total !== null) gradients.set(name, emit.op('Identity', [total]));
  }
  if (gradients.size === 0 && request.wrt.length > 0) throw independent();
  const outputs = [loss, values, ...gradients.values(), ...(request.outputs ?? [])];
  const assembled = assemble(raised, index, {
    addition: emit,
    fed: fedInputs(index, request),
    inputs: lossInputs(request.loss),
    outputs: [...new Set(outputs)].map((name) => ({ name })),
  });
  return { ...assembled, loss, values, gradients };
}

/** The nodes that the gradient passes. */
export function pathOf(index: GraphIndex, { loss, wrt, fed = [] }: BackwardRequest): GradientPath {
  const path = gradientPath(index.graph, lossTensor(loss), new Set(wrt), new Set(fed));
  if (path.active.size === 0 && wrt.length > 0) throw independent();
  return path;
}

/** Tensors that become inputs, with the sizes that initializers have. */
function fedInputs({ initializers }: GraphIndex, { fed = [] }: BackwardRequest): NewValue[] {
  return fed.map((name) => {
    const dims = initializers.get(name)?.dims;
    return { name, elemType: FLOAT, ...(dims && { dims }) };
  });
}

/** Contributions to the gradient of every tensor, after all nodes of the path. */
function propagate(
  index: GraphIndex,
  path: GradientPath,
  emit: Emitter,
  found: Map<string, string[]>,
): Map<string, string[]> {
  for (const node of path.nodes.toReversed()) {
    const gradients = node.outputs.map((name) => {
      const total = sumOf(emit, found.get(name));
      if (total !== null) found.set(name, [total]);
      return total;
    });
    if (gradients.every((gradient) => gradient === null)) continue;
    const parts = inputGradients(index, emit, node, gradients);
    for (const [i, name] of node.inputs.entries()) {
      if (!carriesTo(node, i) || !path.active.has(name)) continue;
      const part = parts[i]?.();
      if (part !== undefined) found.set(name, [...(found.get(name) ?? []), part]);
    }
  }
  return found;
}

function inputGradients(index: GraphIndex, emit: Emitter, node: OnnxNode, gradients: (string | null)[]) {
  const [x = '', y = ''] = [node.inputs[0], node.outputs[0]];
  const gradient = gradients[0] ?? emit.zerosLike(y);
  const rule = ruleOf(node)?.rule;
  return rule ? rule({ node, index, emit, gradient, gradients, x, y }) : [];
}

function carriesTo(node: OnnxNode, i: number): boolean {
  const positions = ruleOf(node)?.inputs;
  return node.inputs[i] !== '' && (positions?.includes(i) ?? true);
}

function sumOf(emit: Emitter, parts: readonly string[] | undefined): string | null {
  if (!parts || parts.length === 0) return null;
  return parts.length === 1 ? (parts[0] as string) : emit.op('Sum', [...parts]);
}

function independent(): ProbeError {
  return new ProbeError(
    'model',
    l10n.t('This prediction does not depend on what it is to be explained or trained by.'),
  );
}
