import * as l10n from '@vscode/l10n';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ExplainedOutput, PathPoint, TokenScores } from '../../shared/attributionRequests';
import { ProbeError } from '../../shared/errors';
import { attentionBytes } from '../budget';
import type { Feeds } from '../batch';
import { repeatFeeds } from '../batch';
import type { OpenBackward } from '../gradients';
import type { OpenModel } from '../openModel';
import { kindOf } from '../parts';
import type { GraphPart } from '../parts';
import { throwIfAborted } from '../runner';
import { loadRuntime, runSession } from '../runtime';
import { numberTensor } from '../tensors';
import {
  embeddingsOf,
  hiddenOutput,
  openCut,
  openLoss,
  ownFeeds,
  partsOf,
  POSITION,
  SEED,
  statesInput,
  TOKEN,
} from './graphs';
import type { AttributionOptions, Text } from './graphs';

type Outputs = Record<string, Tensor>;

/** The straight path of one embedding: baseline and distance, [tokens, hidden]. */
interface Line {
  side: 'input' | 'target';
  tensor: string;
  tokens: number;
  width: number;
  start: Float32Array;
  distance: Float32Array;
}

export interface PathRequest extends Text {
  explained: ExplainedOutput;
  baseline: { ids: (number | null)[]; targetIds?: (number | null)[] };
  points: PathPoint[];
}

/** See `pathGradients` in AttributionMethods. Points go through the model in batches that fit the memory budget. */
export async function pathGradients(
  model: OpenModel,
  request: PathRequest,
  options: AttributionOptions,
): Promise<TokenScores & { values: number[] }> {
  const { points } = request;
  const scores: TokenScores = {
    input: request.ids.map(() => 0),
    ...(request.targetIds && { target: request.targetIds.map(() => 0) }),
  };
  const values: number[] = [];
  const lines = await allLines(model, request, options);
  const most = await batchSize(model, request, options);
  for (let i = 0; i < points.length; i += most) {
    throwIfAborted(options.signal);
    const some = points.slice(i, i + most);
    values.push(...(await addPoints(model, request, { points: some, lines, scores }, options)));
  }
  return { ...scores, values };
}

interface Batch {
  points: PathPoint[];
  lines: { last: Line[]; encoder: Line[] };
  scores: TokenScores;
}

async function addPoints(
  model: OpenModel,
  request: PathRequest,
  { points, lines, scores }: Batch,
  options: AttributionOptions,
): Promise<number[]> {
  const { last, encoder } = partsOf(model);
  const states =
    encoder && (await hiddenStates(model, encoder, request, { points, lines: lines.encoder }, options));
  const open = await openLoss(model, last, 'embeddings', request.explained, options);
  const fed = {
    ...(await batchFeeds(last, open.session, request, points.length, states)),
    ...(await chosen(request)),
  };
  const outputs = await runLoss(open, { ...fed, ...(await onLines(lines.last, points)) });
  addScores(scores, lines.last, points, (tensor) => outputs[gradientOf(open, tensor)]);
  if (encoder) {
    const seed = outputs[gradientOf(open, statesInput(last) ?? '')] as Tensor;
    const back = await openLoss(model, encoder, 'embeddings', 'hidden', options);
    const own = await batchFeeds(encoder, back.session, request, points.length);
    const from = await runLoss(back, { ...own, ...(await onLines(lines.encoder, points)), [SEED]: seed });
    addScores(scores, lines.encoder, points, (tensor) => from[gradientOf(back, tensor)]);
  }
  return Array.from((outputs[open.backward.values] as Tensor).data as Float32Array);
}

/** See `attentionGradients` in AttributionMethods. */
export async function attentionGradients(
  model: OpenModel,
  request: Text & { explained: ExplainedOutput },
  options: AttributionOptions,
): Promise<TokenScores> {
  const { last, encoder } = partsOf(model);
  const scores: TokenScores = {
    input: request.ids.map(() => 0),
    ...(request.targetIds && { target: request.targetIds.map(() => 0) }),
  };
  const states = encoder && (await hiddenStates(model, encoder, request, null, options));
  const open = await openLoss(model, last, 'attention', request.explained, options);
  const own = await batchFeeds(last, open.session, request, 1, states);
  const outputs = await runLoss(open, { ...own, ...(await chosen(request)) });
  addWeighted(model, last, open, outputs, scores);
  if (encoder) {
    throwIfAborted(options.signal);
    const seed = outputs[gradientOf(open, statesInput(last) ?? '')] as Tensor;
    const back = await openLoss(model, encoder, 'attention', 'hidden', options);
    const fed = { ...(await batchFeeds(encoder, back.session, request, 1)), [SEED]: seed };
    addWeighted(model, encoder, back, await runLoss(back, fed), scores);
  }
  return scores;
}

