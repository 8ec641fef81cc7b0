import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { field, ggufHeader, intField, safetensorsHeader } from './build';

/** Sparse files of the sizes that people have: only their headers take room on the disk. */
export interface LargeFile {
  path: string;
  parameters: number;
}

const LAYERS = 32;

/** 4.2 GB of half floats: Llama's names, 291 tensors. */
export async function largeSafetensors(folder: string): Promise<LargeFile> {
  const tensors: Record<string, { dtype: string; shape: number[]; bytes: number }> = {};
  let parameters = 0;
  const add = (name: string, ...shape: number[]) => {
    const count = shape.reduce((product, size) => product * size, 1);
    tensors[name] = { dtype: 'F16', shape, bytes: 2 * count };
    parameters += count;
  };
  add('model.embed_tokens.weight', 32000, 2560);
  for (let i = 0; i < LAYERS; i++) {
    const layer = `model.layers.${i}`;
    for (const part of ['q', 'k', 'v', 'o']) add(`${layer}.self_attn.${part}_proj.weight`, 2560, 2560);
    for (const part of ['gate', 'up']) add(`${layer}.mlp.${part}_proj.weight`, 4608, 2560);
    add(`${layer}.mlp.down_proj.weight`, 2560, 4608);
    add(`${layer}.input_layernorm.weight`, 2560);
    add(`${layer}.post_attention_layernorm.weight`, 2560);
  }
  add('model.norm.weight', 2560);
  add('lm_head.weight', 32000, 2560);
  const header = safetensorsHeader(tensors);
  const file = path.join(folder, 'large.safetensors');
  await sparse(file, header, header.length + 2 * parameters);
  return { path: file, parameters };
}

/** 5.1 GB in blocks of 8 bits, with a vocabulary of 128,256 pieces and 280,147 merges' worth of scores. */
export async function largeGguf(folder: string): Promise<LargeFile> {
  const vocabulary = 128_256;
  const infos: { name: string; shape: number[]; type: number; offset: number }[] = [];
  let parameters = 0;
  let offset = 0;
  const add = (name: string, type: 0 | 8, ...shape: number[]) => {
    const count = shape.reduce((product, size) => product * size, 1);
    infos.push({ name, shape, type, offset });
    parameters += count;
    offset += Math.ceil((type === 0 ? 4 * count : (count / 32) * 34) / 32) * 32;
  };
  add('token_embd.weight', 8, vocabulary, 4096);
  for (let i = 0; i < 24; i++) {
    add(`blk.${i}.attn_norm.weight`, 0, 4096);
    add(`blk.${i}.attn_q.weight`, 8, 4096, 4096);
    add(`blk.${i}.attn_k.weight`, 8, 1024, 4096);
    add(`blk.${i}.attn_v.weight`, 8, 1024, 4096);
    add(`blk.${i}.attn_output.weight`, 8, 4096, 4096);
    add(`blk.${i}.ffn_norm.weight`, 0, 4096);
    for (const part of ['gate', 'up']) add(`blk.${i}.ffn_${part}.weight`, 8, 11008, 4096);
    add(`blk.${i}.ffn_down.weight`, 8, 4096, 11008);
  }
  add('output_norm.weight', 0, 4096);
  const tokens = Array.from({ length: vocabulary }, (_, i) => `piece${i.toString(36)}`);
  const header = ggufHeader(
    {
      'general.architecture': 'llama',
      'llama.block_count': 24,
      'llama.embedding_length': 4096,
      'tokenizer.ggml.tokens': { type: 8, items: tokens },
      'tokenizer.ggml.token_type': { type: 4, items: tokens.map(() => 1) },
    },
    infos,
  );
  const file = path.join(folder, 'large.gguf');
  await sparse(file, header, header.length + offset);
  return { path: file, parameters };
}

/** 1.6 GB of weights inside the .onnx file: 24 layers of six matrices, a node for each. */
export async function largeOnnx(folder: string): Promise<LargeFile> {
  const layers = 24;
  const [rows, columns] = [1024, 2780];
  const bytes = 4 * rows * columns;
  const names = Array.from({ length: layers * 6 }, (_, i) => {
    const part = ['query', 'key', 'value', 'dense', 'fc1', 'fc2'][i % 6] as string;
    const module = i % 6 < 4 ? 'attention' : 'mlp';
    return `encoder.layer.${Math.floor(i / 6)}.${module}.${part}.weight`;
  });
  const nodes = names.map((name, i) => field(1, node(i === 0 ? 'x' : `h${i - 1}`, name, `h${i}`)));
  const heads = names.map((name) => tensorHead(name, [rows, columns], bytes));
  const start = Buffer.concat(nodes);
  const total = start.length + heads.reduce((sum, head) => sum + head.length + bytes, 0);
  const opening = Buffer.concat([intField(1, 8), field(8, intField(2, 17)), tagged(7, total), start]);
  const path_ = path.join(folder, 'large.onnx');
  const file = await open(path_, 'w');
  let at = await put(file, opening, 0);
  for (const head of heads) at = (await put(file, head, at)) + bytes;
  await file.truncate(at);
  await file.close();
  return { path: path_, parameters: names.length * rows * columns };
}

function node(input: string, weight: string, output: string): Buffer {
  const inputs = [field(1, Buffer.from(input)), field(1, Buffer.from(weight))];
  return Buffer.concat([...inputs, field(2, Buffer.from(output)), field(4, Buffer.from('MatMul'))]);
}

/** An initializer up to where its raw_data begins. */
function tensorHead(name: string, dims: number[], bytes: number): Buffer {
  const start = Buffer.concat([
    ...dims.map((dim) => intField(1, dim)),
    intField(2, 1),
    field(8, Buffer.from(name)),
  ]);
  const raw = tagged(9, bytes);
  return Buffer.concat([tagged(5, start.length + raw.length + bytes), start, raw]);
}

/** Tag and length of a bytes field whose payload follows elsewhere. */
function tagged(number: number, length: number): Buffer {
  const whole = field(number, Buffer.alloc(0));
  return Buffer.concat([whole.subarray(0, -1), intField(0, length).subarray(1)]);
}

async function put(file: FileHandle, bytes: Buffer, at: number): Promise<number> {
  await file.write(bytes, 0, bytes.length, at);
  return at + bytes.length;
}

async function sparse(file: string, header: Buffer, size: number): Promise<void> {
  const handle = await open(file, 'w');
  await handle.write(header, 0, header.length, 0);
  await handle.truncate(size);
  await handle.close();
}
