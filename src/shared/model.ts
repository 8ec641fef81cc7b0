/** The three architectures that the program tells apart. */
export type Family = 'encoder-only' | 'decoder-only' | 'encoder-decoder';

/** What is known of a model once its files are open. */
export interface ModelFacts {
  /** Bundled name, folder path, file path or Hub id by which it was opened. */
  id: string;
  /** Short name for titles: the last part of the id. */
  name: string;
  family: Family;
  /** `model_type` of config.json, such as `bert`; `unknown` without a config. */
  architecture: string;
  /** Attention layers of the encoder, or of the only stack. */
  layers: number;
  /** Attention layers of the decoder of an encoder-decoder. */
  decoderLayers?: number;
  heads: number;
  /** Longest input in tokens, special tokens included; null where the model sets no limit. */
  maxTokens: number | null;
  /** Number of ids in the vocabulary; null if unknown. */
  vocabulary: number | null;
  hasTokenizer: boolean;
}
