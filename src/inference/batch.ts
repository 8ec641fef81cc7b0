import type { Tensor } from 'onnxruntime-node';
import { loadRuntime } from './runtime';
import { readyToFeed } from './tensors';

export type Feeds = Record<string, Tensor>;

type Elements = Float32Array | BigInt64Array | Int32Array | Uint8Array | Uint16Array;

/**
 * Feeds of several texts, each a batch of one and all of one length, as one batch: tensors [1, ...] become [n, ...].
 * Vectors and scalars (such as `cache_position`) are the same for all.
 */
export async function stackFeeds(rows: readonly Feeds[]): Promise<Feeds> {
  const [first = {}] = rows;
  if (rows.length === 1) return first;
  const stacked: Feeds = {};
  for (const [name, tensor] of Object.entries(first)) {
    const parts = rows.flatMap((row) => row[name] ?? []);
    stacked[name] = tensor.dims.length > 1 && tensor.dims[0] === 1 ? await stack(tensor, parts) : tensor;
  }
  return stacked;
}

async function stack(like: Tensor, parts: readonly Tensor[]): Promise<Tensor> {
  const { Tensor: TensorClass } = await loadRuntime();
  const arrays = parts.map(({ data }) => data as unknown as Elements);
  const [first] = arrays as [Elements];
  const all = new (first.constructor as new (length: number) => Elements)(first.length * arrays.length);
  for (const [i, array] of arrays.entries()) all.set(array as never, i * first.length);
  const dims = [parts.length, ...like.dims.slice(1)];
  return readyToFeed(new TensorClass(like.type as 'float32', all as Float32Array, dims));
}

/** One row as a batch of `count` equal ones. */
export function repeatFeeds(row: Feeds, count: number): Promise<Feeds> {
  return stackFeeds(new Array<Feeds>(count).fill(row));
}
