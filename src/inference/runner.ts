import * as l10n from '@vscode/l10n';
import { basename } from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { AttentionBlock } from '../onnx/attention';
import { withOutputs } from '../onnx/taps';
import type { GraphAddition } from '../onnx/taps';
import type { AttentionKind, HeadAddress } from '../shared/attention';
import { aboutFile, ProbeError } from '../shared/errors';
import type { Tap } from '../shared/inference';
import type { Provider, ProviderUse } from '../shared/provider';
import { axisLengths } from './budget';
import { buildFeeds } from './feeds';
import type { GraphInput } from './feeds';
import { kindOf } from './parts';
import type { GraphPart } from './parts';
import { providerOf } from './providers';
import { createSession, runSession } from './runtime';
import type { SessionCache } from './sessions';
import { batchOfOne, transposed } from './tensors';
import type { TensorData } from './tensors';
import type { LayerWeights } from './tiles';
import { attentionWeights } from './weights';

/** Between the parts of a session's name in the cache: the model's key, the graph's role, the taps. */
export const SEPARATOR = '\0';

/** What a model is fed: token ids, and the decoder's where it is an encoder-decoder. */
export interface ModelInput {
  ids: number[];
  typeIds?: number[];
  targetIds?: number[];
}

/** A model that is ready to run. */
export interface Runnable {
  /** Prefix of its sessions' names in the cache. */
  key: string;
  parts: GraphPart[];
  /** What the self-attention of a graph with a single stack is. */
  lone: AttentionKind;
}

export interface RunOptions {
  sessions: SessionCache;
  threads?: number;
  /** What is to compute the run; the CPU if absent. */
  provider?: Provider;
  taps?: Tap[];
  signal?: AbortSignal;
}

export interface RunTensors {
  layers: LayerWeights[];
  tensors: TensorData[];
  /** What computed it; where the parts of a model differ, that of the part which was refused its provider. */
  provider: ProviderUse;
}

/** A graph's own output that a later part or generation needs. */
type OwnOutputs = Record<string, Tensor>;

/** Runs every part of a model once and reads the tapped tensors. */
export async function runModel(model: Runnable, input: ModelInput, options: RunOptions): Promise<RunTensors> {
  const layers: LayerWeights[] = [];
  const tensors: TensorData[] = [];
  const uses: ProviderUse[] = [];
  let encoderStates: Tensor | undefined;
  for (const part of model.parts) {
    encoderStates = await naming(part, async () => {
      const session = await sessionOf(model, part, options);
      uses.push(providerOf(session));
      const fed = await buildFeeds(session.inputMetadata, partInput(part, input, encoderStates));
      throwIfAborted(options.signal);
      const own = ownOutputs(session, part);
      const outputs = await runSession(session, fed, [...own, ...tapped(part, options.taps)]);
      layers.push(...readWeights(model, part, input, outputs));
      tensors.push(...readTaps(model, part, outputs, options.taps), ...readOwn(part, own, outputs));
      return part.role === 'encoder' ? hiddenStateOf(part, outputs) : undefined;
    });
  }
  const provider = uses.find(({ refused }) => refused) ?? uses[0] ?? { used: 'cpu' };
  return { layers, tensors, provider };
}

/** Errors of a part name its file: a model may have several. */
async function naming<T>({ skeleton }: GraphPart, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw aboutFile(error, basename(skeleton.path));
  }
}

/** The tensors that one block's weights are computed from, and how. */
export interface BlockTensors {
  block: AttentionBlock;
  /** [heads, queries, keys] */
  scores: TensorData;
  /** [heads, queries, size] */
  query: TensorData;
  /** [key heads, keys, size] */
  key: TensorData;
}

const BLOCK_TAPS = ['scores', 'query', 'key'] as const;

