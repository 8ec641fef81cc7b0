import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import type { ConfigValues } from './config';
import type { Shapes } from './shapes';

/** What sets one family of BART's line apart. */
interface Variant {
  defaults: { vocabulary: number; layers: number; feedForward: number; model: number };
  /** Rows of the position table besides the longest input: BART's start at 2. */
  extraPositions: number;
  /** A norm behind the embeddings, and one behind each stack. */
  embeddingNorm: boolean;
  finalNorm: boolean;
}

const DEFAULTS = { vocabulary: 50265, layers: 12, feedForward: 4096, model: 1024 };

/** BART (arXiv:1910.13461). */
export function bart(to: Shapes, c: ConfigValues): void {
  build(to, c, { defaults: DEFAULTS, extraPositions: 2, embeddingNorm: true, finalNorm: false });
}

/** mBART (arXiv:2001.08210): norms before the sub-layers, and one behind each stack. */
export function mbart(to: Shapes, c: ConfigValues): void {
  build(to, c, { defaults: DEFAULTS, extraPositions: 2, embeddingNorm: true, finalNorm: true });
}

/** Pegasus (arXiv:1912.08777). Its table of sines is a parameter to PyTorch, although nothing trains it. */
export function pegasus(to: Shapes, c: ConfigValues): void {
  build(to, c, { defaults: DEFAULTS, extraPositions: 0, embeddingNorm: false, finalNorm: true });
}

/** Marian, the translation models of OPUS-MT. Its table of sines counts as in Pegasus. */
export function marian(to: Shapes, c: ConfigValues): void {
  if (!c.flag('share_encoder_decoder_embeddings', true)) {
    throw new ProbeError(
      'model',
      l10n.t('config.json: Marian models with two vocabularies cannot be computed.'),
    );
  }
  const defaults = { ...DEFAULTS, vocabulary: 58101 };
  build(to, c, { defaults, extraPositions: 0, embeddingNorm: false, finalNorm: false });
}

function build(to: Shapes, c: ConfigValues, variant: Variant): void {
  const { defaults } = variant;
  const size = c.size('d_model', defaults.model);
  const vocabulary = c.size('vocab_size', defaults.vocabulary);
  const isBare = c.isBare;
  const base = to.at(isBare ? '' : 'model');
  base.embedding('shared', vocabulary, size);
  stack(base, c, variant, 'encoder', size);
  stack(base, c, variant, 'decoder', size);
  if (isBare) return;
  if (/ForSequenceClassification$/.test(c.class)) {
    to.linear('classification_head.dense', size, size);
    to.linear('classification_head.out_proj', size, c.labels);
  } else if (/ForQuestionAnswering$/.test(c.class)) to.linear('qa_outputs', size, c.labels);
  else
    to.output(
      'lm_head',
      vocabulary,
      size,
      c.flag('tie_word_embeddings', true) ? 'model.shared.weight' : null,
    );
}

function stack(
  base: Shapes,
  c: ConfigValues,
  variant: Variant,
  side: 'encoder' | 'decoder',
  size: number,
): void {
  const to = base.at(side);
  const { defaults, extraPositions, embeddingNorm, finalNorm } = variant;
  const inner = c.size(`${side}_ffn_dim`, defaults.feedForward);
  to.embedding('embed_positions', c.size('max_position_embeddings', 1024) + extraPositions, size);
  to.repeat('layers', c.count(`${side}_layers`, defaults.layers), (layer) => {
    bartLayer(layer, size, inner, side === 'decoder');
  });
  if (embeddingNorm) to.norm('layernorm_embedding', size);
  if (finalNorm) to.norm('layer_norm', size);
}

/** One layer of either side. `keyBias`: Whisper's keys have none. */
export function bartLayer(layer: Shapes, size: number, inner: number, cross: boolean, keyBias = true): void {
  for (const name of cross ? ['self_attn', 'encoder_attn'] : ['self_attn']) {
    for (const part of ['k', 'v', 'q', 'out']) {
      layer.linear(`${name}.${part}_proj`, size, size, part !== 'k' || keyBias);
    }
    layer.norm(`${name}_layer_norm`, size);
  }
  layer.linear('fc1', size, inner);
  layer.linear('fc2', inner, size);
  layer.norm('final_layer_norm', size);
}
