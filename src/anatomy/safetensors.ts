import * as l10n from '@vscode/l10n';
import type { AnatomyFile, MetadataEntry } from '../shared/anatomy';
import type { JsonRecord } from '../models/json';
import { isRecord, listAt, ownValue, stringAt } from '../models/json';
import { elements, layoutOf } from './dtypes';
import { scanKeys } from './jsonKeys';
import { clip } from './metadata';
import { checkRanges, cutOff, MAX_TENSORS } from './ranges';
import type { RawModel, RawTensor } from './raw';
import type { ByteSource, OpenSibling } from './source';
import { badFile, isFileName, shown } from './source';

/** The format's own limit on headers, 100 MB. */
const MAX_HEADER = 100_000_000;
const MAX_INDEX = 64 * 2 ** 20;
const MAX_SHARDS = 1024;

interface Header {
  tensors: RawTensor[];
  metadata: MetadataEntry[];
  /** Bytes that the file should have. */
  expected: number;
}

/**
 * Reads a .safetensors file's header (https://huggingface.co/docs/safetensors): 8 bytes and the JSON behind them. Throws
 * ProbeError `model` if it is damaged; tensors behind the end of the file are marked as cut.
 */
export async function readSafetensors(source: ByteSource, signal?: AbortSignal): Promise<RawModel> {
  const header = await readHeader(source, 0, signal);
  const problem = cutOff(source, header.tensors, header.expected);
  return {
    ...{ format: 'safetensors', name: source.name, sources: [source], graphs: [] },
    ...{ tensors: header.tensors, metadata: header.metadata },
    files: [fileOf(source, header.expected)],
    problems: problem === null ? [] : [problem],
  };
}

/**
 * Reads a model in shards by its model.safetensors.index.json. Missing shards are in the result: their tensors have no
 * shape, and are named as a problem.
 */
export async function readSharded(
  index: ByteSource,
  openSibling: OpenSibling,
  signal?: AbortSignal,
): Promise<RawModel> {
  const shards = await readIndex(index, signal);
  const model: RawModel = {
    ...{ format: 'safetensors', name: index.name, tensors: [], metadata: [], files: [], sources: [] },
    ...{ problems: [], graphs: [] },
  };
  for (const [name, wanted] of shards) {
    const source = await openSibling(name);
    if (source) await addShard(model, source, wanted, signal);
    else addMissing(model, name, wanted);
  }
  return model;
}

