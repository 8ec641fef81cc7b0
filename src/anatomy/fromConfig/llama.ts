import type { ConfigValues } from './config';
import type { Shapes } from './shapes';

/** Sizes of the Llama line: RMS norm, rotary positions, gated feed-forward network, shared key/value heads. */
interface Sizes {
  vocabulary: number;
  hidden: number;
  feedForward: number;
  layers: number;
  heads: number;
  keyValueHeads: number;
  headSize: number;
}

/** What sets one member of the line apart from Llama itself. */
interface Variant {
  defaults: Omit<Sizes, 'keyValueHeads' | 'headSize'> & { keyValueHeads?: number; headSize?: number };
  /** Biases of the query, key and value projections, and of the output projection. */
  bias?: { input: boolean; output: boolean };
  tied?: boolean;
  queryKeyNorm?: boolean;
  norms?: string[];
  feedForward?: (to: Shapes, sizes: Sizes, c: ConfigValues) => void;
}

function readSizes(c: ConfigValues, { defaults }: Variant): Sizes {
  const hidden = c.size('hidden_size', defaults.hidden);
  const heads = c.count('num_attention_heads', defaults.heads);
  const stated = c.integer('head_dim', defaults.headSize ?? 0, 0, 2 ** 16);
  return {
    vocabulary: c.size('vocab_size', defaults.vocabulary),
    hidden,
    feedForward: c.size('intermediate_size', defaults.feedForward),
    layers: c.count('num_hidden_layers', defaults.layers),
    heads,
    keyValueHeads: c.count('num_key_value_heads', defaults.keyValueHeads ?? heads),
    headSize: stated || c.divide(hidden, heads),
  };
}

const NORMS = ['input_layernorm', 'post_attention_layernorm'];

function build(to: Shapes, c: ConfigValues, variant: Variant): void {
  const sizes = readSizes(c, variant);
  const base = to.at(c.isBare ? '' : 'model');
  base.embedding('embed_tokens', sizes.vocabulary, sizes.hidden);
  base.repeat('layers', sizes.layers, (layer) => {
    attention(layer.at('self_attn'), sizes, variant);
    (variant.feedForward ?? gated)(layer, sizes, c);
    for (const norm of variant.norms ?? NORMS) layer.norm(norm, sizes.hidden, false);
  });
  base.norm('norm', sizes.hidden, false);
  head(to, c, sizes, variant.tied ?? false);
}

function attention(to: Shapes, { hidden, heads, keyValueHeads, headSize }: Sizes, variant: Variant): void {
  const { input, output } = variant.bias ?? { input: false, output: false };
  to.linear('q_proj', hidden, heads * headSize, input);
  to.linear('k_proj', hidden, keyValueHeads * headSize, input);
  to.linear('v_proj', hidden, keyValueHeads * headSize, input);
  to.linear('o_proj', heads * headSize, hidden, output);
  if (variant.queryKeyNorm) for (const norm of ['q_norm', 'k_norm']) to.norm(norm, headSize, false);
}

function gated(to: Shapes, { hidden, feedForward }: Sizes, c: ConfigValues): void {
  const bias = c.flag('mlp_bias', false);
  to.linear('mlp.gate_proj', hidden, feedForward, bias);
  to.linear('mlp.up_proj', hidden, feedForward, bias);
  to.linear('mlp.down_proj', feedForward, hidden, bias);
}

function head(to: Shapes, c: ConfigValues, { hidden, vocabulary }: Sizes, tiedByDefault: boolean): void {
  if (c.isBare) return;
  if (/For(Sequence|Token)Classification$/.test(c.class)) {
    return to.linear('score', hidden, c.labels, /Token/.test(c.class));
  }
  const tied = c.flag('tie_word_embeddings', tiedByDefault);
  to.output('lm_head', vocabulary, hidden, tied ? 'model.embed_tokens.weight' : null);
}

const LLAMA = { vocabulary: 32000, hidden: 4096, feedForward: 11008, layers: 32, heads: 32 };

/** Llama 1, 2 and 3 (arXiv:2302.13971, 2307.09288, 2407.21783), SmolLM2 and others of the same class. */
export function llama(to: Shapes, c: ConfigValues): void {
  const bias = c.flag('attention_bias', false);
  build(to, c, { defaults: LLAMA, bias: { input: bias, output: bias } });
}

const MISTRAL = { ...LLAMA, feedForward: 14336, keyValueHeads: 8 };

/** Mistral 7B (arXiv:2310.06825). */
export function mistral(to: Shapes, c: ConfigValues): void {
  build(to, c, { defaults: MISTRAL });
}

/** Mixtral (arXiv:2401.04088): Mistral with a router and several feed-forward networks a layer. */
export function mixtral(to: Shapes, c: ConfigValues): void {
  build(to, c, { defaults: MISTRAL, feedForward: experts });
}

function experts(to: Shapes, { hidden, feedForward }: Sizes, c: ConfigValues): void {
  const count = c.count('num_local_experts', 8);
  const moe = to.at('block_sparse_moe');
  moe.linear('gate', hidden, count, false);
  moe.repeat('experts', count, (expert) => {
    expert.linear('w1', hidden, feedForward, false);
    expert.linear('w2', feedForward, hidden, false);
    expert.linear('w3', hidden, feedForward, false);
  });
}

const QWEN = {
  vocabulary: 151936,
  hidden: 4096,
  feedForward: 22016,
  layers: 32,
  heads: 32,
  keyValueHeads: 32,
};

/** Qwen2 and Qwen2.5 (arXiv:2412.15115): biases on queries, keys and values. */
export function qwen2(to: Shapes, c: ConfigValues): void {
  build(to, c, { defaults: QWEN, bias: { input: true, output: false } });
}

/** Qwen3 (arXiv:2505.09388): no biases, norms of queries and keys. */
export function qwen3(to: Shapes, c: ConfigValues): void {
  const bias = c.flag('attention_bias', false);
  const defaults = { ...QWEN, headSize: 128 };
  build(to, c, { defaults, bias: { input: bias, output: bias }, queryKeyNorm: true });
}

/** Gemma (arXiv:2403.08295). */
export function gemma(to: Shapes, c: ConfigValues): void {
  const bias = c.flag('attention_bias', false);
  const defaults = {
    ...{ vocabulary: 256000, hidden: 3072, feedForward: 24576, layers: 28, heads: 16 },
    ...{ keyValueHeads: 16, headSize: 256 },
  };
  build(to, c, { defaults, bias: { input: bias, output: bias }, tied: true });
}

const GEMMA_2 = {
  ...{ vocabulary: 256000, hidden: 2304, feedForward: 9216, layers: 26, heads: 8 },
  ...{ keyValueHeads: 4, headSize: 256 },
};
const AROUND = [...NORMS, 'pre_feedforward_layernorm', 'post_feedforward_layernorm'];

/** Gemma 2 (arXiv:2408.00118): norms before and after each sub-layer. */
export function gemma2(to: Shapes, c: ConfigValues): void {
  const bias = c.flag('attention_bias', false);
  build(to, c, { defaults: GEMMA_2, bias: { input: bias, output: bias }, tied: true, norms: AROUND });
}

/** Gemma 3, text models (arXiv:2503.19786): Gemma 2 with norms of queries and keys. */
export function gemma3(to: Shapes, c: ConfigValues): void {
  const bias = c.flag('attention_bias', false);
  const defaults = { ...GEMMA_2, vocabulary: 262208 };
  build(to, c, {
    ...{ defaults, bias: { input: bias, output: bias }, tied: true, norms: AROUND, queryKeyNorm: true },
  });
}
