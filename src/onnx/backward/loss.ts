import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import { INT64 } from '../taps';
import type { NewValue } from '../taps';
import { FLOAT } from '../taps';
import { int } from './emitter';
import type { Emitter } from './emitter';
import type { Loss } from './request';

/** A loss as nodes: its values, and the gradient that goes into the tensor that it is made of. */
export interface EmittedLoss {
  loss: string;
  values: string;
  /** d loss / d `lossTensor`, in its shape. */
  gradient: string;
}

/** The tensor of the model that a loss is made of. */
export function lossTensor(loss: Loss): string {
  return loss.kind === 'product' ? loss.tensor : loss.logits;
}

/** The graph inputs that a loss adds. */
export function lossInputs(loss: Loss): NewValue[] {
  switch (loss.kind) {
    case 'cross-entropy':
      return [{ name: loss.labels, elemType: INT64 }];
    case 'product':
      return [{ name: loss.seed, elemType: FLOAT }];
    case 'logit':
    case 'log-probability': {
      const scalars = loss.position === undefined ? [loss.token] : [loss.token, loss.position];
      return scalars.map((name) => ({ name, elemType: INT64, dims: [] }));
    }
  }
}

export function emitLoss(emit: Emitter, loss: Loss): EmittedLoss {
  switch (loss.kind) {
    case 'cross-entropy':
      return crossEntropy(emit, loss.logits, loss.labels);
    case 'product':
      return product(emit, loss.tensor, loss.seed);
    case 'logit':
    case 'log-probability':
      return chosen(emit, loss);
  }
}

/** values = -ln softmax(logits)[label], loss = their mean; d logits = (softmax - one-hot) / count. */
function crossEntropy(emit: Emitter, logits: string, labels: string): EmittedLoss {
  const ahead = emit.op('LogSoftmax', [logits], { axis: int(-1) });
  const counts = emit.op('CastLike', [emit.op('GreaterOrEqual', [labels, emit.int(0)]), logits]);
  const place = emit.unsqueeze(emit.op('Max', [labels, emit.int(0)]), -1);
  const picked = emit.op('GatherElements', [ahead, place], { axis: int(-1) });
  const likelihood = emit.op('Squeeze', [picked, emit.ints([-1])]);
  const values = emit.op('Neg', [emit.op('Mul', [likelihood, counts])]);
  const count = emit.op('ReduceSum', [counts], { keepdims: int(0) });
  const loss = emit.op('Div', [emit.op('ReduceSum', [values], { keepdims: int(0) }), count]);
  const minus = emit.op('Expand', [emit.scalar(-1, logits), emit.op('Shape', [place])]);
  const added = { axis: int(-1), reduction: { type: 'string' as const, value: 'add' } };
  const difference = emit.op('ScatterElements', [emit.op('Exp', [ahead]), place, minus], added);
  const share = emit.unsqueeze(emit.op('Div', [counts, count]), -1);
  return { loss, values, gradient: emit.op('Mul', [difference, share]) };
}

/** values = sum(tensor seed) of each row; d tensor = seed. */
function product(emit: Emitter, tensor: string, seed: string): EmittedLoss {
  const weighted = emit.op('Mul', [tensor, seed]);
  const rest = Array.from({ length: emit.rank(tensor) - 1 }, (_, i) => i + 1);
  const values = rest.length > 0 ? emit.sum(weighted, rest, false) : weighted;
  return { loss: emit.op('ReduceSum', [values], { keepdims: int(0) }), values, gradient: seed };
}

/**
 * values = one logit, or the log of its softmax, of each row; d logits = one-hot, or one-hot - softmax, at the chosen
 * position and zeros at the others.
 */
function chosen(
  emit: Emitter,
  { kind, logits, token, position }: Loss & { kind: 'logit' | 'log-probability' },
): EmittedLoss {
  const rank = emit.rank(logits);
  if (rank !== (position === undefined ? 2 : 3)) {
    throw new ProbeError(
      'model',
      l10n.t('The logits of this model have another shape than this prediction needs.'),
    );
  }
  const row = position === undefined ? logits : emit.op('Gather', [logits, position], { axis: int(1) });
  const scores = kind === 'logit' ? row : emit.op('LogSoftmax', [row], { axis: int(-1) });
  const values = emit.op('Gather', [scores, token], { axis: int(1) });
  const hot = oneHot(emit, token, logits, rank - 1);
  const slope = kind === 'logit' ? hot : emit.op('Sub', [hot, emit.op('Exp', [scores])]);
  const gradient =
    position === undefined
      ? emit.op('Expand', [slope, emit.shapeOf(logits)])
      : atPosition(emit, kind === 'logit' ? slope : emit.unsqueeze(slope, 1), logits, position);
  return { loss: emit.op('ReduceSum', [values], { keepdims: int(0) }), values, gradient };
}

/** [B, 1, V] or [V] put at one position of [B, T, V]. */
function atPosition(emit: Emitter, slope: string, logits: string, position: string): string {
  const column = emit.unsqueeze(oneHot(emit, position, logits, 1), 1);
  return emit.op('Expand', [emit.op('Mul', [slope, column]), emit.shapeOf(logits)]);
}

/** 1 at `index`, an int64 scalar, and 0 elsewhere, as long as an axis of `like`. */
function oneHot(emit: Emitter, index: string, like: string, axis: number): string {
  const size = emit.sizeOf(like, axis);
  const numbers = emit.op('Range', [emit.int(0), emit.op('Squeeze', [size]), emit.int(1)]);
  return emit.op('CastLike', [emit.op('Equal', [numbers, index]), like]);
}
