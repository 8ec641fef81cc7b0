import * as l10n from '@vscode/l10n';
import { dot } from '../../numeric/vectors';
import { ProbeError } from '../../shared/errors';
import type { SentencePooling } from '../../shared/tasks';
import type { Tensor } from './forward';

/** One vector for a text's hidden states [tokens, width], special tokens included as in the sentence-transformers library. */
export function pool({ shape, data }: Tensor, pooling: Exclude<SentencePooling, 'own'>): number[] {
  const [tokens = 0, width = 0] = shape;
  const rowAt = (token: number) => Array.from(data.subarray(token * width, (token + 1) * width));
  if (pooling === 'first') return rowAt(0);
  if (pooling === 'last') return rowAt(tokens - 1);
  const mean = new Array<number>(width).fill(0);
  for (let i = 0; i < tokens * width; i++) mean[i % width] = (mean[i % width] ?? 0) + (data[i] ?? 0) / tokens;
  return mean;
}

/** What a classifier's last layer read: its own vector, or of one a token the last token's. */
export function headVector(head: Tensor | undefined): number[] | null {
  if (!head) return null;
  return head.shape.length > 1 ? pool(head, 'last') : Array.from(head.data);
}

/** The dot products of every two vectors, row by row: of normalized ones, the cosines. */
export function pairwise(vectors: readonly ArrayLike<number>[]): number[] {
  return vectors.flatMap((a) => vectors.map((b) => dot(a, b)));
}

/** The model's last hidden states [tokens, width]. Throws ProbeError where the graph keeps them to itself. */
export function lastHidden(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  for (const own of ['last_hidden_state', 'token_embeddings', 'encoder.last_hidden_state']) {
    const found = tensors.get(own);
    if (found?.shape.length === 2) return found;
  }
  const numbered = [...tensors.entries()].flatMap(([key, tensor]) => {
    const [, index] = /^(?:encoder|decoder)\.hidden\.(\d+)$/.exec(key) ?? [];
    return index === undefined
      ? []
      : [{ index: Number(index), isEncoder: key.startsWith('encoder'), tensor }];
  });
  const stack = numbered.some(({ isEncoder }) => isEncoder);
  const last = numbered.filter(({ isEncoder }) => isEncoder === stack).sort((a, b) => b.index - a.index)[0];
  if (last) return last.tensor;
  throw new ProbeError(
    'model',
    l10n.t`The hidden states of "${name}" are not to be found in its graph. Choose another export of the model.`,
  );
}

/** The vector that the model itself makes of a text. */
export function ownVector(tensors: ReadonlyMap<string, Tensor>, name: string): number[] {
  for (const own of ['sentence_embedding', 'pooler_output']) {
    const found = tensors.get(own) ?? tensors.get(`encoder.${own}`);
    if (found?.shape.length === 1) return Array.from(found.data);
  }
  throw new ProbeError(
    'model',
    l10n.t`"${name}" has no pooled output of its own. Choose another pooling, such as the mean of all tokens.`,
  );
}
