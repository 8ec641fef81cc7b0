import type { Anatomy, Component } from '../../shared/anatomy';

/** The sizes that memory and cost follow from. */
export interface ModelSizes {
  parameters: number;
  /** Looked up, not multiplied: token, position and segment tables. */
  embeddingParameters: number;
  /** Multiplied for each token: without the embeddings and the experts that a token does not use. */
  activeParameters: number;
  /** Layers with self-attention, both stacks. */
  layers: number;
  /** Layers whose keys and values generation keeps; 0 for encoders. */
  cachedLayers: number;
  /** Layers with cross-attention. */
  crossLayers: number;
  hidden: number;
  heads: number;
  keyValueHeads: number;
  headSize: number;
  feedForward: number;
  vocabulary: number;
  /** The output matrix is the embedding, used a second time. */
  tied: boolean;
  causal: boolean;
}

/** Null where the files do not say enough. */
export function sizesOf({ parameters, facts, components }: Anatomy): ModelSizes | null {
  const { layers, hiddenSize, heads, keyValueHeads, headSize, feedForwardSize, vocabulary } = facts;
  if (!layers || !hiddenSize || !heads || !headSize || !vocabulary) return null;
  const decoderLayers = facts.decoderLayers ?? 0;
  const embeddingParameters = sumOf(components, 'embeddings');
  const experts = sumOf(components, 'experts');
  const unused = facts.experts?.used ? experts * (1 - facts.experts.used / facts.experts.count) : 0;
  const isDecoder = facts.family === 'decoder-only';
  return {
    parameters,
    embeddingParameters,
    activeParameters: Math.round(parameters - embeddingParameters - unused),
    layers: layers + decoderLayers,
    cachedLayers: isDecoder ? layers : decoderLayers,
    crossLayers: decoderLayers,
    hidden: hiddenSize,
    heads,
    keyValueHeads: keyValueHeads ?? heads,
    headSize,
    feedForward: feedForwardSize ?? 4 * hiddenSize,
    vocabulary,
    tied: facts.tied === true,
    causal: isDecoder,
  };
}

/** Bytes a weight. Blocks of 32 four-bit weights share one 16-bit scale: 4.5 bits. */
export const PRECISIONS = { fp32: 4, fp16: 2, int8: 1, int4: 4.5 / 8 } as const;
export type MemoryPrecision = keyof typeof PRECISIONS;

export interface Load {
  batch: number;
  /** Tokens a sequence. */
  length: number;
  /** Bytes of a number in activations and cache. */
  bytes: number;
}

/** Keys and values of every cached layer: 2 * layers * batch * length * key-value heads * head size * bytes. */
export function cacheBytes(m: ModelSizes, { batch, length, bytes }: Load): number {
  // Cross-attention's keys and values of the encoder's output stay as well, for a source of the same length.
  const layers = m.cachedLayers + m.crossLayers;
  return 2 * layers * batch * length * m.keyValueHeads * m.headSize * bytes;
}

/** Attention weights of all layers and heads, were they all kept: layers * batch * heads * length^2 * bytes. */
export function attentionMapBytes(m: ModelSizes, { batch, length, bytes }: Load): number {
  return (m.layers + m.crossLayers) * batch * m.heads * length * length * bytes;
}

/**
 * What one forward pass holds at its widest: the residual stream and a copy, the wider of (query, key, value) and the
 * feed-forward layer, one layer's attention weights, and the logits of every position.
 */
export function workingBytes(m: ModelSizes, { batch, length, bytes }: Load): number {
  const queryKeyValue = (m.heads + 2 * m.keyValueHeads) * m.headSize;
  const perToken = 2 * m.hidden + Math.max(queryKeyValue, m.feedForward) + m.vocabulary;
  return batch * length * bytes * (perToken + m.heads * length);
}

/** AdamW in 32 bits: weights, gradients and two moments: 16 bytes a parameter, in mixed precision as well. */
export function optimizerBytes(m: ModelSizes): number {
  return 16 * m.parameters;
}

/**
 * Activations that the backward pass needs, kept in 16 bits: layers * length * batch * hidden * (34 + 5 heads * length /
 * hidden) bytes (Korthikanti et al. 2022, arXiv:2205.05198, equation 2: feed-forward layers four times as wide as hidden).
 */
export function trainingActivationBytes(m: ModelSizes, { batch, length }: Omit<Load, 'bytes'>): number {
  return m.layers * length * batch * m.hidden * (34 + (5 * m.heads * length) / m.hidden);
}

/**
 * Floating point operations of a forward pass for one token: 2 a multiplied weight, the output matrix included, and 4 *
 * layers * keys * heads * head size for QK^T and the weighted sum (Kaplan et al. 2020, arXiv:2001.08361, section 2.1). A
 * causal token sees half the length on average.
 */
export function flopsPerToken(m: ModelSizes, length: number): { weights: number; attention: number } {
  const output = m.tied ? m.hidden * m.vocabulary : 0;
  const keys = m.causal ? length / 2 : length;
  return {
    weights: 2 * (m.activeParameters + output),
    attention: 4 * (m.layers + m.crossLayers) * keys * m.heads * m.headSize,
  };
}

function sumOf(components: readonly Component[], kind: Component['kind']): number {
  return components.reduce(
    (sum, part) => sum + (part.kind === kind ? part.parameters : sumOf(part.children, kind)),
    0,
  );
}
