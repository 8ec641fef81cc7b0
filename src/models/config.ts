import { join } from 'node:path';
import type { Family } from '../shared/model';
import { configOfGenai, readGenaiConfig } from './genai';
import { familyByConfig, PADDED_POSITIONS, UNLIMITED } from './families';
import { integerAt, listAt, ownValue, readRecord, recordAt, stringAt, type JsonRecord } from './json';

/** What config.json says, under one name for every family's keys. Null: not said, or not believable. */
export interface ModelConfig {
  /** `model_type`, such as `bert`; `unknown` where absent. */
  architecture: string;
  /** Class names, such as `BertForMaskedLM`. */
  architectures: string[];
  family: Family | null;
  /** Layers of the encoder, or of the only stack. */
  layers: number | null;
  /** Layers of the decoder of an encoder-decoder. */
  decoderLayers: number | null;
  heads: number | null;
  decoderHeads: number | null;
  /** Heads of keys and values where they are shared (grouped-query attention). */
  keyValueHeads: number | null;
  hiddenSize: number | null;
  vocabulary: number | null;
  /** Longest input in tokens, special tokens included. */
  maxTokens: number | null;
  /** Length the model was trained with, where nothing enforces it: advice, not a limit. */
  trainedLength: number | null;
  bosId: number | null;
  eosIds: number[];
  padId: number | null;
  decoderStartId: number | null;
  /** Standard deviation that random weights start with. */
  initializerRange: number | null;
}

const MAX_CONFIG_BYTES = 16 * 2 ** 20;
const MAX_LAYERS = 4096;
const MAX_WIDTH = 2 ** 24;
const MAX_NAME = 200;

const LAYERS = ['num_hidden_layers', 'encoder_layers', 'n_layer', 'n_layers', 'num_layers'];
const DECODER_LAYERS = ['decoder_layers', 'num_decoder_layers'];
const HEADS = ['num_attention_heads', 'encoder_attention_heads', 'n_head', 'n_heads', 'num_heads'];
const DECODER_HEADS = ['decoder_attention_heads', 'num_decoder_heads'];
const WIDTH = ['hidden_size', 'd_model', 'n_embd', 'dim', 'model_dim'];
const POSITIONS = [
  'max_position_embeddings',
  'n_positions',
  'n_ctx',
  'max_seq_len',
  'max_source_positions',
  'seq_length',
];

/**
 * Reads config.json, or else genai_config.json (and the length in tokenizer_config.json); null without either. Throws a
 * ProbeError that names the file.
 */
export async function readConfig(directory: string): Promise<ModelConfig | null> {
  const own = await readRecord(join(directory, 'config.json'), MAX_CONFIG_BYTES);
  const genai = own === null ? await readGenaiConfig(directory) : null;
  const config = own ?? (genai && configOfGenai(genai));
  if (config === null) return null;
  const tokenizer = await readRecord(join(directory, 'tokenizer_config.json'), MAX_CONFIG_BYTES);
  return parseConfig(config, tokenizer);
}

/** Turns any family's config.json into facts. Values of the wrong type and absurd sizes count as absent. */
export function parseConfig(config: JsonRecord, tokenizerConfig: unknown = null): ModelConfig {
  const architecture = nameAt(config, 'model_type') ?? 'unknown';
  const architectures = listAt(config, 'architectures').filter(isName).slice(0, 16);
  const isPair = ownValue(config, 'is_encoder_decoder') === true;
  const family = familyByConfig(architecture, architectures, isPair);
  const encoder = [config, recordAt(config, 'encoder'), recordAt(config, 'text_config')];
  const decoder = family === 'encoder-decoder' ? [config, recordAt(config, 'decoder')] : [];
  const layers = first(encoder, LAYERS, MAX_LAYERS);
  const heads = first(encoder, HEADS, MAX_LAYERS);
  return {
    architecture,
    architectures,
    family,
    layers,
    decoderLayers:
      first(decoder, DECODER_LAYERS, MAX_LAYERS) ??
      first(decoder.slice(1), LAYERS, MAX_LAYERS) ??
      (decoder.length ? layers : null),
    heads,
    decoderHeads:
      first(decoder, DECODER_HEADS, MAX_LAYERS) ??
      first(decoder.slice(1), HEADS, MAX_LAYERS) ??
      (decoder.length ? heads : null),
    keyValueHeads: first(encoder, ['num_key_value_heads', 'n_head_kv', 'num_kv_heads'], MAX_LAYERS),
    hiddenSize: first(encoder, WIDTH, MAX_WIDTH),
    vocabulary: first(encoder, ['vocab_size', 'n_vocab'], MAX_WIDTH * 4),
    ...lengths(architecture, encoder, tokenizerConfig),
    ...specialIds(config, decoder[1] ?? {}),
    initializerRange: deviationAt(config, 'initializer_range'),
  };
}

function lengths(
  architecture: string,
  sources: JsonRecord[],
  tokenizerConfig: unknown,
): Pick<ModelConfig, 'maxTokens' | 'trainedLength'> {
  const positions = first(sources, POSITIONS, MAX_WIDTH);
  const advised = integerAt(tokenizerConfig, 'model_max_length', 1, MAX_WIDTH);
  if (UNLIMITED.has(architecture)) return { maxTokens: null, trainedLength: advised ?? positions };
  if (positions === null || !PADDED_POSITIONS.has(architecture)) {
    return { maxTokens: positions, trainedLength: advised };
  }
  const padding = first(sources, ['pad_token_id'], MAX_WIDTH, 0) ?? 1;
  return { maxTokens: Math.max(1, positions - padding - 1), trainedLength: advised };
}

function specialIds(
  config: JsonRecord,
  decoder: JsonRecord,
): Pick<ModelConfig, 'bosId' | 'eosIds' | 'padId' | 'decoderStartId'> {
  const eos = ownValue(config, 'eos_token_id');
  return {
    bosId: integerAt(config, 'bos_token_id'),
    eosIds: (Array.isArray(eos) ? eos.slice(0, 64) : [eos]).filter(isId),
    padId: integerAt(config, 'pad_token_id'),
    decoderStartId: integerAt(config, 'decoder_start_token_id') ?? integerAt(decoder, 'bos_token_id'),
  };
}

function deviationAt(config: JsonRecord, key: string): number | null {
  const value = ownValue(config, key);
  return typeof value === 'number' && value > 0 && value <= 1 ? value : null;
}

function first(sources: JsonRecord[], keys: string[], most: number, least = 1): number | null {
  for (const source of sources) {
    for (const key of keys) {
      const value = integerAt(source, key, least, most);
      if (value !== null) return value;
    }
  }
  return null;
}

function nameAt(config: JsonRecord, key: string): string | null {
  const value = stringAt(config, key);
  return value !== null && isName(value) ? value : null;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_NAME;
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31;
}
