import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ModelFolder } from './folder';

/** SHA-256, in lower-case hex, of the files that a model's weights are in: its graphs, and the data files beside them. */
export async function fingerprint(
  { graphs }: ModelFolder,
  signal?: AbortSignal,
): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const { path } of graphs) {
    const graph = basename(path);
    const names = await readdir(dirname(path));
    // `model.onnx_data`, `model.onnx_data_1`, `model.onnx.data`: exporters name them after the graph.
    for (const name of names.filter((one) => one.startsWith(graph)).sort()) {
      hashes[name] = await sha256Of(join(dirname(path), name), signal);
    }
  }
  return hashes;
}

async function sha256Of(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { signal });
  return hash.digest('hex');
}
