import type { AttentionCore } from '../../attention';
import { constantTensor } from '../../constants';
import type { GraphIndex, OnnxNode } from '../../graph';
import { intAttribute } from '../../graph';
import { floatType, fusedScale } from './facts';
import { MICROSOFT, SideBranch } from './sideBranch';

/** ONNX Runtime's `MultiHeadAttention`, with separate or packed query, key and value. */
export function findMultiHead(index: GraphIndex): AttentionCore[] {
  return index.graph.nodes
    .filter((node) => node.opType === 'MultiHeadAttention' && node.domain === MICROSOFT)
    .flatMap((node) => readCore(index, node) ?? []);
}

function readCore(index: GraphIndex, node: OnnxNode): AttentionCore | null {
  const [query = '', key = '', value = '', bias = ''] = node.inputs;
  const branch = new SideBranch(node);
  const width = bias === '' ? 0 : (constantTensor(index, bias)?.dims[0] ?? null);
  if (width === null) return null;
  const heads = intAttribute(node, 'num_heads', 0);
  // The fourth output holds the scores after scale and masks; the runtime cannot infer its type.
  const scores = branch.repeat({}, 'context', 'key', 'value', 'scores');
  branch.state(scores, floatType(index, query));
  return {
    ...{ softmax: node, scores, keyTransposed: false, sink: false },
    weights: branch.softmax(scores, 'weights'),
    query: queryOf(branch, { query, key, bias, size: width / 3, heads }),
    key: branch.name('key'),
    value: branch.name('value'),
    context: node.outputs[0] ?? '',
    scale: fusedScale(node, width ? width / 3 / heads : null),
    folded: { query: 1, key: 1 },
    origin: { query, key: key || query, value: value || key || query },
    addition: branch.addition,
  };
}

interface Parts {
  query: string;
  key: string;
  bias: string;
  /** Width of the query's part of the bias. */
  size: number;
  heads: number;
}

/** The query with its bias, [B, heads, tokens, d]. Packed with key and value it is [B, tokens, heads, 3, d]. */
function queryOf(branch: SideBranch, { query, key, bias, size, heads }: Parts): string {
  if (key === '') {
    const packed = branch.slice(query, 3, 0, 1, 'query.packed');
    const turned = branch.transposed(packed, [0, 2, 1, 3, 4], 'query.turned');
    return branch.op(
      { opType: 'Reshape', inputs: [turned, branch.ints('query.shape', 0, 0, 0, -1)] },
      'query',
    );
  }
  const biased = bias
    ? branch.op(
        { opType: 'Add', inputs: [query, branch.slice(bias, 0, 0, size, 'query.bias')] },
        'query.biased',
      )
    : query;
  return branch.heads(biased, heads, 'query');
}