/** Runs a model again for the queries, keys and scores of one attention block; the others' are not read. */
export async function tapBlock(
  model: Runnable,
  input: ModelInput,
  { kind, layer }: Pick<HeadAddress, 'kind' | 'layer'>,
  options: RunOptions,
): Promise<BlockTensors> {
  const tapping = { ...options, taps: [...BLOCK_TAPS] };
  let encoderStates: Tensor | undefined;
  for (const part of model.parts) {
    const block = part.blocks.find((one) => one.layer === layer && kindOf(part, one, model.lone) === kind);
    if (!block) {
      if (part.role === 'encoder') encoderStates = await encoderStatesOf(model, input, options);
      continue;
    }
    const session = await sessionOf(model, part, tapping);
    const fed = await buildFeeds(session.inputMetadata, partInput(part, input, encoderStates));
    throwIfAborted(options.signal);
    const outputs = await runSession(session, fed, [...new Set(BLOCK_TAPS.map((tap) => block[tap]))]);
    const [scores, query, key] = BLOCK_TAPS.map((tap) => readBlock(part, block, model.lone, tap, outputs));
    if (scores && query && key) return { block, scores, query, key };
  }
  throw new ProbeError('usage', l10n.t`This model has no ${kind} attention in layer ${layer}.`);
}

/** Runs the encoder, if it has a graph of its own, for its last hidden state. */
export async function encoderStatesOf(
  model: Runnable,
  input: ModelInput,
  options: RunOptions,
): Promise<Tensor | undefined> {
  const part = model.parts.find(({ role }) => role === 'encoder');
  if (!part) return undefined;
  return naming(part, async () => hiddenStateOf(part, await runForOutputs(model, part, input, options)));
}

/** Runs the part that makes the logits, for its own outputs only. */
export async function runLast(
  model: Runnable,
  input: ModelInput,
  encoderStates: Tensor | undefined,
  options: RunOptions,
): Promise<OwnOutputs> {
  const part = model.parts.at(-1);
  if (!part) throw new RangeError('A model has at least one graph.');
  return naming(part, () => runForOutputs(model, part, input, options, encoderStates));
}

/** Which tensors of a part somebody wants, and who reads them. */
export interface Tapping {
  /** Of the session in the cache. */
  name: string;
  of(part: GraphPart): { tensors: string[]; additions: GraphAddition[] };
  read(part: GraphPart, outputs: Record<string, Tensor>): void;
}

/** Runs every part of a model once for tensors of the caller's choice. */
export async function runTapped(
  model: Runnable,
  input: ModelInput,
  options: RunOptions,
  tapping: Tapping,
): Promise<void> {
  let encoderStates: Tensor | undefined;
  for (const part of model.parts) {
    encoderStates = await naming(part, async () => {
      const { tensors, additions: nodes } = tapping.of(part);
      const key = [model.key, part.role, tapping.name].join(SEPARATOR);
      const session = await options.sessions.get(key, () =>
        createSession(withOutputs(part.skeleton, tensors, nodes), {
          directory: part.skeleton.directory,
          threads: options.threads,
        }),
      );
      const fed = await buildFeeds(session.inputMetadata, partInput(part, input, encoderStates));
      throwIfAborted(options.signal);
      const own = part.role === 'encoder' ? ownOutputs(session, part) : [];
      const outputs = await runSession(session, fed, [...new Set([...own, ...tensors])]);
      tapping.read(part, outputs);
      return part.role === 'encoder' ? hiddenStateOf(part, outputs) : undefined;
    });
  }
}

async function runForOutputs(
  model: Runnable,
  part: GraphPart,
  input: ModelInput,
  options: RunOptions,
  encoderStates?: Tensor,
): Promise<OwnOutputs> {
  const session = await sessionOf(model, part, options);
  const fed = await buildFeeds(session.inputMetadata, partInput(part, input, encoderStates));
  throwIfAborted(options.signal);
  const outputs = await runSession(session, fed, ownOutputs(session, part));
  const renamed = Object.entries(outputs).map(([name, tensor]) => [OTHER_NAMES[name] ?? name, tensor]);
  return Object.fromEntries(renamed) as OwnOutputs;
}

function partInput({ role }: GraphPart, input: ModelInput, encoderStates: Tensor | undefined): GraphInput {
  if (role !== 'decoder') return input;
  return { ids: input.targetIds ?? [], encoderStates };
}

function sessionOf({ key }: Runnable, part: GraphPart, options: RunOptions): Promise<InferenceSession> {
  const { skeleton, role } = part;
  const names = [key, role, ...[...new Set(options.taps)].sort()].join(SEPARATOR);
  return options.sessions.get(names, () =>
    createSession(withOutputs(skeleton, tapped(part, options.taps), additions(part)), {
      directory: skeleton.directory,
      threads: options.threads,
      provider: options.provider,
    }),
  );
}

