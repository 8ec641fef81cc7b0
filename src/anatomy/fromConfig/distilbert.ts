import { classifier } from './bert';
import type { ConfigValues } from './config';
import type { Shapes } from './shapes';

/** DistilBERT (arXiv:1910.01108): no segments, no pooler. */
export function distilbert(to: Shapes, c: ConfigValues): void {
  const size = c.size('dim', 768);
  const vocabulary = c.size('vocab_size', 30522);
  const base = to.at(c.class === 'DistilBertModel' || c.class === '' ? '' : 'distilbert');
  base.embedding('embeddings.word_embeddings', vocabulary, size);
  base.embedding('embeddings.position_embeddings', c.size('max_position_embeddings', 512), size);
  base.norm('embeddings.LayerNorm', size);
  base.repeat('transformer.layer', c.count('n_layers', 6), (layer) => {
    for (const part of ['q_lin', 'k_lin', 'v_lin', 'out_lin']) layer.linear(`attention.${part}`, size, size);
    layer.norm('sa_layer_norm', size);
    layer.linear('ffn.lin1', size, c.size('hidden_dim', 3072));
    layer.linear('ffn.lin2', c.size('hidden_dim', 3072), size);
    layer.norm('output_layer_norm', size);
  });
  if (/ForMaskedLM$/.test(c.class)) head(to, c, size, vocabulary);
  if (/For(SequenceClassification|MultipleChoice)$/.test(c.class)) to.linear('pre_classifier', size, size);
  classifier(to, c, size);
}

function head(to: Shapes, c: ConfigValues, size: number, vocabulary: number): void {
  const tied = c.flag('tie_word_embeddings', true) ? 'distilbert.embeddings.word_embeddings.weight' : null;
  to.linear('vocab_transform', size, size);
  to.norm('vocab_layer_norm', size);
  to.output('vocab_projector', vocabulary, size, tied);
  to.add('vocab_projector.bias', vocabulary);
}
