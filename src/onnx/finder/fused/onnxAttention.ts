import type { AttentionCore } from '../../attention';
import type { GraphIndex, OnnxNode } from '../../graph';
import { intAttribute } from '../../graph';
import { fusedScale, isCapped } from './facts';
import { SideBranch } from './sideBranch';

/** Values of `qk_matmul_output_mode` (https://onnx.ai/onnx/operators/onnx__Attention.html). */
const MASKED_SCORES = 2;
const WEIGHTS = 3;

/** ONNX's own `Attention` (opset 23 and later), as the dynamo exporter writes it. */
export function findOnnxAttention(index: GraphIndex): AttentionCore[] {
  return index.graph.nodes
    .filter((node) => node.opType === 'Attention' && node.domain === '')
    .map((node) => readCore(node));
}

function readCore(node: OnnxNode): AttentionCore {
  const branch = new SideBranch(node);
  const [query = '', key = '', value = '', , pastKey = ''] = node.inputs;
  const mode = (value: number) => ({ qk_matmul_output_mode: { type: 'int' as const, value } });
  // The operator gives keys and values back, its own and the cached ones, where there is a cache.
  const cached = pastKey === '' ? ['', ''] : ['key', 'value'];
  const weights = branch.repeat(mode(WEIGHTS), 'context', ...cached, 'weights');
  const scores = branch.repeat(mode(MASKED_SCORES), 'context2', '', '', 'scores');
  const heads = {
    query: intAttribute(node, 'q_num_heads', 0),
    key: intAttribute(node, 'kv_num_heads', 0),
  };
  const split = (name: string, count: number, what: string) =>
    count > 0 ? branch.heads(name, count, what) : name;
  const capped = isCapped(node);
  return {
    ...{ softmax: node, weights, scores, keyTransposed: false, sink: false },
    query: split(query, heads.query, 'query'),
    key: pastKey ? branch.name('key') : split(key, heads.key, 'key'),
    value: pastKey ? branch.name('value') : split(value, heads.key, 'value'),
    context: node.outputs[0] ?? '',
    scale: capped ? null : fusedScale(node, null),
    folded: { query: 1, key: 1 },
    origin: { query, key, value },
    addition: branch.addition,
  };
}
