import type { ConfigValues } from './config';
import type { Shapes } from './shapes';

/** Sizes of a BERT-like encoder. */
export interface EncoderSizes {
  hidden: number;
  feedForward: number;
  layers: number;
  /** Heads where the config does not say; 12 if absent. */
  heads?: number;
}

export function encoderSizes(c: ConfigValues, defaults: Partial<EncoderSizes> = {}): EncoderSizes {
  return {
    hidden: c.size('hidden_size', defaults.hidden ?? 768),
    feedForward: c.size('intermediate_size', defaults.feedForward ?? 3072),
    layers: c.count('num_hidden_layers', defaults.layers ?? 12),
    heads: defaults.heads,
  };
}

/** Token, position and segment tables and their norm, `size` wide. */
export function bertEmbeddings(
  to: Shapes,
  c: ConfigValues,
  size: number,
  defaults: { vocabulary: number },
): void {
  to.embedding('word_embeddings', c.size('vocab_size', defaults.vocabulary), size);
  to.embedding('position_embeddings', c.size('max_position_embeddings', 512), size);
  to.embedding('token_type_embeddings', c.size('type_vocab_size', 2), size);
  to.norm('LayerNorm', size);
}

/** Post-norm blocks: attention and two feed-forward layers. */
export function bertLayers(to: Shapes, c: ConfigValues, sizes: EncoderSizes): void {
  const { hidden, feedForward, layers } = sizes;
  const headSize = c.divide(hidden, c.count('num_attention_heads', sizes.heads ?? 12));
  const relative = c.text('position_embedding_type', 'absolute').startsWith('relative_key');
  to.repeat('layer', layers, (layer) => {
    for (const part of ['query', 'key', 'value']) layer.linear(`attention.self.${part}`, hidden, hidden);
    if (relative) {
      const positions = 2 * c.size('max_position_embeddings', 512) - 1;
      layer.embedding('attention.self.distance_embedding', positions, headSize);
    }
    bertRest(layer, hidden, feedForward);
  });
}

/** What follows the attention itself in a BERT layer: output, feed-forward, both norms. */
export function bertRest(layer: Shapes, hidden: number, feedForward: number): void {
  layer.linear('attention.output.dense', hidden, hidden);
  layer.norm('attention.output.LayerNorm', hidden);
  layer.linear('intermediate.dense', hidden, feedForward);
  layer.linear('output.dense', feedForward, hidden);
  layer.norm('output.LayerNorm', hidden);
}

/** BertForMaskedLM's head: a layer, a norm, the embeddings (`size` wide) again, and a bias for each token. */
export function bertPredictions(
  to: Shapes,
  [hidden, size]: [hidden: number, size: number],
  vocabulary: number,
  tiedTo: string | null,
): void {
  to.add('cls.predictions.bias', vocabulary);
  to.linear('cls.predictions.transform.dense', hidden, size);
  to.norm('cls.predictions.transform.LayerNorm', size);
  to.output('cls.predictions.decoder', vocabulary, size, tiedTo);
}

const NO_POOLER = /ForMaskedLM|LMHeadModel|ForTokenClassification|ForQuestionAnswering/;

/** BERT (arXiv:1810.04805). */
export function bert(to: Shapes, c: ConfigValues): void {
  const sizes = encoderSizes(c);
  const base = to.at(c.class === 'BertModel' || c.class === '' ? '' : 'bert');
  bertEmbeddings(base.at('embeddings'), c, sizes.hidden, { vocabulary: 30522 });
  bertLayers(base.at('encoder'), c, sizes);
  if (!NO_POOLER.test(c.class)) base.linear('pooler.dense', sizes.hidden, sizes.hidden);
  if (/ForMaskedLM|LMHeadModel|ForPreTraining/.test(c.class)) {
    const tied = c.flag('tie_word_embeddings', true) ? 'bert.embeddings.word_embeddings.weight' : null;
    bertPredictions(to, [sizes.hidden, sizes.hidden], c.size('vocab_size', 30522), tied);
  }
  if (c.class === 'BertForPreTraining') to.linear('cls.seq_relationship', sizes.hidden, 2);
  classifier(to, c, sizes.hidden);
}

/** One linear layer on top, as most families' classifiers have it. */
export function classifier(to: Shapes, c: ConfigValues, hidden: number): void {
  if (/For(Sequence|Token)Classification$/.test(c.class)) to.linear('classifier', hidden, c.labels);
  if (/ForMultipleChoice$/.test(c.class)) to.linear('classifier', hidden, 1);
  if (/ForQuestionAnswering$/.test(c.class)) to.linear('qa_outputs', hidden, c.labels);
}
