import { decodeModel } from '../decode';
import { appendGraph, FLOAT } from '../taps';
import type { NewNode, NewTensor } from '../taps';
import type { GraphModel } from '../backward';
import { raiseOpset } from '../backward';
import type { Pooling } from '../../shared/training';

/** Graph inputs of the classifier: weight [width, classes] and bias [classes]. */
export const HEAD_WEIGHT = 'probe/classifier.weight';
export const HEAD_BIAS = 'probe/classifier.bias';
/** One vector a text, [batch, width], and its logits [batch, classes]. */
export const POOLED = 'probe/pooled';
export const LOGITS = 'probe/logits';
export const MASK = 'attention_mask';

/**
 * The model in opset 18 or later with a linear classifier behind hidden states [batch, tokens, width], of which the mean
 * is taken: logits = pooled weight + bias. What is pooled is what the attention mask (1 for a token, 0 for padding on the
 * right) leaves: the first token, the mean of all, or the last.
 */
export function withClassifier(model: GraphModel, hidden: readonly string[], pooling: Pooling): GraphModel {
  const raised = raiseOpset(model);
  const { nodes, initializers } = poolingNodes('probe/states', pooling);
  nodes.unshift({ opType: 'Mean', inputs: [...hidden], outputs: ['probe/states'] });
  nodes.push(
    { opType: 'MatMul', inputs: [POOLED, HEAD_WEIGHT], outputs: ['probe/products'] },
    { opType: 'Add', inputs: ['probe/products', HEAD_BIAS], outputs: [LOGITS] },
  );
  const bytes = appendGraph(raised.bytes, {
    nodes,
    initializers,
    inputs: [
      { name: HEAD_WEIGHT, elemType: FLOAT },
      { name: HEAD_BIAS, elemType: FLOAT },
    ],
    outputs: [{ name: POOLED }, { name: LOGITS }],
  });
  return { bytes, model: decodeModel(bytes).model };
}

function poolingNodes(hidden: string, pooling: Pooling): { nodes: NewNode[]; initializers: NewTensor[] } {
  const one = { name: 'probe/one', dims: [1], data: BigInt64Array.of(1n) };
  const zero = { name: 'probe/zero', dims: [], data: BigInt64Array.of(0n) };
  const axis = { name: 'probe/axis', dims: [], data: BigInt64Array.of(1n) };
  if (pooling === 'first') {
    const attributes = { axis: { type: 'int' as const, value: 1 } };
    const gather = { opType: 'Gather', inputs: [hidden, zero.name], outputs: [POOLED], attributes };
    return { nodes: [gather], initializers: [zero] };
  }
  const shares = pooling === 'mean' ? meanShares() : lastShares();
  const nodes: NewNode[] = [
    { opType: 'Cast', inputs: [MASK], outputs: ['probe/mask'], attributes: TO_FLOAT },
    { opType: 'ReduceSum', inputs: ['probe/mask', one.name], outputs: ['probe/tokens'] },
    ...shares,
    { opType: 'Unsqueeze', inputs: ['probe/shares', one.name], outputs: ['probe/row'] },
    { opType: 'MatMul', inputs: ['probe/row', hidden], outputs: ['probe/rows'] },
    { opType: 'Squeeze', inputs: ['probe/rows', one.name], outputs: [POOLED] },
  ];
  return { nodes, initializers: pooling === 'mean' ? [one] : [one, axis] };
}

/** [batch, tokens]: 1 / tokens at each token. */
function meanShares(): NewNode[] {
  return [{ opType: 'Div', inputs: ['probe/mask', 'probe/tokens'], outputs: ['probe/shares'] }];
}

/** [batch, tokens]: 1 at the last token, where the running count of tokens reaches the whole count. */
function lastShares(): NewNode[] {
  return [
    { opType: 'CumSum', inputs: ['probe/mask', 'probe/axis'], outputs: ['probe/running'] },
    { opType: 'Equal', inputs: ['probe/running', 'probe/tokens'], outputs: ['probe/reached'] },
    { opType: 'Cast', inputs: ['probe/reached'], outputs: ['probe/ends'], attributes: TO_FLOAT },
    { opType: 'Mul', inputs: ['probe/ends', 'probe/mask'], outputs: ['probe/shares'] },
  ];
}

const TO_FLOAT = { to: { type: 'int' as const, value: FLOAT } };
