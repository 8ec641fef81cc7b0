import { indexGraph } from '../graph';
import { assemble } from './assemble';
import { pathOf } from './build';
import { lossTensor } from './loss';
import { raiseOpset } from './raise';
import type { BackwardRequest, GraphModel, Shapes } from './request';

/** A model whose outputs are the shapes of the tensors that gradients will meet. */
export interface Trace {
  bytes: Uint8Array;
  /** Names of its inputs: those of the model that are needed. Nothing is fed in the place of tensors. */
  inputs: readonly string[];
  /** Names of its outputs: int64 [rank], one for each tensor. */
  outputs: readonly string[];
  /** The shapes, from the outputs of a run. */
  read(outputs: Readonly<Record<string, { readonly data: ArrayLike<unknown> }>>): Shapes;
}

/**
 * To be run once for a request, on at least 2 texts of at least 3 tokens if the model takes that: which axes have a size
 * of 1 in that run is taken for what the model always does. The loss's own inputs are not needed.
 */
export function traceGraph(model: GraphModel, request: BackwardRequest): Trace {
  const raised = raiseOpset(model);
  const index = indexGraph(raised.model.graph);
  const { nodes } = pathOf(index, request);
  const met = new Set([
    lossTensor(request.loss),
    ...nodes.flatMap((node) => [...node.inputs, ...node.outputs]),
  ]);
  met.delete('');
  const traced = [...met].map((tensor, i) => ({ tensor, output: `shape/${i}` }));
  const assembled = assemble(raised, index, {
    addition: {
      nodes: traced.map(({ tensor, output }) => ({ opType: 'Shape', inputs: [tensor], outputs: [output] })),
    },
    fed: [],
    inputs: [],
    outputs: traced.map(({ output }) => ({ name: output })),
  });
  return {
    ...assembled,
    outputs: traced.map(({ output }) => output),
    read: (outputs) =>
      new Map(traced.map(({ tensor, output }) => [tensor, Array.from(outputs[output]?.data ?? [], Number)])),
  };
}