/** Names of the tensors to read besides the graph's own outputs. */
function tapped({ blocks, hidden, headInput }: GraphPart, taps: Tap[] = []): string[] {
  const names = new Set(blocks.map(({ weights }) => weights));
  for (const tap of new Set(taps)) {
    if (tap === 'hidden') for (const { tensor } of hidden) names.add(tensor);
    else if (tap === 'head') names.add(headInput ?? '');
    else for (const block of blocks) names.add(block[tap]);
  }
  names.delete('');
  return [...names];
}

/** What has to be appended to a graph for the tensors that fused operators keep to themselves. */
function additions({ blocks }: GraphPart): GraphAddition[] {
  return blocks.flatMap(({ addition }) => addition ?? []);
}

/** The graph's outputs from before it was tapped, without the cache of keys and values. */
function ownOutputs(session: InferenceSession, { skeleton }: GraphPart): string[] {
  const cached = /^(present|past)|key_values|\.(key|value)$/;
  const names = skeleton.model.graph.outputs.map(({ name }) => name);
  const floating = new Set(
    session.outputMetadata.flatMap((output) =>
      output.isTensor && ['float32', 'float16', 'float64'].includes(output.type) ? [output.name] : [],
    ),
  );
  return names.filter((name) => floating.has(name) && !cached.test(name));
}

function readWeights(
  { lone }: Runnable,
  part: GraphPart,
  { ids, targetIds }: ModelInput,
  outputs: Record<string, Tensor>,
): LayerWeights[] {
  return part.blocks.map((block) => {
    const kind = kindOf(part, block, lone);
    const lengths = axisLengths(kind, ids.length, targetIds?.length);
    const { layer, sink, weights } = block;
    return attentionWeights({ kind, layer, sink, ...lengths }, output(outputs, weights));
  });
}

function readTaps(
  { lone }: Runnable,
  part: GraphPart,
  outputs: Record<string, Tensor>,
  taps: Tap[] = [],
): TensorData[] {
  const tensors: TensorData[] = [];
  for (const tap of new Set(taps)) {
    if (tap === 'hidden') {
      for (const state of part.hidden) {
        const name = `${kindOf(part, state, lone)}.hidden.${state.index}`;
        tensors.push(batchOfOne(name, output(outputs, state.tensor)));
      }
    } else if (tap === 'head') {
      if (part.headInput !== null) tensors.push(batchOfOne('head', output(outputs, part.headInput)));
    } else {
      for (const block of part.blocks) tensors.push(readBlock(part, block, lone, tap, outputs));
    }
  }
  return tensors;
}

function readBlock(
  part: GraphPart,
  block: AttentionBlock,
  lone: AttentionKind,
  tap: Exclude<Tap, 'hidden' | 'head'>,
  outputs: Record<string, Tensor>,
): TensorData {
  const name = `${kindOf(part, block, lone)}.${block.layer}.${tap}`;
  // [heads, rows, columns] where the exporter folded the batch into the heads.
  const tensor = batchOfOne(name, output(outputs, block[tap]), 3);
  return tap === 'key' && block.keyTransposed ? transposed(tensor) : tensor;
}

/** Models with two heads have names of their own for the language model's logits. */
const OTHER_NAMES: Readonly<Record<string, string>> = { prediction_logits: 'logits' };

function readOwn({ role }: GraphPart, own: string[], outputs: Record<string, Tensor>): TensorData[] {
  const prefix = role === 'encoder' ? 'encoder.' : '';
  return own.map((name) => batchOfOne(prefix + (OTHER_NAMES[name] ?? name), output(outputs, name)));
}

function hiddenStateOf(part: GraphPart, outputs: OwnOutputs): Tensor {
  const [first] = part.skeleton.model.graph.outputs;
  return output(outputs, 'last_hidden_state' in outputs ? 'last_hidden_state' : (first?.name ?? ''));
}

function output(outputs: Record<string, Tensor>, name: string): Tensor {
  const tensor = outputs[name];
  if (tensor) return tensor;
  throw new ProbeError(
    'model',
    l10n.t`The model did not compute its tensor "${name}". Try another export of the model.`,
  );
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new ProbeError('cancelled', l10n.t('Cancelled.'));
}
