import type { ConfigValues } from './config';
import type { Shapes } from './shapes';

/** Phi-1, 1.5 and 2 (arXiv:2309.05463): attention and feed-forward side by side after one norm, biases everywhere. */
export function phi(to: Shapes, c: ConfigValues): void {
  const size = c.size('hidden_size', 2048);
  const inner = c.size('intermediate_size', 8192);
  const vocabulary = c.size('vocab_size', 51200);
  const heads = c.count('num_attention_heads', 32);
  const headSize = c.divide(size, heads);
  const narrow = c.count('num_key_value_heads', heads) * headSize;
  const base = to.at(c.class === 'PhiModel' ? '' : 'model');
  base.embedding('embed_tokens', vocabulary, size);
  base.repeat('layers', c.count('num_hidden_layers', 24), (layer) => {
    const self = layer.at('self_attn');
    self.linear('q_proj', size, heads * headSize);
    self.linear('k_proj', size, narrow);
    self.linear('v_proj', size, narrow);
    self.linear('dense', heads * headSize, size);
    if (c.flag('qk_layernorm', false))
      for (const norm of ['q', 'k']) self.norm(`${norm}_layernorm`, headSize);
    layer.linear('mlp.fc1', size, inner);
    layer.linear('mlp.fc2', inner, size);
    layer.norm('input_layernorm', size);
  });
  base.norm('final_layernorm', size);
  head(to, c, size, vocabulary, true);
}

/** Phi-3 and 3.5 (arXiv:2404.14219): Llama with its projections in one matrix each. */
export function phi3(to: Shapes, c: ConfigValues): void {
  const size = c.size('hidden_size', 3072);
  const inner = c.size('intermediate_size', 8192);
  const vocabulary = c.size('vocab_size', 32064);
  const heads = c.count('num_attention_heads', 32);
  const headSize = c.divide(size, heads);
  const keyValueHeads = c.count('num_key_value_heads', heads);
  const base = to.at(c.class === 'Phi3Model' ? '' : 'model');
  base.embedding('embed_tokens', vocabulary, size);
  base.repeat('layers', c.count('num_hidden_layers', 32), (layer) => {
    layer.linear('self_attn.o_proj', heads * headSize, size, false);
    layer.linear('self_attn.qkv_proj', size, (heads + 2 * keyValueHeads) * headSize, false);
    layer.linear('mlp.gate_up_proj', size, 2 * inner, false);
    layer.linear('mlp.down_proj', inner, size, false);
    layer.norm('input_layernorm', size, false);
    layer.norm('post_attention_layernorm', size, false);
  });
  base.norm('norm', size, false);
  head(to, c, size, vocabulary, false);
}

function head(to: Shapes, c: ConfigValues, size: number, vocabulary: number, bias: boolean): void {
  if (c.isBare) return;
  if (/ForSequenceClassification$/.test(c.class)) return to.linear('score', size, c.labels, false);
  const tied = c.flag('tie_word_embeddings', false);
  to.output('lm_head', vocabulary, size, tied ? 'model.embed_tokens.weight' : null);
  if (bias) to.add('lm_head.bias', vocabulary);
}
