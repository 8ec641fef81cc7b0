import type { ConfigValues } from './config';
import type { Shapes } from './shapes';

const BARE = /^(GPT2|GPTNeo|GPTNeoX|GPTJ|Bloom|Falcon)Model$/;

/** The module that holds the stack; the bare class has it at the top. */
function stack(to: Shapes, c: ConfigValues, name = 'transformer'): Shapes {
  return to.at(BARE.test(c.class) ? '' : name);
}

/** What a class adds to the stack: an output matrix, or a classifier without a bias. */
function head(to: Shapes, c: ConfigValues, size: number, vocabulary: number, tiedTo: string | null): void {
  if (BARE.test(c.class)) return;
  if (/ForSequenceClassification$/.test(c.class)) to.linear('score', size, c.labels, false);
  else to.output('lm_head', vocabulary, size, tiedTo);
}

function tie(c: ConfigValues, fallback: boolean, name: string): string | null {
  return c.flag('tie_word_embeddings', fallback) ? name : null;
}

/** GPT-2. */
export function gpt2(to: Shapes, c: ConfigValues): void {
  const size = c.size('n_embd|hidden_size', 768);
  const inner = c.size('n_inner', 4 * size);
  const vocabulary = c.size('vocab_size', 50257);
  const base = stack(to, c);
  base.embedding('wte', vocabulary, size);
  base.embedding('wpe', c.size('n_positions|max_position_embeddings', 1024), size);
  base.repeat('h', c.count('n_layer|num_hidden_layers', 12), (layer) => {
    layer.norm('ln_1', size);
    layer.conv1D('attn.c_attn', size, 3 * size);
    layer.conv1D('attn.c_proj', size, size);
    layer.norm('ln_2', size);
    layer.conv1D('mlp.c_fc', size, inner);
    layer.conv1D('mlp.c_proj', inner, size);
  });
  base.norm('ln_f', size);
  head(to, c, size, vocabulary, tie(c, true, 'transformer.wte.weight'));
}

/** GPT-Neo: GPT-2 with separate projections and local attention. */
export function gptNeo(to: Shapes, c: ConfigValues): void {
  const size = c.size('hidden_size', 2048);
  const inner = c.size('intermediate_size', 4 * size);
  const vocabulary = c.size('vocab_size', 50257);
  const base = stack(to, c);
  base.embedding('wte', vocabulary, size);
  base.embedding('wpe', c.size('max_position_embeddings', 2048), size);
  base.repeat('h', c.count('num_layers', 24), (layer) => {
    layer.norm('ln_1', size);
    for (const part of ['k', 'v', 'q']) layer.linear(`attn.attention.${part}_proj`, size, size, false);
    layer.linear('attn.attention.out_proj', size, size);
    layer.norm('ln_2', size);
    layer.linear('mlp.c_fc', size, inner);
    layer.linear('mlp.c_proj', inner, size);
  });
  base.norm('ln_f', size);
  head(to, c, size, vocabulary, tie(c, true, 'transformer.wte.weight'));
}

/** GPT-NeoX and Pythia (arXiv:2204.06745). */
export function gptNeoX(to: Shapes, c: ConfigValues): void {
  const size = c.size('hidden_size', 6144);
  const inner = c.size('intermediate_size', 24576);
  const vocabulary = c.size('vocab_size', 50432);
  const bias = c.flag('attention_bias', true);
  const base = stack(to, c, 'gpt_neox');
  base.embedding('embed_in', vocabulary, size);
  base.repeat('layers', c.count('num_hidden_layers', 44), (layer) => {
    layer.norm('input_layernorm', size);
    layer.norm('post_attention_layernorm', size);
    layer.linear('attention.query_key_value', size, 3 * size, bias);
    layer.linear('attention.dense', size, size, bias);
    layer.linear('mlp.dense_h_to_4h', size, inner);
    layer.linear('mlp.dense_4h_to_h', inner, size);
  });
  base.norm('final_layer_norm', size);
  if (/ForCausalLM$|^$/.test(c.class)) {
    to.output('embed_out', vocabulary, size, tie(c, false, 'gpt_neox.embed_in.weight'));
  } else head(to, c, size, vocabulary, null);
}

