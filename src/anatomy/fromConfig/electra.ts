import { bertEmbeddings, bertLayers, classifier, encoderSizes } from './bert';
import type { ConfigValues } from './config';
import type { Shapes } from './shapes';

/** ELECTRA (arXiv:2003.10555): BERT without a pooler, with narrow embeddings; generator and discriminator heads. */
export function electra(to: Shapes, c: ConfigValues): void {
  const sizes = encoderSizes(c, { hidden: 256, feedForward: 1024, heads: 4 });
  const { hidden } = sizes;
  const narrow = c.size('embedding_size', 128);
  const base = to.at(c.class === 'ElectraModel' || c.class === '' ? '' : 'electra');
  bertEmbeddings(base.at('embeddings'), c, narrow, { vocabulary: 30522 });
  if (narrow !== hidden) base.linear('embeddings_project', narrow, hidden);
  bertLayers(base.at('encoder'), c, sizes);
  if (/ForPreTraining$/.test(c.class)) {
    to.linear('discriminator_predictions.dense', hidden, hidden);
    to.linear('discriminator_predictions.dense_prediction', hidden, 1);
  }
  if (/ForMaskedLM$/.test(c.class)) generator(to, c, hidden, narrow);
  if (/ForSequenceClassification$/.test(c.class)) {
    to.linear('classifier.dense', hidden, hidden);
    to.linear('classifier.out_proj', hidden, c.labels);
  } else classifier(to, c, hidden);
}

function generator(to: Shapes, c: ConfigValues, hidden: number, narrow: number): void {
  const vocabulary = c.size('vocab_size', 30522);
  const tied = c.flag('tie_word_embeddings', true) ? 'electra.embeddings.word_embeddings.weight' : null;
  to.norm('generator_predictions.LayerNorm', narrow);
  to.linear('generator_predictions.dense', hidden, narrow);
  to.output('generator_lm_head', vocabulary, narrow, tied);
  to.add('generator_lm_head.bias', vocabulary);
}
