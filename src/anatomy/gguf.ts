import * as l10n from '@vscode/l10n';
import type { MetadataEntry } from '../shared/anatomy';
import { elements, GGML_TYPES, layoutOf } from './dtypes';
import { clip, listText } from './metadata';
import { checkRanges, cutOff, MAX_TENSORS } from './ranges';
import type { RawModel, RawTensor } from './raw';
import { HeaderReader } from './reader';
import type { ByteSource } from './source';
import { badFile, shown } from './source';

const MAGIC = 0x46554747;
const MAX_ENTRIES = 65_536;
const MAX_NAME = 65_535;
/** Of a list, how many items are kept; a vocabulary's other strings are passed over. */
const KEPT_ITEMS = 17;
const STRING = 8;
const ARRAY = 9;

/** Plain value types: bytes, and how to read one. */
const SCALARS: Record<number, [size: number, read: (view: DataView, at: number) => number]> = {
  0: [1, (view, at) => view.getUint8(at)],
  1: [1, (view, at) => view.getInt8(at)],
  2: [2, (view, at) => view.getUint16(at, true)],
  3: [2, (view, at) => view.getInt16(at, true)],
  4: [4, (view, at) => view.getUint32(at, true)],
  5: [4, (view, at) => view.getInt32(at, true)],
  6: [4, (view, at) => view.getFloat32(at, true)],
  7: [1, (view, at) => view.getUint8(at)],
  10: [8, (view, at) => Number(view.getBigUint64(at, true))],
  11: [8, (view, at) => Number(view.getBigInt64(at, true))],
  12: [8, (view, at) => view.getFloat64(at, true)],
};

type Value = string | number | boolean;

/** GGUF's own keys and values, lists by their length. */
export type GgufValues = ReadonlyMap<string, Value | { count: number }>;

export interface GgufModel extends RawModel {
  values: GgufValues;
}

/**
 * Reads a .gguf file's header, versions 2 and 3 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): keys and
 * tensor infos, without keeping vocabularies. Throws ProbeError `model` if it is damaged; tensors behind the end of the
 * file are marked as cut.
 */
export async function readGguf(source: ByteSource, signal?: AbortSignal): Promise<GgufModel> {
  const reader = new HeaderReader(source, signal);
  const counts = await readStart(reader);
  const values = new Map<string, Value | { count: number }>();
  const metadata: MetadataEntry[] = [];
  for (let i = 0; i < counts.entries; i++) await readEntry(reader, values, metadata);
  const tensors: RawTensor[] = [];
  const names = new Set<string>();
  for (let i = 0; i < counts.tensors; i++) tensors.push(await readInfo(reader, names));
  const expected = place(source, tensors, reader.at, alignment(source, values));
  const problem = cutOff(source, tensors, expected);
  return {
    ...{ format: 'gguf', name: source.name, sources: [source], graphs: [], tensors, metadata, values },
    files: [{ name: source.name, size: source.size, ...(expected > source.size && { expected }) }],
    problems: problem === null ? [] : [problem],
  };
}

async function readStart(reader: HeaderReader): Promise<{ tensors: number; entries: number }> {
  const { source } = reader;
  if (source.size < 24) throw badFile(source, l10n.t('it is too short for a GGUF file; download it again'));
  await reader.need(24);
  if (reader.u32() !== MAGIC) throw badFile(source, l10n.t('it does not start as GGUF files do'));
  const version = reader.u32();
  if (version !== 2 && version !== 3) {
    const why = version % 65_536 === 0 ? l10n.t('it is big-endian') : l10n.t`its version is ${version}`;
    throw badFile(source, l10n.t`${why}; only versions 2 and 3, little-endian, can be read`);
  }
  const tensors = reader.u64();
  const entries = reader.u64();
  // An entry takes at least 13 bytes, a tensor info 24.
  if (tensors > MAX_TENSORS || tensors * 24 > source.size)
    throw badFile(source, l10n.t('it lists more tensors than it can hold'));
  if (entries > MAX_ENTRIES || entries * 13 > source.size)
    throw badFile(source, l10n.t('it lists more keys than it can hold'));
  return { tensors, entries };
}

