import type { AttentionCore } from './attention';
import type { GraphIndex } from './graph';

/** What rearranges numbers without changing them. */
const REARRANGING = new Set(['Transpose', 'Reshape', 'Identity', 'Cast', 'Flatten', 'Squeeze', 'Unsqueeze']);
const MOST_STEPS = 16;

/** The outputs of all heads side by side, [..., heads * size]: what the layer's output projection reads. */
export function concatenatedHeads(index: GraphIndex, { context }: Pick<AttentionCore, 'context'>): string {
  let name = context;
  for (let step = 0; step < MOST_STEPS; step++) {
    const next = index.consumers.get(name)?.find(({ opType }) => REARRANGING.has(opType));
    if (next?.inputs[0] !== name) break;
    name = next.outputs[0] ?? name;
  }
  return name;
}
