import { bertPredictions, bertRest, classifier, encoderSizes } from './bert';
import type { ConfigValues } from './config';
import type { Shapes } from './shapes';

/** DeBERTa (arXiv:2006.03654). */
export function deberta(to: Shapes, c: ConfigValues): void {
  const { hidden, feedForward, layers } = encoderSizes(c);
  const base = start(to, c, hidden, 50265);
  const relative = c.flag('relative_attention', false);
  const kinds = relative ? c.strings('pos_att_type') : [];
  base.repeat('encoder.layer', layers, (layer) => {
    const self = layer.at('attention.self');
    self.add('q_bias', hidden);
    self.add('v_bias', hidden);
    self.linear('in_proj', hidden, 3 * hidden, false);
    if (kinds.includes('c2p')) self.linear('pos_proj', hidden, hidden, false);
    if (kinds.includes('p2c')) self.linear('pos_q_proj', hidden, hidden);
    bertRest(layer, hidden, feedForward);
  });
  if (relative) base.embedding('encoder.rel_embeddings', 2 * maxRelative(c), hidden);
  heads(to, c, hidden, 50265);
}

/** DeBERTa v2 and v3 (arXiv:2111.09543): position buckets, shared projections, a convolution. */
export function debertaV2(to: Shapes, c: ConfigValues): void {
  const { hidden, feedForward, layers } = encoderSizes(c, { hidden: 1536, feedForward: 6144, layers: 24 });
  const base = start(to, c, hidden, 128100);
  const relative = c.flag('relative_attention', false);
  const kinds = relative && !c.flag('share_att_key', false) ? c.strings('pos_att_type') : [];
  base.repeat('encoder.layer', layers, (layer) => {
    const self = layer.at('attention.self');
    for (const part of ['query', 'key', 'value']) self.linear(`${part}_proj`, hidden, hidden);
    if (kinds.includes('c2p')) self.linear('pos_key_proj', hidden, hidden);
    if (kinds.includes('p2c')) self.linear('pos_query_proj', hidden, hidden);
    bertRest(layer, hidden, feedForward);
  });
  relativeTable(base, c, hidden, relative);
  heads(to, c, hidden, 128100);
}

function relativeTable(base: Shapes, c: ConfigValues, hidden: number, relative: boolean): void {
  const buckets = c.integer('position_buckets', -1);
  if (relative)
    base.embedding('encoder.rel_embeddings', 2 * (buckets > 0 ? buckets : maxRelative(c)), hidden);
  if (c.strings('norm_rel_ebd').includes('layer_norm')) base.norm('encoder.LayerNorm', hidden);
  const kernel = c.integer('conv_kernel_size', 0);
  if (kernel <= 0) return;
  base.add('encoder.conv.conv.weight', hidden, c.divide(hidden, c.count('conv_groups', 1)), kernel);
  base.add('encoder.conv.conv.bias', hidden);
  base.norm('encoder.conv.LayerNorm', hidden);
}

function start(to: Shapes, c: ConfigValues, hidden: number, vocabulary: number): Shapes {
  const base = to.at(/^Deberta(V2)?Model$|^$/.test(c.class) ? '' : 'deberta');
  const embeddings = base.at('embeddings');
  const narrow = c.size('embedding_size', hidden);
  embeddings.embedding('word_embeddings', c.size('vocab_size', vocabulary), narrow);
  const positions = c.size('max_position_embeddings', 512);
  if (c.flag('position_biased_input', true)) embeddings.embedding('position_embeddings', positions, narrow);
  const types = c.integer('type_vocab_size', 0, 0);
  if (types > 0) embeddings.embedding('token_type_embeddings', types, narrow);
  if (narrow !== hidden) embeddings.linear('embed_proj', narrow, hidden, false);
  embeddings.norm('LayerNorm', hidden);
  return base;
}

function maxRelative(c: ConfigValues): number {
  const stated = c.integer('max_relative_positions', -1);
  return stated > 0 ? stated : c.size('max_position_embeddings', 512);
}

function heads(to: Shapes, c: ConfigValues, hidden: number, vocabulary: number): void {
  if (/ForMaskedLM$/.test(c.class)) {
    const tied = c.flag('tie_word_embeddings', true) ? 'deberta.embeddings.word_embeddings.weight' : null;
    bertPredictions(to, [hidden, c.size('embedding_size', hidden)], c.size('vocab_size', vocabulary), tied);
  }
  if (/ForSequenceClassification$|ForMultipleChoice$/.test(c.class)) {
    const pooled = c.size('pooler_hidden_size', hidden);
    to.linear('pooler.dense', pooled, pooled);
    classifier(to, c, pooled);
  } else classifier(to, c, hidden);
}
