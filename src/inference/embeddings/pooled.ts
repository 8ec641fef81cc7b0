import * as l10n from '@vscode/l10n';
import { dot, normalized } from '../../numeric/vectors';
import type { PooledSimilarity } from '../../shared/embeddings';
import { ProbeError } from '../../shared/errors';
import { checkBudget } from '../budget';
import { checkIds } from '../checks';
import type { OpenModel } from '../openModel';
import type { GraphPart } from '../parts';
import type { ModelInput } from '../runner';
import type { EmbeddingOptions } from './lookup';
import { entranceOf, runStart } from './lookup';

const MOST_TEXTS = 64;

/** Cosines of texts by the means of their tokens' vectors, before the first layer and after the last. */
export async function pooled(
  model: OpenModel,
  { inputs }: { inputs: ModelInput[] },
  options: EmbeddingOptions,
): Promise<PooledSimilarity> {
  if (inputs.length < 1 || inputs.length > MOST_TEXTS)
    throw new ProbeError('usage', l10n.t`Give 1 to ${MOST_TEXTS} texts to compare.`);
  const { part, found } = entranceOf(model);
  const last = lastState(part);
  if (!found || last === null) {
    throw new ProbeError(
      'model',
      l10n.t`The hidden states of "${model.facts.name}" were not found. Try another export of the model, without fused operators.`,
    );
  }
  const [tokens, words, states]: [number[], Float64Array[], Float64Array[]] = [[], [], []];
  for (const input of inputs) {
    const { ids } = input;
    checkIds(model.facts, ids, 'token ids');
    checkBudget(model.counts, ids.length, undefined, options.memoryBudgetBytes);
    const request = { input, outputs: [found.token, last] };
    const [embeddings, final] = await runStart(model, part, request, options);
    tokens.push(ids.length);
    words.push(meanRow(embeddings?.data ?? new Float32Array(0), ids.length));
    states.push(meanRow(final?.data ?? new Float32Array(0), ids.length));
  }
  return { tokens, embeddings: cosines(words), last: cosines(states) };
}

/** The last hidden state of the stack that reads the input. */
function lastState({ hidden }: GraphPart): string | null {
  const own = hidden.filter(({ stack }) => stack !== 'decoder');
  return (own.length > 0 ? own : hidden).at(-1)?.tensor ?? null;
}

function meanRow(data: Float32Array, rows: number): Float64Array {
  const width = data.length / rows;
  const mean = new Float64Array(width);
  data.forEach((value, i) => (mean[i % width] = (mean[i % width] as number) + value / rows));
  return mean;
}

function cosines(rows: Float64Array[]): number[] {
  const unit = rows.map(normalized);
  return unit.flatMap((a) => unit.map((b) => dot(a, b)));
}
