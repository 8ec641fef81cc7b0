import type { AttentionBlock } from './attention';
import { constantTensor } from './constants';
import type { Graph, GraphIndex, OnnxNode } from './graph';
import { indexGraph } from './graph';
import { followStream } from './stream';

export interface HiddenState {
  stack: AttentionBlock['stack'];
  /** Counted from 0: what enters layer `index`; the last one is what the last layer leaves. */
  index: number;
  /** [B, tokens, hidden]. */
  tensor: string;
}

const NORM_OPS = new Set(['LayerNormalization', 'SimplifiedLayerNormalization', 'RMSNormalization']);

/**
 * The hidden states of every stack: the residual stream as it enters each layer's self-attention, and last what leaves
 * the stack, after the final norm where there is one. These are the `hidden_states` of Hugging Face models, first
 * (embeddings) to last; models that keep their last state in front of the final norm (ViT) differ in the last one.
 */
export function findHiddenStates(graph: Graph, blocks: readonly AttentionBlock[]): HiddenState[] {
  const index = indexGraph(graph);
  const states: HiddenState[] = [];
  for (const stack of ['encoder', 'decoder', 'unknown-self'] as const) {
    const entering = blocks
      .filter((block) => block.stack === stack && !block.cross)
      .flatMap((block) => block.residual ?? []);
    const last = entering.at(-1);
    const tensors = last === undefined ? [] : [...entering, leaving(index, last)];
    states.push(...tensors.map((tensor, i) => ({ stack, index: i, tensor })));
  }
  return states;
}

/** Where the stream `entering` the last layer ends: its last sum, then the norm behind it. */
function leaving(index: GraphIndex, entering: string): string {
  return normOf(index, followStream(index, entering).joins.at(-1)?.node.outputs[0] ?? entering);
}

/** The output of the layer norm or RMS norm that reads `stream`, its weight and bias applied; else `stream` itself. */
function normOf(index: GraphIndex, stream: string): string {
  const fused = (index.consumers.get(stream) ?? []).find((node) => NORM_OPS.has(node.opType));
  if (fused) return fused.outputs[0] ?? stream;
  const normed = division(index, stream);
  return normed === null ? stream : affine(index, affine(index, normed, 'Mul'), 'Add');
}

/** The Div or Mul that puts a stream in relation to its own root mean square; null if there is none nearby. */
function division(index: GraphIndex, stream: string): string | null {
  const centred = new Set([stream]);
  const rooted = new Set<string>();
  const waiting = [stream];
  for (let steps = 0; waiting.length > 0 && steps < 32; steps++) {
    for (const node of index.consumers.get(waiting.shift() as string) ?? []) {
      const output = node.outputs[0] ?? '';
      if (['Mul', 'Div'].includes(node.opType) && joinsRoot(node, centred, rooted)) return output;
      if (centred.has(output) || rooted.has(output)) continue;
      if (['Sqrt', 'Reciprocal'].includes(node.opType)) rooted.add(output);
      else if (node.opType === 'Div' && rooted.has(node.inputs[1] ?? '')) rooted.add(output);
      else if (['Cast', 'Sub'].includes(node.opType)) centred.add(output);
      else if (!STATISTICS_OPS.has(node.opType)) continue;
      waiting.push(output);
    }
  }
  return null;
}

const STATISTICS_OPS = new Set(['Pow', 'Mul', 'ReduceMean', 'Add']);

function joinsRoot(node: OnnxNode, centred: ReadonlySet<string>, rooted: ReadonlySet<string>): boolean {
  return node.inputs.some((name) => centred.has(name)) && node.inputs.some((name) => rooted.has(name));
}

/** The output of `opType` with a constant vector, past a cast; `name` itself if nothing like that reads it. */
function affine(index: GraphIndex, name: string, opType: 'Mul' | 'Add'): string {
  const next = index.consumers.get(name) ?? [];
  const found = next.find(
    (node) => node.opType === opType && node.inputs.some((input) => isVector(index, input)),
  );
  if (found) return found.outputs[0] ?? name;
  const cast = next.length === 1 && next[0]?.opType === 'Cast' ? next[0].outputs[0] : undefined;
  return cast === undefined ? name : affine(index, cast, opType);
}

function isVector(index: GraphIndex, name: string): boolean {
  const dims = constantTensor(index, name)?.dims;
  return dims?.length === 1 && (dims[0] as number) > 1;
}
