import type { AttentionCore } from '../../attention';
import { constantTensor } from '../../constants';
import type { GraphIndex, OnnxNode } from '../../graph';
import { intAttribute } from '../../graph';
import { floatType, fusedScale } from './facts';
import { MICROSOFT, SideBranch } from './sideBranch';

/** ONNX Runtime's `MultiHeadAttention`. Its packed forms have no kernel for the CPU and are not for reading here. */
export function findMultiHead(index: GraphIndex): AttentionCore[] {
  return index.graph.nodes
    .filter((node) => node.opType === 'MultiHeadAttention' && node.domain === MICROSOFT)
    .flatMap((node) => readCore(index, node) ?? []);
}

function readCore(index: GraphIndex, node: OnnxNode): AttentionCore | null {
  const [query = '', key = '', value = '', bias = ''] = node.inputs;
  const branch = new SideBranch(node);
  const width = bias === '' ? 0 : (constantTensor(index, bias)?.dims[0] ?? null);
  const heads = intAttribute(node, 'num_heads', 0);
  if (width === null || width % 3 !== 0 || heads < 1 || key === '' || value === '') return null;
  // The fourth output holds the scores after scale and masks; the runtime cannot infer its type.
  const scores = branch.repeat({}, 'context', 'key', 'value', 'scores');
  branch.state(scores, floatType(index, query));
  return {
    ...{ softmax: node, scores, keyTransposed: false, sink: false },
    weights: branch.softmax(scores, 'weights'),
    query: queryOf(branch, { query, bias, size: width / 3, heads }),
    key: branch.name('key'),
    value: branch.name('value'),
    context: node.outputs[0] ?? '',
    scale: fusedScale(node, width ? width / 3 / heads : null),
    folded: { query: 1, key: 1 },
    origin: { query, key, value },
    addition: branch.addition,
  };
}

interface Parts {
  query: string;
  bias: string;
  /** Width of the query's part of the bias. */
  size: number;
  heads: number;
}

/** The query with its bias, [B, heads, tokens, d]. */
function queryOf(branch: SideBranch, { query, bias, size, heads }: Parts): string {
  if (bias === '') return branch.heads(query, heads, 'query');
  const own = branch.slice(bias, 0, 0, size, 'query.bias');
  return branch.heads(branch.op({ opType: 'Add', inputs: [query, own] }, 'query.biased'), heads, 'query');
}
