import { bartLayer } from './bart';
import type { ConfigValues } from './config';
import type { Shapes } from './shapes';

/** Whisper (arXiv:2212.04356): two convolutions over the spectrogram, then an encoder-decoder. */
export function whisper(to: Shapes, c: ConfigValues): void {
  const size = c.size('d_model', 384);
  const isBare = c.class === 'WhisperModel';
  const base = to.at(isBare ? '' : 'model');
  const encoder = base.at('encoder');
  encoder.add('conv1.weight', size, c.size('num_mel_bins', 80), 3);
  encoder.add('conv1.bias', size);
  encoder.add('conv2.weight', size, size, 3);
  encoder.add('conv2.bias', size);
  encoder.embedding('embed_positions', c.size('max_source_positions', 1500), size);
  layers(encoder, c, 'encoder', size);
  const decoder = base.at('decoder');
  const vocabulary = c.size('vocab_size', 51865);
  decoder.embedding('embed_tokens', vocabulary, size);
  decoder.embedding('embed_positions', c.size('max_target_positions', 448), size);
  layers(decoder, c, 'decoder', size);
  const tied = c.flag('tie_word_embeddings', true) ? 'model.decoder.embed_tokens.weight' : null;
  if (!isBare) to.output('proj_out', vocabulary, size, tied);
}

function layers(to: Shapes, c: ConfigValues, side: 'encoder' | 'decoder', size: number): void {
  const inner = c.size(`${side}_ffn_dim`, 1536);
  to.repeat('layers', c.count(`${side}_layers`, 4), (layer) => {
    bartLayer(layer, size, inner, side === 'decoder', false);
  });
  to.norm('layer_norm', size);
}
