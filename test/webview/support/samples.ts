import type {
  AttentionKind,
  AttentionLayer,
  AttentionResult,
  HeadAddress,
  HeadMatrix,
  Overview,
} from '../../../src/shared/attention';
import type { Family } from '../../../src/shared/model';
import type { TextSegment, Token } from '../../../src/shared/tokens';
import { seeded } from '../../support/seeded';
import type { Answers } from './panelPage';

/** A result with made-up but exact weights: the same for the same address, on every machine. */
export interface Sample {
  result: AttentionResult;
  requests: Answers;
  weights(address: HeadAddress): Float32Array;
}

interface SampleOptions {
  text: string | string[];
  family?: Family;
  layers?: number;
  decoderLayers?: number;
  heads?: number;
  target?: string;
  runId?: string;
  change?: Partial<AttentionResult>;
}

export function makeSample(options: SampleOptions): Sample {
  const { family = 'encoder-only', layers = 4, heads = 4, decoderLayers = layers } = options;
  const segments = toSegments(options.text);
  const tokens = segments.flatMap((segment, index) => toTokens(segment.text, index, index === 0, family));
  const targetTokens =
    options.target === undefined ? undefined : toTokens(options.target, 0, true, 'decoder-only');
  const sizes = layerSizes(family, layers, decoderLayers, heads, tokens.length, targetTokens?.length ?? 0);
  const result: AttentionResult = {
    runId: options.runId ?? 'run-1',
    model: {
      id: 'pocket-sample',
      name: 'pocket-sample',
      family,
      architecture: 'sample',
      layers,
      heads,
      ...(family === 'encoder-decoder' && { decoderLayers }),
      maxTokens: 512,
      vocabulary: 8000,
      hasTokenizer: true,
    },
    segments,
    tokens,
    ...(targetTokens && {
      target: { text: options.target ?? '', tokens: targetTokens, source: 'generated' },
    }),
    layers: sizes,
    timing: { openMs: 84, tokenizeMs: 2, runMs: 23 },
    createdAt: '2026-11-22T00:00:00.000Z',
    ...options.change,
  };
  const weights = (address: HeadAddress) => headWeights(sizes, address);
  return {
    result,
    weights,
    requests: {
      overview: ({ side }) => overviewOf(sizes, side),
      head: ({ kind, layer, head }) => headMatrix(sizes, { kind, layer, head }),
    },
  };
}

function toSegments(text: string | string[]): TextSegment[] {
  let offset = 0;
  return [text].flat().map((piece) => {
    const segment = { text: piece, offset };
    offset += piece.length + 1;
    return segment;
  });
}

function toTokens(text: string, segment: number, first: boolean, family: Family): Token[] {
  const special = (name: string): Token => ({
    id: 1,
    text: name,
    piece: name,
    start: 0,
    end: 0,
    special: true,
    segment,
  });
  const pattern =
    family === 'decoder-only'
      ? /\s?[\p{L}\p{M}\p{N}]{1,7}|\s?\p{Extended_Pictographic}(?:\u200d?\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)*|\s|./gu
      : /[\p{L}\p{M}\p{N}]{1,7}|\p{Extended_Pictographic}(?:\u200d?\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)*|\S/gu;
  const ordinary = [...text.matchAll(pattern)].map(({ 0: match, index }, position): Token => ({
    id: 100 + position,
    text: match,
    piece: match.replace(/^\s/, 'Ġ'),
    start: index,
    end: index + match.length,
    special: false,
    segment,
  }));
  if (family === 'decoder-only') return first ? [special('<s>'), ...ordinary] : ordinary;
  return [...(first ? [special('[CLS]')] : []), ...ordinary, special('[SEP]')];
}

function layerSizes(
  family: Family,
  layers: number,
  decoderLayers: number,
  heads: number,
  input: number,
  target: number,
) {
  const make = (kind: AttentionKind, count: number, queries: number, keys: number): AttentionLayer[] =>
    Array.from({ length: count }, (_, layer) => ({ kind, layer, heads, queries, keys }));
  if (family === 'encoder-only') return make('encoder', layers, input, input);
  if (family === 'decoder-only') return make('decoder', layers, input, input);
  return [
    ...make('encoder', layers, input, input),
    ...make('decoder', decoderLayers, target, target),
    ...make('cross', decoderLayers, target, input),
  ];
}

function headMatrix(sizes: AttentionLayer[], address: HeadAddress): HeadMatrix {
  const { queries, keys } = sizeOf(sizes, address);
  return { ...address, queries, keys, weights: headWeights(sizes, address) };
}

function sizeOf(sizes: AttentionLayer[], { kind, layer }: HeadAddress): AttentionLayer {
  const size = sizes.find((entry) => entry.kind === kind && entry.layer === layer);
  if (!size) throw new Error(`no ${kind} layer ${layer}`);
  return size;
}

/** Rows of a softmax over seeded scores with the habits of real heads: previous token, own token, first token, spread. */
function headWeights(sizes: AttentionLayer[], address: HeadAddress): Float32Array {
  const { queries, keys } = sizeOf(sizes, address);
  const next = seeded(1 + address.layer * 131 + address.head * 17 + address.kind.length);
  const habit = Math.floor(next() * 4);
  const sharp = 1 + 4 * next();
  const weights = new Float32Array(queries * keys);
  for (let query = 0; query < queries; query++) {
    const seen = address.kind === 'decoder' ? query + 1 : keys;
    const place =
      address.kind === 'cross' ? Math.round((query * (keys - 1)) / Math.max(1, queries - 1)) : query;
    const favourite = [place - 1, place, 0, -9][habit] as number;
    const scores = Array.from({ length: seen }, (_, key) => 2 * next() + (key === favourite ? sharp : 0));
    const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
    scores.forEach((score, key) => (weights[query * keys + key] = Math.exp(score) / total));
  }
  return weights;
}

function overviewOf(sizes: AttentionLayer[], side: number): Overview {
  let byteOffset = 0;
  const layers = sizes.map((size) => {
    const entry = {
      ...size,
      rows: Math.min(side, size.queries),
      columns: Math.min(side, size.keys),
      byteOffset,
    };
    byteOffset += entry.heads * entry.rows * entry.columns;
    return entry;
  });
  const bytes = new Uint8Array(byteOffset);
  for (const layer of layers) {
    for (let head = 0; head < layer.heads; head++) {
      const weights = headWeights(sizes, { kind: layer.kind, layer: layer.layer, head });
      shrink(weights, layer, bytes.subarray(layer.byteOffset + head * layer.rows * layer.columns));
    }
  }
  return { layers, bytes };
}

function shrink(weights: Float32Array, layer: Overview['layers'][number], out: Uint8Array): void {
  for (let query = 0; query < layer.queries; query++) {
    const row = Math.floor((query * layer.rows) / layer.queries);
    for (let key = 0; key < layer.keys; key++) {
      const cell = row * layer.columns + Math.floor((key * layer.columns) / layer.keys);
      const byte = Math.round(255 * Math.sqrt(weights[query * layer.keys + key] as number));
      if (byte > (out[cell] as number)) out[cell] = byte;
    }
  }
}
