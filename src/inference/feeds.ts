import * as l10n from '@vscode/l10n';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { ProbeError } from '../shared/errors';
import { numberTensor, readyToFeed } from './tensors';
import type { ElementType } from './tensors';

/** What a graph can be fed. A decoder's own file gets the target as `ids`. */
export interface GraphInput {
  ids: number[];
  typeIds?: number[];
  /** Decoder ids, for an encoder-decoder in one graph. */
  targetIds?: number[];
  /** For a decoder in its own file: the encoder's last hidden state [1, keys, width]. */
  encoderStates?: Tensor;
}

type Metadata = InferenceSession.TensorValueMetadata;
interface Value {
  values: number[];
  dims: number[];
}

/** Texts of one batch, padded on the right to one length; `mask` is 1 for a token and 0 for padding. */
export interface GraphBatch {
  ids: number[][];
  typeIds: number[][];
  mask: number[][];
}

/** Tensors for a session that reads a batch of texts; inputs in `others` are fed by somebody else. */
export async function buildBatchFeeds(
  inputs: readonly InferenceSession.ValueMetadata[],
  batch: GraphBatch,
  others: ReadonlySet<string>,
): Promise<Record<string, Tensor>> {
  const feeds: Record<string, Tensor> = {};
  for (const input of inputs) {
    if (others.has(input.name)) continue;
    const value = input.isTensor && batchValue(input, batch);
    if (!value) throw unknownInput(input.name);
    feeds[input.name] = await numberTensor(elementType(input), value.values, value.dims);
  }
  return feeds;
}

function batchValue(input: Metadata, { ids, typeIds, mask }: GraphBatch): Value | undefined {
  if (isPast(input.name)) return emptyPast(input, ids.length);
  switch (input.name) {
    case 'input_ids':
      return rows(ids);
    case 'attention_mask':
      return rows(mask);
    case 'token_type_ids':
      return rows(typeIds);
    case 'position_ids':
      return rows(ids.map((row) => row.map((_, i) => i)));
    default:
      return undefined;
  }
}

function rows(values: number[][]): Value {
  return { values: values.flat(), dims: [values.length, values[0]?.length ?? 0] };
}

/** Builds a tensor for every input of a session, by the input's name and type. Batch size is 1 throughout. */
export async function buildFeeds(
  inputs: readonly InferenceSession.ValueMetadata[],
  given: GraphInput,
): Promise<Record<string, Tensor>> {
  const feeds: Record<string, Tensor> = {};
  const lone = loneIds(inputs);
  for (const input of inputs) {
    if (!input.isTensor) throw unknownInput(input.name);
    feeds[input.name] = await feed(input, input === lone ? 'input_ids' : input.name, given);
  }
  return feeds;
}

/** Names that mean something else than ids: what is left of a graph whose embeddings are fed may have such an input alone. */
const NAMED = /mask|type_ids|position|^use_cache/;

/** A graph with a single integer matrix as input means the ids by it, whatever its name. */
function loneIds(
  inputs: readonly InferenceSession.ValueMetadata[],
): InferenceSession.ValueMetadata | undefined {
  const [first, ...rest] = inputs;
  if (!first?.isTensor || rest.length > 0 || NAMED.test(first.name)) return undefined;
  return ['int64', 'int32'].includes(first.type) && first.shape.length === 2 ? first : undefined;
}

async function feed(input: Metadata, name: string, given: GraphInput): Promise<Tensor> {
  if (name === 'encoder_hidden_states' || name === 'encoder_outputs') {
    if (given.encoderStates) return readyToFeed(given.encoderStates);
    throw unknownInput(name);
  }
  const value = isPast(name) ? emptyPast(input) : named(name, given);
  if (!value) throw unknownInput(input.name);
  return numberTensor(elementType(input), value.values, value.dims);
}

/** The inputs that exporters give text models, by name. */
function named(name: string, given: GraphInput): Value | undefined {
  const { ids, typeIds, targetIds, encoderStates } = given;
  const encoderLength = encoderStates?.dims[1] ?? ids.length;
  switch (name) {
    case 'input_ids':
      return row(ids);
    case 'attention_mask':
      return row(ids.map(() => 1));
    case 'token_type_ids':
      return row(typeIds ?? ids.map(() => 0));
    case 'position_ids':
      return row(ids.map((_, i) => i));
    case 'cache_position':
      return { values: ids.map((_, i) => i), dims: [ids.length] };
    case 'decoder_input_ids':
      return targetIds && row(targetIds);
    case 'decoder_attention_mask':
      return row((targetIds ?? ids).map(() => 1));
    case 'decoder_position_ids':
      return row((targetIds ?? ids).map((_, i) => i));
    case 'encoder_attention_mask':
      return row(new Array<number>(encoderLength).fill(1));
    case 'use_cache_branch':
      return { values: [0], dims: [1] };
    default:
      return undefined;
  }
}

function row(values: number[]): Value {
  return { values, dims: [1, values.length] };
}

/** Keys and values of earlier steps: `past_key_values.0.key`, `past_0`, `past.0.decoder.value` and the like. */
function isPast(name: string): boolean {
  return /^past(_|\.|$)/.test(name);
}

/** A cache of length 0: the first free dimension is the batch, the one other is the length. */
function emptyPast({ name, shape }: Metadata, batch = 1): Value {
  const dims = shape.map((dim) => (typeof dim === 'number' ? dim : /batch/i.test(dim) ? batch : 0));
  if (typeof shape[0] === 'string' && dims[0] === 0) dims[0] = batch;
  if (dims.includes(0)) return { values: [], dims };
  throw new ProbeError(
    'model',
    l10n.t`The model wants earlier keys and values of a fixed length ("${name}"). Export it without a cache, or with a cache of variable length.`,
  );
}

function elementType({ name, type }: Metadata): ElementType {
  switch (type) {
    case 'int64':
    case 'int32':
    case 'float32':
    case 'float16':
    case 'bool':
      return type;
    default:
      throw new ProbeError(
        'model',
        l10n.t`The model's input "${name}" has the type ${type}, which text cannot fill.`,
      );
  }
}

function unknownInput(name: string): ProbeError {
  return new ProbeError(
    'model',
    l10n.t`The model has an input "${name}" that text cannot fill. Only models that read token ids are supported.`,
  );
}
