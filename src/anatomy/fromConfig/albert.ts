import { bertEmbeddings, classifier, encoderSizes } from './bert';
import type { ConfigValues } from './config';
import type { Shapes } from './shapes';

/** ALBERT (arXiv:1909.11942): narrow embeddings, and all layers of a group share their weights. */
export function albert(to: Shapes, c: ConfigValues): void {
  const { hidden, feedForward } = encoderSizes(c, { hidden: 4096, feedForward: 16384 });
  const narrow = c.size('embedding_size', 128);
  const base = to.at(c.class === 'AlbertModel' || c.class === '' ? '' : 'albert');
  bertEmbeddings(base.at('embeddings'), c, narrow, { vocabulary: 30000 });
  base.linear('encoder.embedding_hidden_mapping_in', narrow, hidden);
  base.repeat('encoder.albert_layer_groups', c.count('num_hidden_groups', 1), (group) =>
    group.repeat('albert_layers', c.count('inner_group_num', 1), (layer) => {
      layer.norm('full_layer_layer_norm', hidden);
      for (const part of ['query', 'key', 'value', 'dense'])
        layer.linear(`attention.${part}`, hidden, hidden);
      layer.norm('attention.LayerNorm', hidden);
      layer.linear('ffn', hidden, feedForward);
      layer.linear('ffn_output', feedForward, hidden);
    }),
  );
  if (!/ForMaskedLM|ForTokenClassification|ForQuestionAnswering/.test(c.class))
    base.linear('pooler', hidden, hidden);
  if (/ForMaskedLM|ForPreTraining/.test(c.class)) head(to, c, hidden, narrow);
  if (c.class === 'AlbertForPreTraining') to.linear('sop_classifier.classifier', hidden, c.labels);
  classifier(to, c, hidden);
}

function head(to: Shapes, c: ConfigValues, hidden: number, narrow: number): void {
  const vocabulary = c.size('vocab_size', 30000);
  const tied = c.flag('tie_word_embeddings', true) ? 'albert.embeddings.word_embeddings.weight' : null;
  to.add('predictions.bias', vocabulary);
  to.norm('predictions.LayerNorm', narrow);
  to.linear('predictions.dense', hidden, narrow);
  to.output('predictions.decoder', vocabulary, narrow, tied);
}
