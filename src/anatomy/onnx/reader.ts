import * as l10n from '@vscode/l10n';
import { decodeModel } from '../../onnx/decode';
import type { OnnxModel, Tensor } from '../../onnx/graph';
import { outlineCut, outlineModel } from '../../onnx/outline';
import { notOnnx } from '../../onnx/sniff';
import { FileSource } from '../../onnx/source';
import { WireError } from '../../onnx/wire';
import { elements, ONNX_TYPES } from '../dtypes';
import { clip } from '../metadata';
import { cutOff, MAX_TENSORS } from '../ranges';
import type { RawModel, RawTensor, TensorPlace } from '../raw';
import type { ByteSource, OpenSibling } from '../source';
import { badFile, isFileName, shown } from '../source';
import { aliases } from './aliases';
import { graphInfo } from './info';
import { pathsByGraph } from './placing';
import { describe } from './tensor';
import type { Held } from './uses';
import { heldTensors } from './uses';
import { inlineBytes } from './values';

/** Bits of a value, by TensorProto.DataType; types that are not here (strings) have no fixed size. */
const BITS: Record<number, number> = {
  ...{ 1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64, 15: 128 },
  ...{ 16: 16, 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8, 25: 2, 26: 2 },
};

/** Weights files that a model may have: the largest known have some dozens. */
const MAX_FILES = 512;

/**
 * Reads an .onnx file's graph and what it says of its weights. External data that is missing or cut off is in the result,
 * and so is what a file holds that ends too early. Throws ProbeError `model` if the file itself is damaged.
 */
export async function readOnnx(
  source: ByteSource,
  openSibling: OpenSibling,
  signal?: AbortSignal,
): Promise<RawModel> {
  const { model, expected } = await readModel(source, signal);
  const reading = new Reading(source, openSibling);
  const held = heldTensors(model);
  if (held.length > MAX_TENSORS) throw badFile(source, l10n.t`it holds more than ${MAX_TENSORS} tensors`);
  const paths = pathsByGraph(model.graph, held);
  for (const one of held) await reading.add(one, paths.get(one.name));
  for (const alias of aliases(model, reading.raw.tensors)) reading.raw.tensors.push(alias);
  const metadata = [...model.metadata].map(([key, value]) => ({ key: clip(key), value: clip(value) }));
  return {
    ...reading.finish(expected),
    metadata: [{ key: 'producer', value: clip(model.producer) }, ...metadata],
    graphs: [graphInfo(source.name, model)],
    models: [model],
  };
}

interface ReadModel {
  model: OnnxModel;
  /** Bytes that the file should have, where that is more than it has. */
  expected: number;
}

async function readModel(source: ByteSource, signal?: AbortSignal): Promise<ReadModel> {
  const head = await source.read(0, Math.min(64, source.size), signal);
  const reason = notOnnx(head);
  if (reason) throw badFile(source, reason);
  const file = () => new FileSource({ read: reader(source, signal) }, source.size, signal);
  try {
    return { model: decodeModel(await outlineModel(file(), source.name)).model, expected: source.size };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return (await readCut(source, file())) ?? refuse(badFile(source, error.message));
  }
}