/** Adds weight times gradient of every attention block to the scores of its keys. */
function addWeighted(
  model: OpenModel,
  part: GraphPart,
  { backward }: OpenBackward,
  outputs: Outputs,
  scores: TokenScores,
): void {
  for (const block of part.blocks) {
    const gradient = outputs[backward.gradients.get(block.weights) ?? ''];
    const weights = outputs[block.weights];
    if (!gradient || !weights) continue;
    const ofTarget = kindOf(part, block, model.lone) === 'decoder' && scores.target;
    const into = ofTarget || scores.input;
    const keys = weights.dims.at(-1) ?? 0;
    if (keys !== into.length) {
      throw new ProbeError(
        'model',
        l10n.t('The attention of this model has another number of keys than there are tokens.'),
      );
    }
    const [a, g] = [weights.data as Float32Array, gradient.data as Float32Array];
    for (let i = 0; i < a.length; i++)
      into[i % keys] = (into[i % keys] as number) + (a[i] as number) * (g[i] as number);
  }
}

async function allLines(
  model: OpenModel,
  request: PathRequest,
  options: AttributionOptions,
): Promise<Batch['lines']> {
  const { last, encoder } = partsOf(model);
  return {
    last: await linesOf(model, last, request, options),
    encoder: encoder ? await linesOf(model, encoder, request, options) : [],
  };
}

async function linesOf(
  model: OpenModel,
  part: GraphPart,
  request: PathRequest,
  options: AttributionOptions,
): Promise<Line[]> {
  const lines: Line[] = [];
  for (const { side, tensor, ids } of embeddingsOf(part)) {
    const session = await openCut(model, part, { outputs: [tensor] }, options);
    const own = side === 'target' ? (request.targetIds ?? []) : request.ids;
    const base = (side === 'target' ? request.baseline.targetIds : request.baseline.ids) ?? own;
    const look = async (of: number[]) => {
      const feeds = { [ids]: await numberTensor(idsType(session), of, [1, of.length]) };
      return (await runSession(session, feeds, [tensor]))[tensor] as Tensor;
    };
    const end = await look(own);
    if (end.type !== 'float32') throw halfPrecision();
    const start = (await look(base.map((id) => id ?? 0))).data as Float32Array;
    const width = end.dims.at(-1) ?? 0;
    for (const [i, id] of base.entries()) if (id === null) start.fill(0, i * width, (i + 1) * width);
    const distance = (end.data as Float32Array).map((value, i) => value - (start[i] as number));
    lines.push({ side, tensor, tokens: own.length, width, start, distance });
  }
  return lines;
}

function idsType(session: InferenceSession): 'int64' | 'int32' {
  const [input] = session.inputMetadata;
  return input?.isTensor && input.type === 'int32' ? 'int32' : 'int64';
}

/** Embeddings at some points of their lines, as feeds [points, tokens, hidden]. */
async function onLines(lines: readonly Line[], points: readonly PathPoint[]): Promise<Feeds> {
  const { Tensor: TensorClass } = await loadRuntime();
  const feeds: Feeds = {};
  for (const { tensor, tokens, width, start, distance } of lines) {
    const data = new Float32Array(points.length * start.length);
    for (const [k, { at }] of points.entries()) {
      for (let i = 0; i < start.length; i++) {
        data[k * start.length + i] = (start[i] as number) + at * (distance[i] as number);
      }
    }
    feeds[tensor] = new TensorClass('float32', data, [points.length, tokens, width]);
  }
  return feeds;
}

