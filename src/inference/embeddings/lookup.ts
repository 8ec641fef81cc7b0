import * as l10n from '@vscode/l10n';
import type { EnteringSum } from '../../onnx/entering';
import { findEnteringSum } from '../../onnx/entering';
import { ProbeError } from '../../shared/errors';
import { openCut } from '../attribution/graphs';
import { buildFeeds } from '../feeds';
import type { OpenModel } from '../openModel';
import type { GraphPart } from '../parts';
import { throwIfAborted } from '../runner';
import type { ModelInput, RunOptions } from '../runner';
import { runSession } from '../runtime';
import type { TensorData } from '../tensors';
import { batchOfOne } from '../tensors';

export interface EmbeddingOptions extends RunOptions {
  memoryBudgetBytes: number;
}

/** The graph that reads the input's tokens, and how they become what enters its first layer. */
export interface Entrance {
  part: GraphPart;
  /** The hidden state that enters the first layer; null where it was not found. */
  entering: string | null;
  /** Null where the look-up of the tokens was not found. */
  found: EnteringSum | null;
}

/** Ids at a time: a few MB of rows. */
const CHUNK = 1024;

export function entranceOf(model: OpenModel): Entrance {
  const part = model.parts[0] as GraphPart;
  const state = part.hidden.find(({ index, stack }) => index === 0 && stack !== 'decoder') ?? part.hidden[0];
  const entering = state?.tensor ?? null;
  return { part, entering, found: findEnteringSum(part.skeleton.model.graph, entering ?? '') };
}

/** Some tensors of the beginning of a graph, without their batch dimension. */
export async function runStart(
  model: OpenModel,
  part: GraphPart,
  { input, outputs }: { input: ModelInput; outputs: string[] },
  options: RunOptions,
): Promise<TensorData[]> {
  const { addition } = entranceOf(model).found ?? {};
  const session = await openCut(model, part, { outputs, addition }, options);
  const feeds = await buildFeeds(session.inputMetadata, input);
  throwIfAborted(options.signal);
  const found = await runSession(session, feeds, outputs);
  return outputs.map((name) => {
    const tensor = found[name];
    if (!tensor) throw new ProbeError('model', l10n.t('The model did not compute its embeddings.'));
    return batchOfOne(name, tensor, 2);
  });
}

/** Rows of the table of token embeddings, a chunk of ids at a time: [ids, width]. */
export async function* embeddingRows(
  model: OpenModel,
  ids: readonly number[],
  options: RunOptions,
): AsyncGenerator<{ ids: readonly number[]; rows: Float32Array; width: number }> {
  const { part, found } = entranceOf(model);
  if (!found) throw noLookup(model);
  for (let first = 0; first < ids.length; first += CHUNK) {
    const chunk = ids.slice(first, first + CHUNK);
    const request = { input: { ids: chunk }, outputs: [found.token] };
    const [tensor] = await runStart(model, part, request, options);
    if (tensor) yield { ids: chunk, rows: tensor.data, width: tensor.data.length / chunk.length };
  }
}

/** Number of tokens that have an embedding. */
export function tableSize(model: OpenModel): number {
  const { found } = entranceOf(model);
  const size = found?.rows ?? model.facts.vocabulary;
  if (!found || size === null) throw noLookup(model);
  return Math.min(size, model.facts.vocabulary ?? size);
}

function noLookup({ facts }: OpenModel): ProbeError {
  return new ProbeError(
    'model',
    l10n.t`The look-up of the token embeddings was not found in "${facts.name}". Try another export of the model, without fused operators.`,
  );
}
