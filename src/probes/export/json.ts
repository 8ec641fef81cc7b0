import type { AttentionLayer, AttentionResult } from '../../shared/attention';
import type { HeadMatrix } from '../../shared/attention';
import type { Token } from '../../shared/tokens';
import { float32Text } from './float32';

/** Characters a written piece has, about. */
const PIECE = 1 << 16;

export interface JsonLayer {
  layer: AttentionLayer;
  /** The heads to write. */
  heads: number[];
}

export interface JsonSource {
  result: AttentionResult;
  /** The text that the offsets count in; null for ids of a model without a tokenizer. */
  text: string | null;
  layers: JsonLayer[];
  head(layer: AttentionLayer, head: number): Promise<HeadMatrix>;
}

/** The result as JSON, piece by piece, so that its size does not matter. */
export async function* jsonPieces({ result, text, layers, head }: JsonSource): AsyncGenerator<string> {
  yield `{"model":${JSON.stringify(result.model)},\n"text":${JSON.stringify(text)},\n`;
  const offsetOf = (segment: number) => result.segments[segment]?.offset ?? 0;
  yield `"tokens":${tokensJson(result.tokens, offsetOf)},\n`;
  if (result.target) {
    yield `"target":${JSON.stringify({ text: result.target.text, source: result.target.source })},\n`;
    yield `"targetTokens":${tokensJson(result.target.tokens, () => 0)},\n`;
  }
  if (result.window) yield `"window":${JSON.stringify(result.window)},\n`;
  yield '"attention":[';
  for (const [index, { layer, heads }] of layers.entries()) {
    const { kind, queries, keys } = layer;
    const shape = [heads.length, queries, keys];
    const opening = JSON.stringify({ kind, layer: layer.layer, shape }).slice(0, -1);
    yield `${index === 0 ? '' : ','}\n${opening},"weights":[`;
    for (const [place, number] of heads.entries()) {
      if (place > 0) yield ',';
      yield* numberPieces((await head(layer, number)).weights);
    }
    yield ']}';
  }
  yield '\n]}\n';
}

function tokensJson(tokens: Token[], offsetOf: (segment: number) => number): string {
  const plain = tokens.map(({ id, text, piece, start, end, special, segment }) => {
    const offset = special ? 0 : offsetOf(segment);
    return { id, text, piece, start: offset + start, end: offset + end, special };
  });
  return JSON.stringify(plain);
}

function* numberPieces(weights: Float32Array): Generator<string> {
  let piece = '';
  for (let i = 0; i < weights.length; i++) {
    piece += (i > 0 ? ',' : '') + float32Text(weights[i] as number);
    if (piece.length >= PIECE) {
      yield piece;
      piece = '';
    }
  }
  yield piece;
}