async function addShard(
  model: RawModel,
  source: ByteSource,
  wanted: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<void> {
  const file = model.files.length;
  const header = await readHeader(source, file, signal);
  model.sources.push(source);
  model.files.push(fileOf(source, header.expected));
  // The index decides which shard a tensor is read from; loaders ignore others of the same name.
  const tensors = header.tensors.filter((tensor) => wanted.has(tensor.name));
  for (const tensor of tensors) model.tensors.push(tensor);
  if (model.metadata.length === 0) model.metadata = header.metadata;
  const problem = cutOff(source, header.tensors, header.expected);
  if (problem !== null) model.problems.push(problem);
  const absent = wanted.size - tensors.length;
  if (absent > 0) {
    model.problems.push(
      l10n.t`${shown(source.name)} lacks ${absent} of the ${wanted.size} tensors that the index puts there.`,
    );
  }
}

function addMissing(model: RawModel, name: string, wanted: ReadonlySet<string>): void {
  const file = model.files.length;
  model.sources.push(null);
  model.files.push({ name, size: null });
  model.problems.push(
    l10n.t`${shown(name)} is missing, and with it ${wanted.size} tensors whose sizes are not known. Put it next to the index.`,
  );
  for (const tensor of wanted) {
    model.tensors.push({
      ...{
        name: tensor,
        shape: [],
        dtype: '?',
        bytes: 0,
        file,
        place: null,
        state: 'missing' as const,
        values: 0,
      },
    });
  }
}

/** Shard file -> names of its tensors, in the index's order. */
async function readIndex(source: ByteSource, signal?: AbortSignal): Promise<Map<string, Set<string>>> {
  if (source.size > MAX_INDEX)
    throw badFile(source, l10n.t('it is larger than 64 MB, so it is not an index'));
  const json = parse(source, await source.read(0, source.size, signal), 3);
  const map = ownValue(json, 'weight_map');
  if (!isRecord(map))
    throw badFile(source, l10n.t('it has no "weight_map", so it is not an index of safetensors files'));
  const names = Object.keys(map);
  if (names.length > MAX_TENSORS) throw badFile(source, l10n.t`it lists more than ${MAX_TENSORS} tensors`);
  const shards = new Map<string, Set<string>>();
  for (const name of names) {
    const shard = stringAt(map, name) ?? '';
    if (!isFileName(shard))
      throw badFile(source, l10n.t`it puts "${shown(name)}" into a file outside of its folder`);
    const wanted = shards.get(shard);
    if (wanted) wanted.add(name);
    else shards.set(shard, new Set([name]));
  }
  if (shards.size > MAX_SHARDS) throw badFile(source, l10n.t`it lists more than ${MAX_SHARDS} files`);
  return shards;
}

async function readHeader(source: ByteSource, file: number, signal?: AbortSignal): Promise<Header> {
  if (source.size < 8)
    throw badFile(source, l10n.t('it is too short for a safetensors file; download it again'));
  const head = await source.read(0, 8, signal);
  const length = Number(new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true));
  if (length > MAX_HEADER)
    throw badFile(source, l10n.t('its header is larger than any, so it is not a safetensors file'));
  if (length > source.size - 8) throw badFile(source, l10n.t('its header is cut off; download it again'));
  const json = parse(source, await source.read(8, length, signal), 4);
  const names = Object.keys(json).filter((name) => name !== '__metadata__');
  if (names.length > MAX_TENSORS) throw badFile(source, l10n.t`it lists more than ${MAX_TENSORS} tensors`);
  const tensors = names.map((name) => readTensor(source, json, name, 8 + length, file));
  const metadata = readMetadata(ownValue(json, '__metadata__'));
  return { tensors, metadata, expected: checkRanges(source, tensors, 8 + length) };
}

function readTensor(
  source: ByteSource,
  json: JsonRecord,
  name: string,
  data: number,
  file: number,
): RawTensor {
  const bad = (reason: string) => badFile(source, l10n.t`tensor "${shown(name)}" ${reason}`);
  const entry = ownValue(json, name);
  const dtype = stringAt(entry, 'dtype') ?? '';
  const shape = listAt(entry, 'shape') as number[];
  const [start, end, more] = listAt(entry, 'data_offsets') as number[];
  const layout = layoutOf(dtype);
  if (layout?.values !== 1) throw bad(l10n.t`has the unknown type "${shown(dtype)}"`);
  const count = shape.length <= 64 && Array.isArray(ownValue(entry, 'shape')) ? elements(shape) : null;
  if (count === null) throw bad(l10n.t('has an impossible shape'));
  if (!isCount(start) || !isCount(end) || end < start || more !== undefined)
    throw bad(l10n.t('has impossible offsets'));
  const bytes = end - start;
  if (bytes !== count * layout.bytes)
    throw bad(l10n.t`has ${bytes} bytes, its shape needs ${count * layout.bytes}`);
  const place = { kind: 'range' as const, file, offset: data + start, bytes };
  return { name, shape, dtype, bytes, file, place, state: 'whole' };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 2 ** 52;
}

function readMetadata(metadata: unknown): MetadataEntry[] {
  if (!isRecord(metadata)) return [];
  return Object.keys(metadata).map((key) => ({
    key: clip(key),
    value: clip(String(ownValue(metadata, key))),
  }));
}

function parse(source: ByteSource, bytes: Uint8Array, depth: number): JsonRecord {
  const found = scanKeys(bytes, depth);
  if (found.problem !== null) throw badFile(source, found.problem);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw badFile(source, l10n.t('its header is not valid JSON; download it again'));
  }
  if (!isRecord(json)) throw badFile(source, l10n.t('its header is not a JSON object'));
  if (found.duplicates(json)) throw badFile(source, l10n.t('it names the same thing twice'));
  return json;
}

function fileOf(source: ByteSource, expected: number): AnatomyFile {
  return { name: source.name, size: source.size, ...(expected > source.size && { expected }) };
}
