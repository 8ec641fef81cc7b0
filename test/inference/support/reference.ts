import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** PyTorch's answers for a fixture; test/fixtures/README.md has the format. */
export interface Reference {
  class: string;
  heads: number;
  query_scaled_by: number;
  cases: ReferenceCase[];
}

export interface ReferenceCase {
  name: string;
  inputs: { input_ids: number[]; decoder_input_ids?: number[] };
  tensors: ReferenceTensor[];
}

export interface ReferenceTensor {
  name: 'logits' | 'attention' | 'scores' | 'q' | 'k' | 'v' | 'hidden_state';
  kind?: 'encoder' | 'decoder' | 'cross';
  layer?: number;
  heads?: number[];
  first_position?: number;
  shape: number[];
  data: Float32Array;
}

type StoredTensor = Omit<ReferenceTensor, 'data'> & { offset: number; bytes: number };

export const FIXTURES = join(__dirname, '..', '..', 'fixtures', 'models');

/** Names of the fixtures with an answer. */
export function fixtureNames(): string[] {
  return readdirSync(FIXTURES).filter((name) => existsSync(join(FIXTURES, name, 'reference.json')));
}

export function readReference(name: string): Reference {
  const folder = join(FIXTURES, name);
  const index = JSON.parse(readFileSync(join(folder, 'reference.json'), 'utf8'));
  if (index.same_as) return readReference(relative(FIXTURES, dirname(join(folder, index.same_as))));
  const raw = gunzipSync(readFileSync(join(folder, index.bin)));
  for (const { tensors } of index.cases) {
    for (const stored of tensors as (StoredTensor & { data?: Float32Array })[]) {
      stored.data = joinPlanes(raw, stored);
    }
  }
  return index as Reference;
}

/** Four byte planes, lowest bytes first, as little-endian float32. */
function joinPlanes(raw: Buffer, { offset, bytes }: StoredTensor): Float32Array {
  const count = bytes / 4;
  const joined = new Uint8Array(bytes);
  for (let plane = 0; plane < 4; plane++) {
    for (let i = 0; i < count; i++) joined[4 * i + plane] = raw[offset + plane * count + i] as number;
  }
  return new Float32Array(joined.buffer);
}
