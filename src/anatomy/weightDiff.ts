import * as l10n from '@vscode/l10n';
import type { WeightChange } from '../shared/anatomy';
import { ProbeError } from '../shared/errors';
import { parametersOf } from './compare';
import type { OpenedModel, RawTensor } from './raw';
import type { Values } from './values';
import { matrixOf, readValues } from './values';

export interface WeightDiffOptions {
  signal?: AbortSignal;
  /** After each tensor: the part of all parameters that is done, 0 to 1. */
  onProgress?: (done: number, change: WeightChange) => void;
}

/**
 * How far the weights of two checkpoints of one architecture are apart, tensor by tensor: ||a - b|| / ||a||. Reads both
 * in ranges. Tensors that are not in both with the same shape are left out; see `diffStructure` for those. Throws
 * ProbeError `model` if nothing is left, or a tensor cannot be read.
 */
export async function diffWeights(
  left: OpenedModel,
  right: OpenedModel,
  options: WeightDiffOptions = {},
): Promise<WeightChange[]> {
  const pairs = pairUp(left, right);
  if (pairs.length === 0) throw new ProbeError('model', l10n.t('The two models have no tensor in common.'));
  const total = pairs.reduce((sum, { parameters }) => sum + parameters, 0);
  const changes: WeightChange[] = [];
  let done = 0;
  for (const { name, parameters, a, b } of pairs) {
    const relative = await relativeChange(left, a, right, b, options.signal);
    const change = { name, parameters, relative };
    changes.push(change);
    options.onProgress?.((done += parameters) / total, change);
  }
  return changes;
}

interface Pair {
  name: string;
  parameters: number;
  a: RawTensor;
  b: RawTensor;
}

function pairUp(left: OpenedModel, right: OpenedModel): Pair[] {
  const others = new Map(parametersOf(right.anatomy).map(({ name, tensor }) => [name, tensor]));
  return parametersOf(left.anatomy).flatMap(({ name, tensor }) => {
    const other = others.get(name);
    const a = left.raw.tensors[left.anatomy.tensors.indexOf(tensor)];
    const b = other && right.raw.tensors[right.anatomy.tensors.indexOf(other)];
    if (!a || !b || !sameMatrix(a, b)) return [];
    return [{ name, parameters: tensor.parameters, a, b }];
  });
}

function sameMatrix(a: RawTensor, b: RawTensor): boolean {
  const [left, right] = [matrixOf(a), matrixOf(b)];
  return left.rows === right.rows && left.columns === right.columns;
}

async function relativeChange(
  left: OpenedModel,
  a: RawTensor,
  right: OpenedModel,
  b: RawTensor,
  signal?: AbortSignal,
): Promise<number | null> {
  const others = new Puller(readValues(right.raw, b, signal));
  let difference = 0;
  let norm = 0;
  for await (const part of readValues(left.raw, a, signal)) {
    for (let i = 0; i < part.length; i++) {
      if (others.isEmpty) await others.refill();
      const value = part[i] as number;
      const away = value - others.take();
      difference += away * away;
      norm += value * value;
    }
  }
  if (norm === 0) return difference === 0 ? 0 : null;
  return Math.sqrt(difference / norm);
}

/** Hands out numbers one by one from parts of any length. */
class Puller {
  private part: Values = new Float32Array(0);
  private at = 0;

  constructor(private readonly parts: AsyncGenerator<Values>) {}

  get isEmpty(): boolean {
    return this.at === this.part.length;
  }

  async refill(): Promise<void> {
    const next = await this.parts.next();
    if (next.done) throw new ProbeError('model', l10n.t('A tensor has fewer values than its shape says.'));
    this.part = next.value;
    this.at = 0;
  }

  take(): number {
    return this.part[this.at++] as number;
  }
}