async function readEntry(
  reader: HeaderReader,
  values: Map<string, Value | { count: number }>,
  metadata: MetadataEntry[],
): Promise<void> {
  const key = await readString(reader, MAX_NAME);
  if (values.has(key)) throw badFile(reader.source, l10n.t`it has the key "${shown(key)}" twice`);
  await reader.need(4);
  const type = reader.u32();
  if (type === ARRAY) {
    const { count, first } = await readArray(reader);
    values.set(key, { count });
    metadata.push({ key, value: listText(count, first) });
  } else {
    const value = await readValue(reader, type);
    values.set(key, value);
    metadata.push({ key, value: clip(String(value)) });
  }
}

async function readValue(reader: HeaderReader, type: number): Promise<Value> {
  if (type === STRING) return readString(reader, reader.left);
  const scalar = SCALARS[type];
  if (!scalar) throw badFile(reader.source, l10n.t`it has a value of the unknown type ${type}`);
  await reader.need(scalar[0]);
  const value = reader.number(scalar[1], scalar[0]);
  return type === 7 ? value !== 0 : value;
}

async function readArray(reader: HeaderReader): Promise<{ count: number; first: Value[] }> {
  await reader.need(12);
  const type = reader.u32();
  const count = reader.u64();
  const scalar = SCALARS[type];
  if (!scalar && type !== STRING)
    throw badFile(reader.source, l10n.t('it has a list in a list, or of an unknown type'));
  const size = scalar ? scalar[0] : 8;
  if (count * size > reader.left) throw badFile(reader.source, l10n.t('a list is longer than the file'));
  const first: Value[] = [];
  while (first.length < Math.min(count, KEPT_ITEMS)) first.push(await readValue(reader, type));
  if (scalar) reader.skip((count - first.length) * size);
  else for (let i = first.length; i < count; i++) await skipString(reader);
  return { count, first };
}

async function skipString(reader: HeaderReader): Promise<void> {
  if (!reader.has(8)) await reader.need(8);
  reader.skip(reader.u64());
}

async function readString(reader: HeaderReader, most: number): Promise<string> {
  await reader.need(8);
  const length = reader.u64();
  if (length > most) throw badFile(reader.source, l10n.t('a text is longer than it can be'));
  const kept = Math.min(length, MAX_NAME);
  await reader.need(kept);
  const text = new TextDecoder().decode(reader.take(kept));
  reader.skip(length - kept);
  return text;
}

async function readInfo(reader: HeaderReader, names: Set<string>): Promise<RawTensor> {
  const { source } = reader;
  const name = await readString(reader, MAX_NAME);
  const bad = (reason: string) => badFile(source, l10n.t`tensor "${shown(name)}" ${reason}`);
  if (names.has(name)) throw bad(l10n.t('is there twice'));
  names.add(name);
  await reader.need(4);
  const rank = reader.u32();
  if (rank > 8) throw bad(l10n.t('has an impossible shape'));
  await reader.need(8 * rank + 12);
  const shape = Array.from({ length: rank }, () => reader.u64()).reverse();
  const type = reader.u32();
  const offset = reader.u64();
  const dtype = GGML_TYPES[type];
  const layout = dtype === undefined ? null : layoutOf(dtype);
  if (dtype === undefined || !layout) throw bad(l10n.t`has the unknown type ${type}`);
  const count = elements(shape);
  if (count === null || count >= 2 ** 52 || (shape.at(-1) ?? 1) % layout.values !== 0)
    throw bad(l10n.t('has an impossible shape'));
  const bytes = (count / layout.values) * layout.bytes;
  if (bytes >= 2 ** 52 || offset >= 2 ** 52) throw bad(l10n.t('has an impossible offset'));
  return {
    name,
    shape,
    dtype,
    bytes,
    file: 0,
    place: { kind: 'range', file: 0, offset, bytes },
    state: 'whole',
  };
}

function alignment(source: ByteSource, values: GgufValues): number {
  const value = values.get('general.alignment') ?? 32;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 2 ** 20) {
    throw badFile(source, l10n.t('its alignment is impossible'));
  }
  return value;
}

/** Turns offsets in the data part into offsets in the file, and checks them. */
function place(source: ByteSource, tensors: RawTensor[], headerEnd: number, align: number): number {
  const data = Math.ceil(headerEnd / align) * align;
  for (const tensor of tensors) if (tensor.place?.kind === 'range') tensor.place.offset += data;
  return checkRanges(source, tensors, headerEnd);
}
