import type { ConfigValues } from './config';
import type { Shapes } from './shapes';

/** OPT (arXiv:2205.01068): BART's decoder; learned positions from 2 on, sometimes narrower embeddings. */
export function opt(to: Shapes, c: ConfigValues): void {
  const size = c.size('hidden_size', 768);
  const inner = c.size('ffn_dim', 3072);
  const narrow = c.size('word_embed_proj_dim', size);
  const vocabulary = c.size('vocab_size', 50272);
  const bias = c.flag('enable_bias', true);
  const affine = c.flag('layer_norm_elementwise_affine', true);
  const base = to.at(c.class === 'OPTModel' ? 'decoder' : 'model.decoder');
  base.embedding('embed_tokens', vocabulary, narrow);
  base.embedding('embed_positions', c.size('max_position_embeddings', 2048) + 2, size);
  if (narrow !== size) {
    base.linear('project_out', size, narrow, false);
    base.linear('project_in', narrow, size, false);
  }
  const isPre = c.flag('do_layer_norm_before', true);
  if (isPre && affine && !c.flag('_remove_final_layer_norm', false)) base.norm('final_layer_norm', size);
  base.repeat('layers', c.count('num_hidden_layers', 12), (layer) => {
    for (const part of ['k', 'v', 'q', 'out']) layer.linear(`self_attn.${part}_proj`, size, size, bias);
    if (affine) layer.norm('self_attn_layer_norm', size);
    layer.linear('fc1', size, inner, bias);
    layer.linear('fc2', inner, size, bias);
    if (affine) layer.norm('final_layer_norm', size);
  });
  if (/ForSequenceClassification$/.test(c.class)) to.linear('score', narrow, c.labels, false);
  else if (c.class !== 'OPTModel') {
    const tied = c.flag('tie_word_embeddings', true) ? 'model.decoder.embed_tokens.weight' : null;
    to.output('lm_head', vocabulary, narrow, tied);
  }
}
