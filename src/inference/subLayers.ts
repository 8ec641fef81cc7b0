import * as l10n from '@vscode/l10n';
import type { Tensor } from 'onnxruntime-node';
import type { MeasuredNeurons, MeasuredSubLayer } from '../shared/block';
import { ProbeError } from '../shared/errors';
import { norm } from '../numeric/vectors';
import { findSubLayers } from '../onnx/subLayers';
import type { Neurons, SubLayer } from '../onnx/subLayers';
import { kindOf } from './parts';
import type { GraphPart } from './parts';
import { runTapped } from './runner';
import type { ModelInput, Runnable, RunOptions } from './runner';
import { floats } from './tensors';

const BYTES = 4;
/** Part of the sum of squares that `half` is about. */
const HALF = 0.5;

/**
 * What every attention and feed-forward network of a model adds to the residual stream of a text, and how many neurons
 * take part, token by token. Nothing is kept.
 */
export async function measureSubLayers(
  model: Runnable,
  input: ModelInput,
  options: RunOptions & { memoryBudgetBytes: number },
): Promise<MeasuredSubLayer[]> {
  const found = new Map(
    model.parts.map((part) => [part, findSubLayers(part.skeleton.model.graph, part.blocks)]),
  );
  const measured: MeasuredSubLayer[] = [];
  const tapping = {
    name: 'sub-layers',
    of: (part: GraphPart) => {
      const layers = found.get(part) ?? [];
      checkSize(layers, Math.max(input.ids.length, input.targetIds?.length ?? 0), options.memoryBudgetBytes);
      return {
        tensors: layers.flatMap(tensorsOf),
        additions: layers.flatMap(({ addition }) => addition ?? []),
      };
    },
    read: (part: GraphPart, outputs: Record<string, Tensor>) => {
      for (const layer of found.get(part) ?? []) measured.push(measure(part, layer, model, outputs));
    },
  };
  await runTapped(model, input, options, tapping);
  return measured;
}

function tensorsOf({ stream, added, neurons }: SubLayer): string[] {
  return [stream, added, ...(neurons ? [neurons.tensor, neurons.activated] : [])];
}

function checkSize(layers: readonly SubLayer[], tokens: number, budget: number): void {
  const width = layers.reduce(
    (sum, { neurons }) => sum + (neurons?.width ?? 0) * (neurons?.gated ? 2 : 1),
    0,
  );
  if (BYTES * width * tokens <= budget) return;
  throw new ProbeError(
    'input',
    l10n.t`The neurons of ${tokens} tokens do not fit the memory budget. Use a text of at most ${Math.floor(budget / (BYTES * width))} tokens, or raise the budget.`,
  );
}

function measure(
  part: GraphPart,
  { what, stack, layer, stream, added, neurons }: SubLayer,
  { lone }: Runnable,
  outputs: Record<string, Tensor>,
): MeasuredSubLayer {
  const kind = kindOf(part, { stack }, lone);
  return {
    ...{ what, layer, stack: kind === 'decoder' ? 'decoder' : 'encoder' },
    stream: rowsOf(outputs, stream).map(norm),
    added: rowsOf(outputs, added).map(norm),
    ...(neurons && { neurons: measureNeurons(neurons, outputs) }),
  };
}

function measureNeurons(
  { tensor, activated, activation, gated }: Neurons,
  outputs: Record<string, Tensor>,
): MeasuredNeurons {
  const rows = rowsOf(outputs, tensor);
  const active = rowsOf(outputs, activated).map(
    (row) => row.reduce((count, value) => count + Number(value > 0), 0) / row.length,
  );
  return { activation, gated, width: rows[0]?.length ?? 0, active, half: rows.map(halfOf) };
}

/** The tokens' vectors: a batch of one, whether the batch has an axis of its own or not. */
function rowsOf(outputs: Record<string, Tensor>, name: string): Float32Array[] {
  const tensor = outputs[name];
  if (!tensor) throw new ProbeError('model', l10n.t`The model did not compute its tensor "${name}".`);
  const values = floats(name, tensor);
  const width = tensor.dims.at(-1) ?? 1;
  return Array.from({ length: values.length / width }, (_, row) =>
    values.subarray(row * width, (row + 1) * width),
  );
}

/** The smallest part of a vector's entries whose squares are half of all. */
function halfOf(row: Float32Array): number {
  const squares = Float64Array.from(row, (value) => value * value)
    .sort()
    .reverse();
  const half = HALF * squares.reduce((sum, square) => sum + square, 0);
  let [sum, count] = [0, 0];
  while (sum < half && count < squares.length) sum += squares[count++] as number;
  return count / squares.length;
}
