import * as l10n from '@vscode/l10n';
import type { Tensor } from 'onnxruntime-node';
import type { AttentionBlock } from '../onnx/attention';
import { concatenatedHeads } from '../onnx/concatenated';
import { indexGraph } from '../onnx/graph';
import { ProbeError } from '../shared/errors';
import type { HeadParts } from '../shared/headParts';
import { openCut } from './attribution/graphs';
import { openScores } from './cell';
import { buildFeeds } from './feeds';
import type { OpenModel } from './openModel';
import { kindOf } from './parts';
import type { GraphPart } from './parts';
import { throwIfAborted } from './runner';
import type { ModelInput, RunOptions } from './runner';
import { runSession } from './runtime';
import { batchOfOne, transposed } from './tensors';
import type { TensorData } from './tensors';

/**
 * Queries, keys, values and scores of one head of self-attention: of the encoder's, where there is one. Only the part of
 * the graph up to the layer is run.
 */
export async function headParts(
  model: OpenModel,
  { layer, head, ...input }: ModelInput & { layer: number; head: number },
  options: RunOptions,
): Promise<HeadParts> {
  const part = model.parts[0] as GraphPart;
  const own = part.blocks.filter(({ cross, stack }) => !cross && stack !== 'decoder');
  const blocks = own.length > 0 ? own : part.blocks.filter(({ cross }) => !cross);
  const block = blocks.find((one) => one.layer === layer);
  if (!block) throw noSuch(layer, head);
  const tensors = await tensorsOf(model, part, { block, input }, options);
  const [heads = 0, tokens = 0, size = 0] = tensors.query.shape;
  if (!Number.isInteger(head) || head < 0 || head >= heads) throw noSuch(layer, head);
  const keyHeads = tensors.key.shape[0] ?? heads;
  const shared = (one: TensorData, of = head) => slice(one, Math.floor((of * (one.shape[0] ?? 1)) / heads));
  const { query: inQuery, key: inKey } = block.folded;
  const scale = (block.scale ?? 1 / Math.sqrt(size)) * (inQuery ?? 1) * (inKey ?? 1);
  return {
    kind: kindOf(part, block, model.lone),
    ...{ layer, head, heads, keyHeads, tokens, size, scale },
    layers: blocks.length,
    valueSize: tensors.value.shape.at(-1) ?? 0,
    query: divided(slice(tensors.query, head), inQuery),
    key: divided(shared(tensors.key), inKey),
    value: shared(tensors.value),
    scores: maskedRows(slice(tensors.scores, head), tokens),
    weights: slice(tensors.weights, head),
    sink: block.sink,
    concatenated: compare(tensors, (one, of) => shared(one, of)),
  };
}

interface HeadTensors {
  query: TensorData;
  key: TensorData;
  value: TensorData;
  scores: TensorData;
  weights: TensorData;
  concatenated: TensorData;
}

async function tensorsOf(
  model: OpenModel,
  part: GraphPart,
  { block, input }: { block: AttentionBlock; input: ModelInput },
  options: RunOptions,
): Promise<HeadTensors> {
  const { query, key, value, scores, weights, addition, keyTransposed } = block;
  const concatenated = concatenatedHeads(indexGraph(part.skeleton.model.graph), block);
  const names = { query, key, value, scores, weights, concatenated };
  const outputs = [...new Set(Object.values(names))];
  const session = await openCut(model, part, { outputs, addition }, options);
  const feeds = await buildFeeds(session.inputMetadata, input);
  throwIfAborted(options.signal);
  const found = await runSession(session, feeds, outputs);
  const read = (name: string) => {
    if (!found[name]) throw new ProbeError('model', l10n.t('The model did not compute its attention.'));
    // [heads, rows, columns] where the exporter folded the batch into the heads.
    return batchOfOne(name, found[name] as Tensor, 3);
  };
  const ownKey = read(key);
  return {
    query: read(query),
    key: keyTransposed ? transposed(ownKey) : ownKey,
    value: read(value),
    scores: read(scores),
    weights: read(weights),
    concatenated: batchOfOne(concatenated, found[concatenated] as Tensor, 2),
  };
}

/** One matrix of a tensor [heads, rows, columns]. */
function slice({ shape, data }: TensorData, head: number): Float32Array {
  const size = data.length / (shape[0] ?? 1);
  return data.slice(head * size, (head + 1) * size);
}

function divided(values: Float32Array, factor: number | null): Float32Array {
  return factor === null || factor === 1 ? values : values.map((value) => value / factor);
}

function maskedRows(scores: Float32Array, keys: number): Float32Array {
  const open = new Float32Array(scores.length);
  for (let at = 0; at < scores.length; at += keys) open.set(openScores(scores.subarray(at, at + keys)), at);
  return open;
}

/** Largest difference of the heads' outputs, put side by side, from the tensor that the graph goes on with. */
function compare(
  { weights, value, concatenated }: HeadTensors,
  valueOf: (value: TensorData, head: number) => Float32Array,
): HeadParts['concatenated'] {
  const [heads = 0, queries = 0, keys = 0] = weights.shape;
  const size = value.shape.at(-1) ?? 0;
  const width = heads * size;
  if (concatenated.data.length !== queries * width || concatenated.shape.at(-1) !== width) return null;
  let difference = 0;
  for (let head = 0; head < heads; head++) {
    const [own, values] = [slice(weights, head), valueOf(value, head)];
    for (let query = 0; query < queries; query++) {
      for (let i = 0; i < size; i++) {
        let sum = 0;
        for (let key = 0; key < keys; key++)
          sum += (own[query * keys + key] as number) * (values[key * size + i] as number);
        const theirs = concatenated.data[query * width + head * size + i] as number;
        difference = Math.max(difference, Math.abs(sum - theirs));
      }
    }
  }
  return { width, difference };
}

function noSuch(layer: number, head: number): ProbeError {
  return new ProbeError('usage', l10n.t`This model has no self-attention in layer ${layer}, head ${head}.`);
}
