import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as ort from 'onnxruntime-node';
import type { Skeleton } from '../../../src/onnx/skeleton';
import type { GraphAddition } from '../../../src/onnx/taps';
import { appendGraph } from '../../../src/onnx/taps';
import { bytesField, concat, varintField } from '../../../src/onnx/wire';

export const MODELS = join(__dirname, '../../fixtures/models');

/** Every graph file among the fixtures, as `folder/file`. */
export function fixtureFiles(): string[] {
  return readdirSync(MODELS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      readdirSync(join(MODELS, name, 'onnx'))
        .filter((file) => file.endsWith('.onnx'))
        .map((file) => `${name}/${file}`),
    );
}

export function fixturePath(file: string): string {
  const [folder = '', name = ''] = file.split('/');
  return join(MODELS, folder, 'onnx', name);
}

/** ModelProto { ir_version 8, opset 15, graph }. */
export function modelBytes(graph: GraphAddition): Uint8Array {
  const head = concat([varintField(1, 8), bytesField(8, varintField(2, 15))]);
  return appendGraph(head, graph);
}

/** A folder that is gone when `use` is done. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'onnx-test-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function save(folder: string, name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** Opens a session on bytes whose weights lie in the skeleton's folder. */
export function openSession(
  skeleton: Pick<Skeleton, 'directory'>,
  bytes: Uint8Array,
): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    extra: { session: { model_external_initializers_file_folder_path: skeleton.directory } },
  });
}

export interface Entry {
  name: string;
  kind?: 'encoder' | 'decoder' | 'cross';
  layer?: number;
  heads?: number[];
  shape: number[];
  offset: number;
  bytes: number;
}

export interface Reference {
  family: string;
  heads: number;
  layers: { encoder?: number; decoder?: number; cross?: number };
  query_scaled_by: number;
  cases: {
    name: string;
    inputs: { input_ids: number[]; decoder_input_ids?: number[] };
    tensors: Entry[];
  }[];
  read(entry: Entry): Float32Array;
}

/** PyTorch's answers for a fixture folder (test/fixtures/README.md has the layout). */
export function reference(folder: string): Reference {
  const path = join(MODELS, folder, 'reference.json');
  const index = JSON.parse(readFileSync(path, 'utf8')) as Reference & { same_as?: string; bin: string };
  if (index.same_as) return reference(index.same_as.split('/')[1] as string);
  const raw = gunzipSync(readFileSync(join(MODELS, folder, index.bin)));
  const read = (entry: Entry) => {
    const count = entry.bytes / 4;
    const bytes = new Uint8Array(entry.bytes);
    for (let plane = 0; plane < 4; plane++) {
      for (let i = 0; i < count; i++) bytes[4 * i + plane] = raw[entry.offset + plane * count + i] as number;
    }
    return new Float32Array(bytes.buffer);
  };
  return { ...index, read };
}
