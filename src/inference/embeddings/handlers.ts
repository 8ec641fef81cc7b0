import type { EmbeddingMethods } from '../../shared/embeddings';
import { checkIds } from '../checks';
import type { OpenModel } from '../openModel';
import { firstLayer } from './firstLayer';
import type { EmbeddingOptions } from './lookup';
import { neighbors, projection } from './neighbors';
import { pooled } from './pooled';
import { tokenize } from './tokenize';

type Answer<M extends keyof EmbeddingMethods> = (
  model: OpenModel,
  params: EmbeddingMethods[M][0],
  options: EmbeddingOptions,
) => Promise<EmbeddingMethods[M][1]>;

/** The requests about tokenizers and embeddings, for a model that is open. */
export const EMBEDDINGS: { [M in keyof EmbeddingMethods]: Answer<M> } = {
  tokenize,
  firstLayer: async (model, input, options) => {
    checkIds(model.facts, input.ids, 'token ids');
    return firstLayer(model, input, options);
  },
  neighbors,
  projection,
  pooled,
};
