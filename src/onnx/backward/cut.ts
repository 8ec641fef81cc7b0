import { indexGraph } from '../graph';
import { FLOAT } from '../taps';
import type { GraphAddition } from '../taps';
import { assemble } from './assemble';
import type { GraphModel } from './request';

/** A part of a model: what is needed for some tensors, from the inputs or from tensors that are fed (float32) instead; `addition` makes more tensors. */
export function cutGraph(
  model: GraphModel,
  {
    fed = [],
    outputs,
    addition = {},
  }: { fed?: readonly string[]; outputs: readonly string[]; addition?: GraphAddition },
): { bytes: Uint8Array; inputs: readonly string[] } {
  return assemble(model, indexGraph(model.model.graph), {
    addition,
    fed: fed.map((name) => ({ name, elemType: FLOAT })),
    inputs: [],
    outputs: outputs.map((name) => ({ name })),
  });
}
