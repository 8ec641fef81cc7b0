import * as l10n from '@vscode/l10n';
import { open, rename, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { AttentionLayer } from '../shared/attention';
import { ProbeError } from '../shared/errors';
import type { RunInput } from '../shared/inference';
import { weightCount, withoutWeights } from './tiles';
import type { LayerWeights } from './tiles';

/*
 * The file of a run, `<run id>.bin`, little-endian throughout (every platform ONNX Runtime ships for is):
 *   bytes 0..7    the ASCII letters "TPROBE1\n"
 *   bytes 8..11   uint32: length of the JSON that follows; a multiple of 4, padded with spaces
 *   bytes 12..    JSON { "layers": AttentionLayer[], "input"?: RunInput }
 *   then          float32 weights, row-major [heads, queries, keys], layer after layer in the order of the JSON
 */
const MAGIC = Buffer.from('TPROBE1\n', 'latin1');
const PREFIX = MAGIC.length + 4;
const MAX_HEADER = 1 << 20;

/** What is written of a run. */
export interface RunContents {
  layers: LayerWeights[];
  input?: RunInput;
}

/** Where the layers of a run file lie. */
export interface RunFile {
  path: string;
  layers: AttentionLayer[];
  /** What was fed; absent in files of older versions. */
  input?: RunInput;
  /** File position of each layer's first weight. */
  positions: number[];
  /** Size of the whole file. */
  size: number;
}

/** Writes a run's weights so that a reader sees either nothing or the whole file. */
export async function writeRunFile(path: string, contents: RunContents): Promise<number> {
  const unfinished = `${path}.tmp`;
  const handle = await open(unfinished, 'w', 0o600);
  try {
    await handle.writeFile(encodeHeader(contents));
    for (const { weights } of contents.layers) await handle.writeFile(bytesOf(weights));
  } catch (error) {
    await handle.close();
    await unlink(unfinished).catch(() => undefined);
    throw error;
  }
  await handle.close();
  await rename(unfinished, path);
  return (await stat(path)).size;
}

function encodeHeader({ layers, input }: RunContents): Buffer {
  const json = Buffer.from(JSON.stringify({ layers: layers.map(withoutWeights), input }));
  const header = Buffer.alloc(PREFIX + Math.ceil(json.length / 4) * 4, ' ');
  MAGIC.copy(header);
  header.writeUInt32LE(header.length - PREFIX, MAGIC.length);
  json.copy(header, PREFIX);
  return header;
}

/** Opens a run file and checks that it is whole. Undefined where there is none or it is damaged. */
export async function openRunFile(path: string): Promise<RunFile | undefined> {
  try {
    return await withFile(path, async (handle) => readHeader(path, handle));
  } catch {
    return undefined;
  }
}

async function readHeader(path: string, handle: FileHandle): Promise<RunFile> {
  const prefix = await readRange(handle, 0, PREFIX);
  const length = prefix.readUInt32LE(MAGIC.length);
  if (!prefix.subarray(0, MAGIC.length).equals(MAGIC) || length > MAX_HEADER) throw damaged();
  const json = (await readRange(handle, PREFIX, length)).toString('utf8');
  const { layers, input } = JSON.parse(json) as Pick<RunFile, 'layers' | 'input'>;
  if (!layers.every(isLayer) || (input !== undefined && !isInput(input))) throw damaged();
  const positions: number[] = [];
  let size = PREFIX + length;
  for (const layer of layers) {
    positions.push(size);
    size += 4 * weightCount(layer);
  }
  if ((await handle.stat()).size !== size) throw damaged();
  return { path, layers, input, positions, size };
}

function isLayer({ layer, heads, queries, keys }: AttentionLayer): boolean {
  const counts = [heads, queries, keys];
  return Number.isSafeInteger(layer) && counts.every((count) => Number.isSafeInteger(count) && count > 0);
}

function isInput(input: RunInput): boolean {
  const isIds = (ids: unknown) => Array.isArray(ids) && ids.every((id) => Number.isSafeInteger(id));
  const { model, ids, typeIds, targetIds } = input;
  return typeof model === 'string' && isIds(ids) && isIds(typeIds ?? []) && isIds(targetIds ?? []);
}

/** `count` weights of a layer, from its weight number `first`; one read. */
export async function readWeights(
  file: RunFile,
  layer: number,
  first: number,
  count: number,
): Promise<Float32Array> {
  const position = file.positions[layer];
  if (position === undefined) throw damaged();
  const bytes = await withFile(file.path, (handle) => readRange(handle, position + 4 * first, 4 * count));
  return new Float32Array(bytes.buffer, bytes.byteOffset, count);
}

async function withFile<T>(path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(path, 'r');
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

async function readRange(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.from(new ArrayBuffer(length));
  const { bytesRead } = await handle.read(bytes, 0, length, position);
  if (bytesRead !== length) throw damaged();
  return bytes;
}

function bytesOf(weights: Float32Array): Uint8Array {
  return new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength);
}

function damaged(): ProbeError {
  return new ProbeError('runtime', l10n.t('The stored result is damaged. Run the analysis again.'));
}