/** What is there of a file that ends too early; null where that is nothing, or something else is wrong with it. */
async function readCut(source: ByteSource, file: FileSource): Promise<ReadModel | null> {
  try {
    const { bytes, expected } = await outlineCut(file, source.name);
    const { model } = decodeModel(bytes);
    return expected > source.size && model.graph.nodes.length > 0 ? { model, expected } : null;
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

function refuse(error: Error): never {
  throw error;
}

function reader(source: ByteSource, signal?: AbortSignal) {
  return async (buffer: Uint8Array, offset: number, length: number, position: number) => {
    const bytes = await source.read(position, Math.min(length, source.size - position), signal);
    buffer.set(bytes, offset);
    return { bytesRead: bytes.length };
  };
}

/** Collects the tensors and the files that they are in. */
class Reading {
  readonly raw: RawModel;
  private readonly fileOf = new Map<string, number>();

  constructor(
    private readonly source: ByteSource,
    private readonly openSibling: OpenSibling,
  ) {
    this.raw = {
      ...{ format: 'onnx', name: source.name, tensors: [], metadata: [], problems: [], graphs: [] },
      files: [{ name: source.name, size: source.size }],
      sources: [source],
    };
    this.fileOf.set(source.name, 0);
  }

  async add(held: Held, byGraph: string | undefined): Promise<void> {
    const { tensor } = held;
    const where = await this.locate(held.name, tensor);
    const made: RawTensor = {
      name: held.name,
      shape: tensor.dims,
      dtype: ONNX_TYPES[tensor.dataType] ?? '?',
      ...where,
    };
    this.raw.tensors.push({ ...made, ...describe(held, made, byGraph) });
  }

  /** `stated`: bytes that the file of the graph should have. */
  finish(stated: number): RawModel {
    for (const [file, source] of this.raw.sources.entries()) {
      const tensors = this.raw.tensors.filter((tensor) => tensor.file === file);
      if (!source) this.raw.problems.push(missing(this.raw.files[file]?.name ?? '', tensors.length));
      else if (file === 0 && stated > source.size) this.isCut(source, stated);
      else this.checkEnd(file, source, tensors);
    }
    return this.raw;
  }

  private isCut(source: ByteSource, expected: number): void {
    this.raw.problems.push(
      l10n.t`${shown(source.name)} is cut off: it has ${source.size} of ${expected} bytes. Shown is what is left of it; tensors behind its end are not known. Download it again.`,
    );
    this.raw.files[0] = { name: source.name, size: source.size, expected };
  }

  private checkEnd(file: number, source: ByteSource, tensors: RawTensor[]): void {
    const expected = tensors.reduce((end, { place }) => {
      return place?.kind === 'range' ? Math.max(end, place.offset + place.bytes) : end;
    }, 0);
    const problem = cutOff(source, tensors, expected);
    if (problem === null) return;
    this.raw.problems.push(problem);
    this.raw.files[file] = { name: source.name, size: source.size, expected };
  }

  private async locate(
    name: string,
    tensor: Tensor,
  ): Promise<Pick<RawTensor, 'bytes' | 'file' | 'place' | 'state'>> {
    const bytes = statedBytes(this.source, name, tensor);
    if (tensor.where.kind === 'inline') {
      const data = bytes === null ? null : inlineBytes(tensor, bytes);
      const place: TensorPlace | null = data ? { kind: 'inline', data } : null;
      return { bytes: bytes ?? tensor.bytes, file: 0, place, state: 'whole' };
    }
    const { location, offset, length } = tensor.where;
    const file = await this.openFile(location);
    const source = this.raw.sources[file];
    const needed = bytes ?? length ?? 0;
    if (length !== null && length < needed) throw this.bad(name, l10n.t('states more values than it has'));
    if (!isCount(offset) || offset + needed >= 2 ** 52)
      throw this.bad(name, l10n.t('has an impossible place'));
    const place: TensorPlace = { kind: 'range', file, offset, bytes: needed };
    const state = !source ? 'missing' : offset + needed > source.size ? 'cut' : 'whole';
    return { bytes: needed, file, place: source ? place : null, state };
  }

  private async openFile(location: string): Promise<number> {
    const known = this.fileOf.get(location);
    if (known !== undefined) return known;
    if (!isFileName(location))
      throw badFile(this.source, l10n.t('it refers to a weights file outside of its folder'));
    if (this.fileOf.size === MAX_FILES)
      throw badFile(this.source, l10n.t`it refers to more than ${MAX_FILES} weights files`);
    const source = await this.openSibling(location);
    this.raw.files.push({ name: location, size: source?.size ?? null });
    this.fileOf.set(location, this.raw.sources.push(source) - 1);
    return this.raw.sources.length - 1;
  }

  private bad(name: string, reason: string): Error {
    return badFile(this.source, l10n.t`tensor "${shown(name)}" ${reason}`);
  }
}

function statedBytes(source: ByteSource, name: string, tensor: Tensor): number | null {
  const count = elements(tensor.dims);
  if (count === null || tensor.dims.length > 64) {
    throw badFile(source, l10n.t`tensor "${shown(name)}" has an impossible shape`);
  }
  const bits = BITS[tensor.dataType];
  return bits === undefined ? null : Math.ceil((count * bits) / 8);
}

function missing(name: string, tensors: number): string {
  return l10n.t`${shown(name)} is missing, and with it the values of ${tensors} tensors. Put it next to the model.`;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
