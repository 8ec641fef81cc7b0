import type { Activation } from '../shared/block';
import { activationOf, gateOf } from './activation';
import type { AttentionBlock } from './attention';
import { constantTensor } from './constants';
import type { Graph, GraphIndex, OnnxNode } from './graph';
import { indexGraph, intAttribute } from './graph';
import type { Join, Stream } from './stream';
import { backwards, followStream } from './stream';
import type { GraphAddition } from './taps';

/** A sub-layer by what it adds to the residual stream. */
export interface SubLayer {
  what: 'attention' | 'cross-attention' | 'feed-forward';
  stack: AttentionBlock['stack'];
  /** From 0 in its stack: the layer of the self-attention before it. */
  layer: number;
  /** What it is added to, [B, tokens, hidden]. */
  stream: string;
  /** What it adds. */
  added: string;
  /** Computes `added` where the file has no tensor for it; see `withOutputs`. */
  addition?: GraphAddition;
  /** Of a feed-forward network whose inside the graph shows. */
  neurons?: Neurons;
}

export interface Neurons {
  /** The activation function's output, before a gate's product: [B, tokens, width] or [B * tokens, width]. */
  activated: string;
  /** What the second matrix multiplies: the same, times the other half of a gated network. */
  tensor: string;
  activation: Activation;
  /** Activation of one projection times another projection (SwiGLU, GeGLU). */
  gated: boolean;
  /** Null where the weight's shape does not say. */
  width: number | null;
}

/**
 * The sub-layers of every stack in the graph's order, found by what they add to the residual stream: the sum's other term,
 * or each term of it where attention and feed-forward run side by side (GPT-J, Phi). Mixtures of experts have no `neurons`.
 */
export function findSubLayers(graph: Graph, blocks: readonly AttentionBlock[]): SubLayer[] {
  const index = indexGraph(graph);
  return (['encoder', 'decoder', 'unknown-self'] as const).flatMap((stack) => {
    const own = blocks.filter((block) => block.stack === stack || (block.cross && stack === 'decoder'));
    const entering = own.find(({ cross, residual }) => !cross && residual)?.residual;
    return entering ? inStack(index, stack, own, followStream(index, entering)) : [];
  });
}

function inStack(
  index: GraphIndex,
  stack: SubLayer['stack'],
  blocks: readonly AttentionBlock[],
  stream: Stream,
): SubLayer[] {
  const found: SubLayer[] = [];
  let layer = -1;
  for (const join of stream.joins) {
    const terms = termsOf(index, join.branch, stream).map((term) => ({
      ...{ term, work: workBehind(index, term, stream) },
    }));
    const attention = terms.flatMap(({ work }) => attentionIn(index, work, blocks, stream) ?? []);
    layer = attention.find(({ cross }) => !cross)?.layer ?? layer;
    // What is added before the first attention, such as a projected position, is no sub-layer.
    if (layer < 0) continue;
    for (const { term, work } of terms) {
      const block = attentionIn(index, work, blocks, stream);
      const what = block ? (block.cross ? 'cross-attention' : 'attention') : 'feed-forward';
      const neurons = block ? undefined : neuronsOf(index, work, stream);
      found.push({
        ...{ what, stack, layer, stream: join.stream, ...addedBy(index, join, term, found.length) },
        ...(neurons && { neurons }),
      });
    }
  }
  return found;
}

/** The terms of a sum of sub-layers, each of which came through weights of its own; one where there is no such sum. */
function termsOf(index: GraphIndex, branch: string, stream: Stream): string[] {
  const node = index.producer.get(branch);
  if (node?.opType !== 'Add') return [branch];
  const terms = node.inputs.filter((name) => !index.constants.has(name));
  const isSum = terms.length === 2 && terms.every((name) => workBehind(index, name, stream) !== null);
  return isSum ? terms.flatMap((name) => termsOf(index, name, stream)) : [branch];
}

