import type { AttentionKind, AttentionLayer } from '../shared/attention';
import { ProbeError } from '../shared/errors';

/** A run's attention weights, wherever they are: memory, a file, a page. */
export interface WeightReader {
  layers: AttentionLayer[];
  /** Weights of layer number `index` of `layers`, [heads, queries, keys]; perhaps shared, for reading only. */
  view(index: number): Promise<Float32Array>;
}

/** One layer's weights, [heads, queries, keys], and whose they are. */
export interface ReadLayer extends AttentionLayer {
  weights: Float32Array;
}

/** The layers of one kind in order, read one after the other. Others get a turn in between, to cancel for instance. */
export async function* layersOf(
  { layers, view }: WeightReader,
  kind: AttentionKind,
  signal?: AbortSignal,
): AsyncGenerator<ReadLayer> {
  const places = layers
    .map((layer, index) => ({ ...layer, index }))
    .filter((layer) => layer.kind === kind)
    .sort((a, b) => a.layer - b.layer);
  if (places.length === 0) throw new ProbeError('usage', `This result has no ${kind} attention.`);
  for (const { index, ...layer } of places) {
    await new Promise((resolve) => setTimeout(resolve));
    if (signal?.aborted) throw new ProbeError('cancelled', 'Cancelled.');
    yield { ...layer, weights: await view(index) };
  }
}

/** The one layer of a kind with this number. */
export async function layerOf(reader: WeightReader, kind: AttentionKind, layer: number): Promise<ReadLayer> {
  const index = reader.layers.findIndex((one) => one.kind === kind && one.layer === layer);
  const found = reader.layers[index];
  if (!found) throw new ProbeError('usage', `This result has no ${kind} attention in layer ${layer}.`);
  return { ...found, weights: await reader.view(index) };
}

/** The matrix of one head of a layer: shared memory. */
export function headOf({ heads, queries, keys, weights }: ReadLayer, head: number): Float32Array {
  if (!Number.isInteger(head) || head < 0 || head >= heads) {
    throw new ProbeError('usage', `This layer has no head ${head}.`);
  }
  return weights.subarray(head * queries * keys, (head + 1) * queries * keys);
}
