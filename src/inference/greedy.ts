import type { Tensor } from 'onnxruntime-node';
import { ProbeError } from '../shared/errors';
import { encoderStatesOf, runLast } from './runner';
import type { Runnable, RunOptions } from './runner';
import { floats } from './tensors';

export interface GreedyRequest {
  ids: number[];
  /** First id of the decoder. */
  start: number;
  /** Ids that end the text. */
  ends: readonly number[];
  /** An id that is never chosen, such as padding. */
  never: number | null;
  maxNewTokens: number;
}

/**
 * Greedy decoding: the most likely token, again and again, until an end token or `maxNewTokens`. The decoder reads its
 * whole text at every step (no cache), so that any export will do. Returns the decoder's ids, start first, end left out.
 */
export async function decodeGreedily(
  model: Runnable,
  { ids, start, ends, never, maxNewTokens }: GreedyRequest,
  options: RunOptions,
): Promise<number[]> {
  const encoderStates = await encoderStatesOf(model, { ids }, options);
  const targetIds = [start];
  while (targetIds.length <= maxNewTokens) {
    const outputs = await runLast(model, { ids, targetIds }, encoderStates, options);
    const next = mostLikely(logitsOf(outputs, targetIds.length), targetIds.length - 1, never);
    if (ends.includes(next)) break;
    targetIds.push(next);
  }
  return targetIds;
}

function logitsOf(outputs: Record<string, Tensor>, length: number): Tensor {
  const { logits } = outputs;
  if (logits?.dims.length === 3 && logits.dims[0] === 1 && logits.dims[1] === length) return logits;
  throw new ProbeError(
    'model',
    'This model predicts no next token (its decoder has no output "logits"). Give a target to analyze.',
  );
}

function mostLikely(logits: Tensor, position: number, never: number | null): number {
  const vocabulary = logits.dims[2] ?? 0;
  const row = floats('logits', logits).subarray(position * vocabulary, (position + 1) * vocabulary);
  let best = -1;
  for (let id = 0; id < row.length; id++) {
    if (id === never) continue;
    if (best < 0 || (row[id] as number) > (row[best] as number)) best = id;
  }
  return best;
}
