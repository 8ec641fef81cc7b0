import type { AttributionMethods, FedText } from '../../shared/attributionRequests';
import { checkBudget } from '../budget';
import { checkIds } from '../checks';
import type { OpenModel } from '../openModel';
import { attentionGradients, pathGradients } from './gradients';
import type { AttributionOptions } from './graphs';
import { outputsOf } from './outputs';
import { predict, predictionFacts } from './predictions';
import { attentionRows } from './rows';

type Answer<M extends keyof AttributionMethods> = (
  model: OpenModel,
  params: AttributionMethods[M][0],
  options: AttributionOptions,
) => Promise<AttributionMethods[M][1]>;

/** The requests for attribution, for a model that is open. */
export const ATTRIBUTION: { [M in keyof AttributionMethods]: Answer<M> } = {
  predictionFacts: async (model, text, options) => {
    check(model, text, options);
    return predictionFacts(model, text, options);
  },
  predict: async (model, request, options) => {
    check(model, request, options);
    return predict(model, request, options);
  },
  outputsOf: async (model, { texts, explained }, options) => {
    for (const text of texts) check(model, text, options);
    return { values: await outputsOf(model, { texts, explained }, options) };
  },
  pathGradients: async (model, request, options) => {
    check(model, request, options);
    return pathGradients(model, request, options);
  },
  attentionGradients: async (model, request, options) => {
    check(model, request, options);
    return attentionGradients(model, request, options);
  },
  attentionRows: async (model, request, options) => {
    check(model, request, options);
    return attentionRows(model, request, options);
  },
};

function check(
  model: OpenModel,
  { ids, targetIds }: Omit<FedText, 'model'>,
  options: AttributionOptions,
): void {
  checkIds(model.facts, ids, 'token ids');
  if (model.facts.family === 'encoder-decoder') checkIds(model.facts, targetIds ?? [], 'decoder ids');
  checkBudget(model.counts, ids.length, targetIds?.length, options.memoryBudgetBytes);
}
