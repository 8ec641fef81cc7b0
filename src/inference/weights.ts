import * as l10n from '@vscode/l10n';
import type { Tensor } from 'onnxruntime-node';
import type { AttentionKind } from '../shared/attention';
import { ProbeError } from '../shared/errors';
import { floats } from './tensors';
import type { LayerWeights } from './tiles';

/** How far a row of attention weights may be from summing to 1: half-precision softmax stays well inside. */
const ROW_SUM_TOLERANCE = 1e-3;

export interface ExpectedWeights {
  kind: AttentionKind;
  layer: number;
  queries: number;
  keys: number;
  /** A sink takes part in the softmax: rows sum to less than 1. */
  sink?: boolean;
}

/**
 * A tapped tensor as attention weights [heads, queries, keys]: from [1, heads, queries, keys] or [heads, queries,
 * keys]. Fails where the tensor is not what the graph promised: another shape, not finite, or rows that do not sum to
 * 1 (rows of a fully masked query are all 0).
 */
export function attentionWeights(expected: ExpectedWeights, tensor: Tensor): LayerWeights {
  const { kind, layer, queries, keys } = expected;
  const dims = tensor.dims.length === 4 && tensor.dims[0] === 1 ? tensor.dims.slice(1) : [...tensor.dims];
  const [heads = 0] = dims;
  if (dims.length !== 3 || heads < 1 || dims[1] !== queries || dims[2] !== keys) {
    throw badWeights(
      expected,
      l10n.t`its shape is [${tensor.dims.join(', ')}], expected heads x ${queries} x ${keys}`,
    );
  }
  const weights = floats(`${kind} attention ${layer}`, tensor);
  checkRows(expected, weights);
  return { kind, layer, heads, queries, keys, weights };
}

function checkRows(expected: ExpectedWeights, weights: Float32Array): void {
  const { keys, sink = false } = expected;
  for (let start = 0; start < weights.length; start += keys) {
    let sum = 0;
    let least = 0;
    for (let i = start; i < start + keys; i++) {
      const weight = weights[i] as number;
      sum += weight;
      if (weight < least) least = weight;
    }
    const masked = sum === 0 && least === 0;
    const whole = sink ? sum - 1 <= ROW_SUM_TOLERANCE : Math.abs(sum - 1) <= ROW_SUM_TOLERANCE;
    // Written so that NaN fails, too.
    if (!(masked || (least === 0 && whole))) {
      throw badWeights(
        expected,
        sink ? l10n.t('a row sums to more than 1') : l10n.t('a row does not sum to 1'),
      );
    }
  }
}

function badWeights({ kind, layer }: ExpectedWeights, why: string): ProbeError {
  return new ProbeError(
    'model',
    l10n.t`The ${kind} attention of layer ${layer} is not readable in this model: ${why}. Try another export of the model.`,
  );
}

/** True where no query looks at a later position: every weight above the diagonal is exactly 0. */
export function isCausal({ heads, queries, keys, weights }: LayerWeights): boolean {
  for (let row = 0; row < heads * queries; row++) {
    const query = row % queries;
    for (let key = query + 1; key < keys; key++) {
      if (weights[row * keys + key] !== 0) return false;
    }
  }
  return true;
}
