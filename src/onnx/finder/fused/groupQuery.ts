import type { AttentionCore } from '../../attention';
import { constantTensor } from '../../constants';
import type { GraphIndex, OnnxNode } from '../../graph';
import { intAttribute } from '../../graph';
import { fusedScale, inputSize, isCapped } from './facts';
import type { NewAttribute } from '../../taps';
import { MICROSOFT, SideBranch } from './sideBranch';

/** Values of `qk_output`: the scores before the softmax (masked ones are 0), the weights behind it. */
const SCORES = 1;
const WEIGHTS = 2;

/** TensorProto.DataType. */
const BOOL = 9;

/** Positions of inputs beyond the first. */
const [PAST_KEY, PAST_VALUE, COS, SIN, POSITIONS, SINK] = [3, 4, 7, 8, 9, 11] as const;

/**
 * ONNX Runtime's `GroupQueryAttention`: causal, with a cache, as onnxruntime-genai's model builder writes it. Rotary
 * embedding and the split of packed query, key and value may be inside. Keys and values have fewer heads than queries.
 */
export function findGroupQuery(index: GraphIndex): AttentionCore[] {
  return index.graph.nodes
    .filter((node) => node.opType === 'GroupQueryAttention' && node.domain === MICROSOFT)
    .map((node) => readCore(index, node));
}

function readCore(index: GraphIndex, node: OnnxNode): AttentionCore {
  // The cache is empty, and the runtime may hand its buffer on to what is larger: the repetition does without.
  const uncached = node.inputs.map((name, i) => (i === PAST_KEY || i === PAST_VALUE ? '' : name));
  const branch = new SideBranch(node, uncached);
  const [query = '', key = '', value = ''] = node.inputs;
  const weights = branch.repeat(mode(WEIGHTS), 'context', 'key', 'value', 'weights');
  return {
    ...{ softmax: node, weights, keyTransposed: false },
    scores: scoresOf(branch, weights),
    query: queryOf(index, branch, node),
    key: branch.name('key'),
    value: branch.name('value'),
    context: node.outputs[0] ?? '',
    scale: isCapped(node) ? null : fusedScale(node, inputSize(index, node.inputs[PAST_KEY], 3)),
    folded: { query: 1, key: 1 },
    origin: { query, key: key || query, value: value || query },
    sink: Boolean(node.inputs[SINK]) || intAttribute(node, 'smooth_softmax', 0) === 1,
    addition: branch.addition,
  };
}

function mode(value: number): Record<string, NewAttribute> {
  return { qk_output: { type: 'int', value } };
}

/** The operator's own scores are 0 where they are masked: minus infinity (the logarithm of 0) takes their place. */
function scoresOf(branch: SideBranch, weights: string): string {
  const raw = branch.repeat(mode(SCORES), 'context2', 'key2', 'value2', 'scores.raw');
  const zero = branch.op({ opType: 'Sub', inputs: [weights, weights] }, 'zero');
  const masked = branch.op({ opType: 'Log', inputs: [zero] }, 'scores.masked');
  const toBool = { to: { type: 'int' as const, value: BOOL } };
  const reached = branch.op({ opType: 'Cast', inputs: [weights], attributes: toBool }, 'reached');
  return branch.op({ opType: 'Where', inputs: [reached, raw, masked] }, 'scores');
}

/** The query as it enters the product, [B, heads, tokens, d]. */
function queryOf(index: GraphIndex, branch: SideBranch, node: OnnxNode): string {
  const heads = intAttribute(node, 'num_heads', 0);
  const packed = !node.inputs[1];
  const all = heads + (packed ? 2 * intAttribute(node, 'kv_num_heads', 0) : 0);
  const split = branch.heads(node.inputs[0] ?? '', all, packed ? 'parts' : 'query.still');
  const still = packed ? branch.slice(split, 1, 0, heads, 'query.still') : split;
  return intAttribute(node, 'do_rotary', 0) ? rotated(index, branch, node, still) : still;
}

/** Positions count from 0, as the cache is empty. */
function rotated(index: GraphIndex, branch: SideBranch, node: OnnxNode, query: string): string {
  const [cos = '', sin = ''] = [node.inputs[COS], node.inputs[SIN]];
  const positions = node.inputs[POSITIONS] || branch.ints('query.from', 0);
  const half = constantTensor(index, cos)?.dims[1] ?? 0;
  const int = (value: number) => ({ type: 'int' as const, value });
  const attributes = {
    interleaved: int(intAttribute(node, 'rotary_interleaved', 0)),
    num_heads: int(intAttribute(node, 'num_heads', 0)),
    rotary_embedding_dim: int(2 * half),
  };
  const inputs = [query, positions, cos, sin];
  return branch.op({ opType: 'RotaryEmbedding', domain: MICROSOFT, inputs, attributes }, 'query');
}
