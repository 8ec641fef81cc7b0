import type { AttentionLayer, AttentionResult, HeadMatrix } from '../../shared/attention';
import type { Token } from '../../shared/tokens';
import { zipPieces } from './zip';
import type { ZipEntry } from './zip';

/** How an export reads weights: one head at a time. */
export type ReadHead = (layer: AttentionLayer, head: number) => Promise<HeadMatrix>;

/**
 * A result for numpy: `encoder_0`, `decoder_0`, `cross_0` ... as float32 [heads, queries, keys], `tokens` and `target_tokens`
 * as text, `token_ids` and `target_token_ids` as int64.
 */
export function npzPieces(result: AttentionResult, head: ReadHead): AsyncGenerator<Uint8Array> {
  return zipPieces(entries(result, head));
}

async function* entries(result: AttentionResult, head: ReadHead): AsyncGenerator<ZipEntry> {
  yield* tokenEntries('', result.tokens);
  if (result.target) yield* tokenEntries('target_', result.target.tokens);
  for (const layer of result.layers) {
    const size = layer.queries * layer.keys;
    const weights = new Float32Array(layer.heads * size);
    for (let number = 0; number < layer.heads; number++) {
      weights.set((await head(layer, number)).weights, number * size);
    }
    const bytes = npy('<f4', [layer.heads, layer.queries, layer.keys], weights);
    yield { name: `${layer.kind}_${layer.layer}.npy`, bytes };
  }
}

function* tokenEntries(prefix: string, tokens: readonly Token[]): Generator<ZipEntry> {
  const ids = BigInt64Array.from(tokens, ({ id }) => BigInt(id));
  yield { name: `${prefix}token_ids.npy`, bytes: npy('<i8', [tokens.length], ids) };
  yield { name: `${prefix}tokens.npy`, bytes: textArray(tokens.map(({ text }) => text)) };
}

/** Text in numpy's fixed width: every item padded with zeros to the longest, in UTF-32. */
function textArray(texts: readonly string[]): Uint8Array {
  const points = texts.map((text) => [...text].map((character) => character.codePointAt(0) ?? 0));
  const width = Math.max(1, ...points.map(({ length }) => length));
  const codes = new Uint32Array(width * texts.length);
  points.forEach((list, i) => codes.set(list, i * width));
  return npy(`<U${width}`, [texts.length], codes);
}

/** A file in numpy's format 1.0; every platform that the program runs on is little-endian. */
export function npy(
  dtype: string,
  shape: readonly number[],
  data: Float32Array | BigInt64Array | Uint32Array,
): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const facts = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${sizes}), }`;
  // Magic, version and length are 10 bytes; the whole header is a multiple of 64 and ends with a line break.
  const length = Math.ceil((facts.length + 11) / 64) * 64 - 10;
  const bytes = new Uint8Array(10 + length + data.byteLength);
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, length & 0xff, length >> 8]);
  bytes.set(new TextEncoder().encode(`${facts.padEnd(length - 1)}\n`), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + length);
  return bytes;
}
