import type { ConfigValues } from './config';
import type { Shapes } from './shapes';

interface Sizes {
  model: number;
  inner: number;
  heads: number;
  feedForward: number;
  gated: boolean;
  buckets: number;
}

/** T5 (arXiv:1910.10683), T5 v1.1, FLAN-T5 and mT5: relative positions that all layers of a stack share. */
export function t5(to: Shapes, c: ConfigValues): void {
  const isMulti = c.type === 'mt5';
  const heads = c.count('num_heads', isMulti ? 6 : 8);
  const sizes: Sizes = {
    model: c.size('d_model', 512),
    inner: heads * c.size('d_kv', 64),
    heads,
    feedForward: c.size('d_ff', isMulti ? 1024 : 2048),
    gated: c.text('feed_forward_proj', isMulti ? 'gated-gelu' : 'relu').startsWith('gated'),
    buckets: c.size('relative_attention_num_buckets', 32),
  };
  const vocabulary = c.size('vocab_size', isMulti ? 250112 : 32128);
  const layers = c.count('num_layers', isMulti ? 8 : 6);
  to.embedding('shared', vocabulary, sizes.model);
  stack(to.at('encoder'), sizes, layers, false);
  if (/EncoderModel$/.test(c.class)) return;
  stack(to.at('decoder'), sizes, c.count('num_decoder_layers', layers), true);
  if (c.isBare) return;
  const tied = c.flag('tie_word_embeddings', !isMulti);
  to.output('lm_head', vocabulary, sizes.model, tied ? 'shared.weight' : null);
}

function stack(to: Shapes, sizes: Sizes, layers: number, isDecoder: boolean): void {
  to.repeat('block', layers, (block, i) => {
    attention(block.at('layer.0'), 'SelfAttention', sizes, i === 0);
    if (isDecoder) attention(block.at('layer.1'), 'EncDecAttention', sizes, false);
    feedForward(block.at(`layer.${isDecoder ? 2 : 1}`), sizes);
  });
  to.norm('final_layer_norm', sizes.model, false);
}

function attention(
  to: Shapes,
  name: string,
  { model, inner, heads, buckets }: Sizes,
  hasBias: boolean,
): void {
  for (const part of ['q', 'k', 'v']) to.linear(`${name}.${part}`, model, inner, false);
  to.linear(`${name}.o`, inner, model, false);
  if (hasBias) to.embedding(`${name}.relative_attention_bias`, buckets, heads);
  to.norm('layer_norm', model, false);
}

function feedForward(to: Shapes, { model, feedForward: inner, gated }: Sizes): void {
  for (const part of gated ? ['wi_0', 'wi_1'] : ['wi'])
    to.linear(`DenseReluDense.${part}`, model, inner, false);
  to.linear('DenseReluDense.wo', inner, model, false);
  to.norm('layer_norm', model, false);
}