/** What is added: the term itself, or with the bias that ONNX Runtime's fused sum and norm adds on the way. */
function addedBy(
  index: GraphIndex,
  { node }: Join,
  term: string,
  count: number,
): Pick<SubLayer, 'added' | 'addition'> {
  const bias = node.opType === 'SkipLayerNormalization' ? node.inputs[4] : node.inputs[3];
  if (node.opType === 'Add' || !bias || !index.constants.has(bias)) return { added: term };
  const added = `probe/added/${node.index}-${count}`;
  return { added, addition: { nodes: [{ opType: 'Add', inputs: [term, bias], outputs: [added] }] } };
}

/** The last operator with weights that a tensor came through, before norms, casts and reshapes; null if there is none. */
function workBehind(index: GraphIndex, name: string, stream: Stream): OnnxNode | null {
  const [last] = linearBehind(index, name, stream);
  return last ?? null;
}

/** The operators with weights (and attention's) that a tensor came through since the stream, the last one first. */
function linearBehind(index: GraphIndex, name: string, stream: Stream): OnnxNode[] {
  return [...backwards(index, name, stream)]
    .flatMap(({ node, isLinear }) => (isLinear ? [node] : []))
    .sort((a, b) => b.index - a.index);
}

/** The attention whose output this work projects; undefined for other work. */
function attentionIn(
  index: GraphIndex,
  work: OnnxNode | null,
  blocks: readonly AttentionBlock[],
  stream: Stream,
): AttentionBlock | undefined {
  const source = work?.inputs[0];
  if (source === undefined) return undefined;
  const [before] = linearBehind(index, source, stream);
  const isCore = ({ softmax, context }: AttentionBlock) =>
    before !== undefined && (softmax === before || before.outputs.includes(context));
  return blocks.find(isCore);
}

const QUANTIZERS = new Set(['DynamicQuantizeLinear', 'QuantizeLinear', 'Cast']);

/** The inside of a feed-forward network: its second matrix, what that multiplies, and what made it of the first. */
function neuronsOf(index: GraphIndex, work: OnnxNode | null, stream: Stream): Neurons | undefined {
  const input = work?.inputs[0];
  if (!work || input === undefined || !index.constants.has(work.inputs[1] ?? '')) return undefined;
  const maker = index.producer.get(input);
  const tensor = maker && QUANTIZERS.has(maker.opType) ? (maker.inputs[0] ?? input) : input;
  const firsts = linearBehind(index, tensor, stream).filter(({ inputs }) =>
    index.constants.has(inputs[1] ?? ''),
  );
  const between = [...backwards(index, tensor, stream)];
  const isPlain = between.every(({ node, isLinear }) => !isLinear || firsts.includes(node));
  const activation = activationOf(
    index,
    between.flatMap(({ node, isLinear }) => (isLinear ? [] : [node])),
    stream,
  );
  if (!isPlain || firsts.length === 0 || firsts.length > 2 || activation === null) return undefined;
  const gate = gateOf(index, tensor, stream);
  const isSplit = firsts.length === 2 || gate !== null;
  if (isSplit && gate === null) return undefined;
  return {
    ...{ tensor, activated: gate ?? tensor, activation, gated: isSplit },
    width: rowsOf(index, work),
  };
}

/** Operators between a stored matrix and its use. */
const STORED_AS = new Set(['Cast', 'DequantizeLinear', 'Mul', 'Transpose']);

/** Rows of a second matrix: as many as there are neurons. */
function rowsOf(index: GraphIndex, work: OnnxNode): number | null {
  if (work.opType === 'MatMulNBits') return intAttribute(work, 'K', 0) || null;
  let isTurned = intAttribute(work, 'transB', 0) !== 0;
  let name = work.inputs[1] ?? '';
  for (let hops = 0; hops < 4; hops++) {
    const dims = constantTensor(index, name)?.dims;
    if (dims) return (dims.length === 2 ? dims[isTurned ? 1 : 0] : null) ?? null;
    const node = index.producer.get(name);
    if (!node || !STORED_AS.has(node.opType)) return null;
    if (node.opType === 'Transpose') isTurned = !isTurned;
    name = node.inputs[0] ?? '';
  }
  return null;
}
