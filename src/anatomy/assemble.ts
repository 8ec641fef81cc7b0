import * as l10n from '@vscode/l10n';
import type { Anatomy, Precision, TensorInfo } from '../shared/anatomy';
import type { JsonRecord } from '../models/json';
import { booleanAt, integerAt } from '../models/json';
import { elements, isFloat } from './dtypes';
import { describeArchitecture } from './facts';
import { configEntries } from './metadata';
import type { Place } from './names';
import { isBuffer, placeAll } from './names';
import type { RawModel, RawTensor } from './raw';
import { findTies } from './ties';
import { buildTree } from './tree';

export interface AssembleOptions {
  config?: JsonRecord | null;
  signal?: AbortSignal;
}

/** Turns what a reader found into an anatomy: places, ties, counts, tree and facts. */
export async function assemble(raw: RawModel, options: AssembleOptions = {}): Promise<Anatomy> {
  const config = options.config ?? null;
  const places = placeAll(raw.tensors.map(({ path, name }) => path ?? name));
  const isTied = config !== null && booleanAt(config, 'tie_word_embeddings', false);
  const vocabulary = isTied ? integerAt(config, 'vocab_size', 1) : null;
  const ties = await findTies(raw, places, vocabulary, options.signal);
  const tensors = raw.tensors.map((tensor, i) => toInfo(raw, tensor, places[i] as Place, ties.get(i)));
  return anatomyOf(raw, tensors, places, config);
}

function anatomyOf(
  raw: RawModel,
  tensors: TensorInfo[],
  places: readonly Place[],
  config: JsonRecord | null,
): Anatomy {
  return {
    name: raw.name,
    format: raw.format,
    facts: describeArchitecture({ raw, tensors, places, config }),
    parameters: sum(tensors.map((tensor) => tensor.parameters)),
    bytes: sum(tensors.map((tensor) => tensor.bytes)),
    precisions: byPrecision(tensors),
    components: buildTree(tensors, places),
    tensors,
    metadata: [...raw.metadata, ...(config ? configEntries(config) : [])],
    files: raw.files,
    problems: raw.problems,
    graphs: raw.graphs,
  };
}

function toInfo(raw: RawModel, tensor: RawTensor, place: Place, original: number | undefined): TensorInfo {
  const { name, path, shape, dtype, bytes, file, state } = tensor;
  const tiedTo = original === undefined ? tensor.tiedTo : raw.tensors[original]?.name;
  const buffer = !tensor.role && isBuffer(path ?? name, shape);
  const role =
    buffer || isCounter(raw, tensor)
      ? 'constant'
      : (tensor.role ?? (tiedTo === undefined ? 'parameter' : 'tied'));
  const note = tensor.note ?? (buffer ? l10n.t('A buffer: kept with the model, not trained.') : undefined);
  return {
    name,
    ...(path !== undefined && path !== name && { path }),
    ...{ shape, dtype, bytes, role, file, state, layer: place.layer },
    parameters: role === 'parameter' ? (tensor.values ?? elements(shape) ?? 0) : 0,
    ...(tensor.usedAt !== undefined && { usedAt: tensor.usedAt }),
    ...(role === 'tied' && { tiedTo }),
    ...(note !== undefined && { note }),
  };
}

/** Whole numbers in safetensors are counters and ids, unless they are quantised weights (named or typed as such). */
function isCounter(raw: RawModel, tensor: RawTensor): boolean {
  return raw.format === 'safetensors' && /^(I64|I32|I16|BOOL)$/.test(tensor.dtype) && !isFloat(tensor.dtype);
}

function byPrecision(tensors: readonly TensorInfo[]): Precision[] {
  const found = new Map<string, Precision>();
  for (const { dtype, parameters, bytes } of tensors) {
    const one = found.get(dtype) ?? { dtype, tensors: 0, parameters: 0, bytes: 0 };
    one.tensors++;
    one.parameters += parameters;
    one.bytes += bytes;
    found.set(dtype, one);
  }
  return [...found.values()].sort((a, b) => b.bytes - a.bytes);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
