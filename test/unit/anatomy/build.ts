/** Small files of each format, built here so that every byte of them is known. */

export interface TensorSpec {
  dtype: string;
  shape: number[];
  bytes: number;
}

/** A safetensors header (with its length) for tensors one after the other; data follows. */
export function safetensorsHeader(
  tensors: Record<string, TensorSpec>,
  metadata?: Record<string, string>,
): Buffer {
  let offset = 0;
  const entries = Object.entries(tensors).map(([name, { dtype, shape, bytes }]) => {
    const entry = { dtype, shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
    return [name, entry];
  });
  return jsonHeader({ ...(metadata && { __metadata__: metadata }), ...Object.fromEntries(entries) });
}

export function jsonHeader(json: unknown): Buffer {
  const text = Buffer.from(typeof json === 'string' ? json : JSON.stringify(json));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text]);
}

export type GgufValue = string | number | { type: number; items: (string | number)[] };

/** A GGUF header, version 3: keys (numbers are u32), tensor infos; padded to 32 bytes. */
export function ggufHeader(
  keys: Record<string, GgufValue>,
  tensors: { name: string; shape: number[]; type: number; offset: number }[],
): Buffer {
  const parts = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(Object.keys(keys).length)];
  for (const [key, value] of Object.entries(keys)) parts.push(text(key), ...valueParts(value));
  for (const { name, shape, type, offset } of tensors) {
    parts.push(text(name), u32(shape.length), ...[...shape].reverse().map(u64), u32(type), u64(offset));
  }
  const header = Buffer.concat(parts);
  return Buffer.concat([header, Buffer.alloc((32 - (header.length % 32)) % 32)]);
}

function valueParts(value: GgufValue): Buffer[] {
  if (typeof value === 'string') return [u32(8), text(value)];
  if (typeof value === 'number') return [u32(4), u32(value)];
  const items = value.items.map((item) => (typeof item === 'string' ? text(item) : u32(item)));
  return [u32(9), u32(value.type), u64(value.items.length), Buffer.concat(items)];
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** One protobuf field with a payload of bytes. */
export function field(number: number, payload: Uint8Array): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(payload.length), payload]);
}

export function intField(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)]);
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) + 128);
  }
}
