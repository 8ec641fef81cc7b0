import { join } from 'node:path';
import { integerAt, readRecord, recordAt, stringAt, type JsonRecord } from './json';
import { GENAI_CONFIG } from './nested';

const MAX_BYTES = 16 * 2 ** 20;

/** onnxruntime-genai's genai_config.json; null where there is none. Throws a ProbeError that names the file. */
export function readGenaiConfig(directory: string): Promise<JsonRecord | null> {
  return readRecord(join(directory, GENAI_CONFIG), MAX_BYTES);
}

/** The graph that holds the decoder, by the name that the file states; null where it states none. */
export function genaiGraph(genai: JsonRecord): string | null {
  return stringAt(recordAt(recordAt(genai, 'model'), 'decoder'), 'filename');
}

/** The same facts by the keys of config.json, for models that come without one. */
export function configOfGenai(genai: JsonRecord): JsonRecord {
  const model = recordAt(genai, 'model');
  const decoder = recordAt(model, 'decoder');
  const type = stringAt(model, 'type');
  return {
    ...(type !== null && { model_type: type }),
    // Of a type that has no family of its own here, too: what genai runs generates text.
    architectures: ['ForCausalLM'],
    max_position_embeddings: integerAt(model, 'context_length'),
    vocab_size: integerAt(model, 'vocab_size'),
    num_hidden_layers: integerAt(decoder, 'num_hidden_layers'),
    num_attention_heads: integerAt(decoder, 'num_attention_heads'),
    num_key_value_heads: integerAt(decoder, 'num_key_value_heads'),
    hidden_size: integerAt(decoder, 'hidden_size'),
    bos_token_id: model['bos_token_id'],
    eos_token_id: model['eos_token_id'],
    pad_token_id: model['pad_token_id'],
  };
}
