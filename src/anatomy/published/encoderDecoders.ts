import type { JsonRecord } from '../../models/json';
import type { CatalogueEntry } from '../catalogue';

/** T5's sizes: model, head size, feed-forward, layers of each side, heads. */
type T5Sizes = [d_model: number, d_kv: number, d_ff: number, num_layers: number, num_heads: number];

function t5(id: string, sizes: T5Sizes, rest: JsonRecord = {}): CatalogueEntry {
  const [d_model, d_kv, d_ff, num_layers, num_heads] = sizes;
  return {
    id,
    config: {
      ...{ model_type: 't5', architectures: ['T5ForConditionalGeneration'], is_encoder_decoder: true },
      ...{ vocab_size: 32128, d_model, d_kv, d_ff, num_layers, num_decoder_layers: num_layers, num_heads },
      ...{ relative_attention_num_buckets: 32, n_positions: 512, feed_forward_proj: 'relu', ...rest },
    },
  };
}

const GATED = { feed_forward_proj: 'gated-gelu', tie_word_embeddings: false };

/** Sizes of both sides of BART's line. */
function sides(d_model: number, layers: number, heads: number, ffn: number, positions: number): JsonRecord {
  return {
    ...{ is_encoder_decoder: true, d_model, encoder_layers: layers, decoder_layers: layers },
    ...{ encoder_attention_heads: heads, decoder_attention_heads: heads },
    ...{ encoder_ffn_dim: ffn, decoder_ffn_dim: ffn, max_position_embeddings: positions },
  };
}

function bart(id: string, vocab_size: number, sizes: JsonRecord): CatalogueEntry {
  const config = {
    ...{ model_type: 'bart', architectures: ['BartForConditionalGeneration'] as [string] },
    ...{ vocab_size, ...sizes, activation_function: 'gelu' },
  };
  return { id, config };
}

function mbart(id: string, vocab_size: number): CatalogueEntry {
  const config = {
    ...{ model_type: 'mbart', architectures: ['MBartForConditionalGeneration'] as [string] },
    ...{ vocab_size, ...sides(1024, 12, 16, 4096, 1024), activation_function: 'gelu' },
  };
  return { id, config };
}

function marian(id: string, vocab_size: number): CatalogueEntry {
  const config = {
    ...{ model_type: 'marian', architectures: ['MarianMTModel'] as [string] },
    ...{ vocab_size, ...sides(512, 6, 8, 2048, 512), activation_function: 'swish' },
  };
  return { id, config };
}

function pegasus(id: string, positions: number): CatalogueEntry {
  const config = {
    ...{ model_type: 'pegasus', architectures: ['PegasusForConditionalGeneration'] as [string] },
    ...{ vocab_size: 96103, ...sides(1024, 16, 16, 4096, positions), activation_function: 'relu' },
  };
  return { id, config };
}

function whisper(
  id: string,
  [d_model, layers, heads]: [number, number, number],
  rest: JsonRecord = {},
): CatalogueEntry {
  return {
    id,
    config: {
      ...{
        model_type: 'whisper',
        architectures: ['WhisperForConditionalGeneration'],
        is_encoder_decoder: true,
      },
      ...{ vocab_size: 51865, num_mel_bins: 80, d_model, encoder_layers: layers, decoder_layers: layers },
      ...{ encoder_attention_heads: heads, decoder_attention_heads: heads, encoder_ffn_dim: 4 * d_model },
      ...{ decoder_ffn_dim: 4 * d_model, max_source_positions: 1500, max_target_positions: 448 },
      ...{ activation_function: 'gelu', ...rest },
    },
  };
}

export const ENCODER_DECODERS: CatalogueEntry[] = [
  t5('google-t5/t5-small', [512, 64, 2048, 6, 8]),
  t5('google-t5/t5-base', [768, 64, 3072, 12, 12]),
  t5('google-t5/t5-large', [1024, 64, 4096, 24, 16]),
  t5('google-t5/t5-3b', [1024, 128, 16384, 24, 32]),
  t5('google/t5-v1_1-small', [512, 64, 1024, 8, 6], GATED),
  t5('google/t5-v1_1-base', [768, 64, 2048, 12, 12], GATED),
  t5('google/flan-t5-small', [512, 64, 1024, 8, 6], GATED),
  t5('google/flan-t5-base', [768, 64, 2048, 12, 12], GATED),
  t5('google/flan-t5-large', [1024, 64, 2816, 24, 16], GATED),
  t5('google/flan-t5-xl', [2048, 64, 5120, 24, 32], GATED),
  bart('facebook/bart-base', 50265, sides(768, 6, 12, 3072, 1024)),
  bart('facebook/bart-large', 50265, sides(1024, 12, 16, 4096, 1024)),
  bart('facebook/bart-large-cnn', 50264, sides(1024, 12, 16, 4096, 1024)),
  mbart('facebook/mbart-large-cc25', 250027),
  mbart('facebook/mbart-large-50', 250054),
  marian('Helsinki-NLP/opus-mt-en-de', 58101),
  marian('Helsinki-NLP/opus-mt-en-fr', 59514),
  pegasus('google/pegasus-large', 1024),
  pegasus('google/pegasus-xsum', 512),
  whisper('openai/whisper-tiny', [384, 4, 6]),
  whisper('openai/whisper-base', [512, 6, 8]),
  whisper('openai/whisper-small', [768, 12, 12]),
  whisper('openai/whisper-medium', [1024, 24, 16]),
  whisper('openai/whisper-large-v2', [1280, 32, 20]),
  whisper('openai/whisper-large-v3', [1280, 32, 20], { vocab_size: 51866, num_mel_bins: 128 }),
];