function addScores(
  scores: TokenScores,
  lines: readonly Line[],
  points: readonly PathPoint[],
  gradient: (tensor: string) => Tensor | undefined,
): void {
  for (const { side, tensor, width, distance } of lines) {
    const into = side === 'target' ? scores.target : scores.input;
    const slopes = gradient(tensor)?.data as Float32Array | undefined;
    if (!into || !slopes) continue;
    for (const [k, { weight }] of points.entries()) {
      for (let i = 0; i < distance.length; i++) {
        const part = weight * (distance[i] as number) * (slopes[k * distance.length + i] as number);
        const token = Math.floor(i / width);
        into[token] = (into[token] as number) + part;
      }
    }
  }
}

/** The encoder's last hidden state: of the text itself, or at points of its embeddings' lines. */
async function hiddenStates(
  model: OpenModel,
  encoder: GraphPart,
  text: Text,
  on: { points: readonly PathPoint[]; lines: readonly Line[] } | null,
  options: AttributionOptions,
): Promise<Tensor> {
  const hidden = hiddenOutput(encoder);
  const fed = on ? on.lines.map(({ tensor }) => tensor) : [];
  const session = await openCut(model, encoder, { fed, outputs: [hidden] }, options);
  const own = await batchFeeds(encoder, session, text, on?.points.length ?? 1);
  const feeds = { ...own, ...(on && (await onLines(on.lines, on.points))) };
  return (await runSession(session, feeds, [hidden]))[hidden] as Tensor;
}

/** A text's feeds, `count` times; `states` [count, tokens, hidden] are the encoder's of each. */
export async function batchFeeds(
  part: GraphPart,
  session: InferenceSession,
  text: Text,
  count: number,
  states?: Tensor,
): Promise<Feeds> {
  const name = statesInput(part);
  if (!states || name === undefined)
    return repeatFeeds(await ownFeeds(part, session.inputMetadata, text), count);
  const first = await firstRow(states);
  const feeds = await repeatFeeds(await ownFeeds(part, session.inputMetadata, text, first), count);
  return { ...feeds, [name]: states };
}

async function firstRow(states: Tensor): Promise<Tensor> {
  const { Tensor: TensorClass } = await loadRuntime();
  const dims = [1, ...states.dims.slice(1)];
  const size = dims.reduce((product, dim) => product * dim, 1);
  return new TensorClass('float32', (states.data as Float32Array).subarray(0, size), dims);
}

export async function chosen({ explained }: { explained: ExplainedOutput }): Promise<Feeds> {
  const { token, position } = explained;
  return {
    [TOKEN]: await numberTensor('int64', [token], []),
    ...(position !== null && { [POSITION]: await numberTensor('int64', [position], []) }),
  };
}

/** Runs a loss for all its outputs; feeds that its graph does not need are left out. */
async function runLoss({ session, backward }: OpenBackward, feeds: Feeds): Promise<Outputs> {
  const needed = Object.fromEntries(Object.entries(feeds).filter(([name]) => backward.inputs.includes(name)));
  return runSession(session, needed, [...session.outputNames]);
}

function gradientOf({ backward }: OpenBackward, tensor: string): string {
  return backward.gradients.get(tensor) ?? '';
}

const MOST_ROWS = 16;
/** Tensors as large as the attention weights and the logits that are alive at a time, about. */
const [ATTENTION_COPIES, LOGIT_COPIES] = [6, 4];

/** Rows of a batch that fit in half the memory budget; 1 where the export takes no more. */
async function batchSize(
  model: OpenModel,
  request: PathRequest,
  options: AttributionOptions,
): Promise<number> {
  const { last, encoder } = partsOf(model);
  const opened = await openLoss(model, last, 'embeddings', request.explained, options);
  const before = encoder && (await openLoss(model, encoder, 'embeddings', 'hidden', options));
  return opened.batches && before?.batches !== false ? rowsThatFit(model, request, options) : 1;
}

export function rowsThatFit(model: OpenModel, { ids, targetIds }: Text, options: AttributionOptions): number {
  const logits = 4 * (targetIds ?? ids).length * (model.facts.vocabulary ?? 0);
  const row =
    ATTENTION_COPIES * attentionBytes(model.counts, ids.length, targetIds?.length) + LOGIT_COPIES * logits;
  return Math.max(1, Math.min(MOST_ROWS, Math.floor(options.memoryBudgetBytes / 2 / Math.max(row, 1))));
}

function halfPrecision(): ProbeError {
  return new ProbeError(
    'model',
    l10n.t('Gradients need a model in float32; this one computes in half precision.'),
  );
}