/** GPT-J: attention and feed-forward side by side after one norm, and an output bias. */
export function gptJ(to: Shapes, c: ConfigValues): void {
  const size = c.size('n_embd|hidden_size', 4096);
  const inner = c.size('n_inner', 4 * size);
  const vocabulary = c.size('vocab_size', 50400);
  const base = stack(to, c);
  base.embedding('wte', vocabulary, size);
  base.repeat('h', c.count('n_layer|num_hidden_layers', 28), (layer) => {
    layer.norm('ln_1', size);
    for (const part of ['k', 'v', 'q', 'out']) layer.linear(`attn.${part}_proj`, size, size, false);
    layer.linear('mlp.fc_in', size, inner);
    layer.linear('mlp.fc_out', inner, size);
  });
  base.norm('ln_f', size);
  head(to, c, size, vocabulary, tie(c, false, 'transformer.wte.weight'));
  if (/ForCausalLM$|^$/.test(c.class)) to.add('lm_head.bias', vocabulary);
}

/** BLOOM (arXiv:2211.05100): ALiBi instead of positions, and a norm behind the embeddings. */
export function bloom(to: Shapes, c: ConfigValues): void {
  const size = c.size('n_embed|hidden_size', 64);
  const vocabulary = c.size('vocab_size', 250880);
  const base = stack(to, c);
  base.embedding('word_embeddings', vocabulary, size);
  base.norm('word_embeddings_layernorm', size);
  base.repeat('h', c.count('n_layer|num_hidden_layers', 2), (layer) => {
    layer.norm('input_layernorm', size);
    layer.linear('self_attention.query_key_value', size, 3 * size);
    layer.linear('self_attention.dense', size, size);
    layer.norm('post_attention_layernorm', size);
    layer.linear('mlp.dense_h_to_4h', size, 4 * size);
    layer.linear('mlp.dense_4h_to_h', 4 * size, size);
  });
  base.norm('ln_f', size);
  head(to, c, size, vocabulary, tie(c, true, 'transformer.word_embeddings.weight'));
}

/** Falcon (arXiv:2311.16867): one or few key/value heads in one matrix with the queries. */
export function falcon(to: Shapes, c: ConfigValues): void {
  const size = c.size('hidden_size', 4544);
  const vocabulary = c.size('vocab_size', 65024);
  const inner = c.size('ffn_hidden_size', 4 * size);
  const bias = c.flag('bias', false);
  const isNew = c.flag('new_decoder_architecture', false);
  const norms = c.count('num_ln_in_parallel_attn', isNew ? 2 : 1);
  const base = stack(to, c);
  base.embedding('word_embeddings', vocabulary, size);
  base.repeat('h', c.count('num_hidden_layers|n_layer', 32), (layer) => {
    layer.linear('self_attention.query_key_value', size, falconColumns(c, size, isNew), bias);
    layer.linear('self_attention.dense', size, size, bias);
    layer.linear('mlp.dense_h_to_4h', size, inner, bias);
    layer.linear('mlp.dense_4h_to_h', inner, size, bias);
    for (const norm of isNew && norms === 2 ? ['ln_attn', 'ln_mlp'] : ['input_layernorm'])
      layer.norm(norm, size);
    if (!c.flag('parallel_attn', true)) layer.norm('post_attention_layernorm', size);
  });
  base.norm('ln_f', size);
  head(to, c, size, vocabulary, tie(c, true, 'transformer.word_embeddings.weight'));
}

function falconColumns(c: ConfigValues, size: number, isNew: boolean): number {
  const heads = c.count('num_attention_heads|n_head', 71);
  const headSize = c.divide(size, heads);
  if (isNew) return (2 * c.count('num_kv_heads|n_head_kv', heads) + heads) * headSize;
  return c.flag('multi_query', true) ? size + 2 * headSize : 3 * size;
}
