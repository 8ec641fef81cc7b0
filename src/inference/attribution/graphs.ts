import * as l10n from '@vscode/l10n';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { cutGraph, findEmbeddings } from '../../onnx/backward';
import type { BackwardRequest, Loss } from '../../onnx/backward';
import type { GraphAddition } from '../../onnx/taps';
import type { ExplainedOutput, FedText } from '../../shared/attributionRequests';
import { ProbeError } from '../../shared/errors';
import type { Feeds } from '../batch';
import { buildFeeds } from '../feeds';
import { openBackward } from '../gradients';
import type { OpenBackward } from '../gradients';
import type { OpenModel } from '../openModel';
import type { GraphPart } from '../parts';
import { SEPARATOR } from '../runner';
import type { RunOptions } from '../runner';
import { createSession } from '../runtime';
import type { SessionCache } from '../sessions';
import { numberTensor } from '../tensors';

export type Text = Omit<FedText, 'model'>;

export interface AttributionOptions extends RunOptions {
  gradients: SessionCache<OpenBackward>;
  memoryBudgetBytes: number;
}

/** Names of the graph inputs that losses add. */
export const TOKEN = 'probe/token';
export const POSITION = 'probe/position';
export const SEED = 'probe/seed';

/** What a graph is differentiated by. */
export type By = 'embeddings' | 'attention' | 'nothing';

const STATES = /^encoder_(hidden_states|outputs)$/;

/** The graph that predicts, and the encoder in front of it where that has a graph of its own. */
export function partsOf(model: OpenModel): { last: GraphPart; encoder?: GraphPart } {
  const last = model.parts.at(-1) as GraphPart;
  return { last, encoder: model.parts.find(({ role }) => role === 'encoder') };
}

/** The graph's input for the encoder's last hidden state, if it has one. */
export function statesInput({ skeleton }: GraphPart): string | undefined {
  return skeleton.model.graph.inputs.find(({ name }) => STATES.test(name))?.name;
}

/** The encoder's last hidden state among its outputs. */
export function hiddenOutput({ skeleton }: GraphPart): string {
  const names = skeleton.model.graph.outputs.map(({ name }) => name);
  return names.find((name) => name === 'last_hidden_state') ?? (names[0] as string);
}

/** The token embeddings of a graph, by the side of the model whose tokens they are. */
export function embeddingsOf({
  role,
  skeleton,
}: GraphPart): { side: 'input' | 'target'; tensor: string; ids: string }[] {
  return findEmbeddings(skeleton.model.graph).map(({ ids, tensor }) => {
    const isTarget = role === 'decoder' || ids.startsWith('decoder');
    return { side: isTarget ? 'target' : 'input', tensor, ids };
  });
}

/** The session with the gradients of F; of the product of the hidden state with a seed for an encoder's graph. */
export function openLoss(
  model: OpenModel,
  part: GraphPart,
  by: By,
  loss: Pick<ExplainedOutput, 'output' | 'position'> | 'hidden',
  options: AttributionOptions,
): Promise<OpenBackward> {
  const name = loss === 'hidden' ? loss : `${loss.output} ${loss.position === null ? '' : 'at'}`;
  const key = [model.key, 'gradient', part.role, by, name].join(SEPARATOR);
  const request = { ...differentiated(part, by), loss: lossOf(part, loss) };
  return options.gradients.get(key, () =>
    openBackward(part.skeleton, request, {
      threads: options.threads,
      trial: (inputs) => trialFeeds(model, part, inputs),
    }),
  );
}

/** A session on a part of a graph. */
export function openCut(
  model: OpenModel,
  part: GraphPart,
  cut: { fed?: string[]; outputs: string[]; addition?: GraphAddition },
  options: RunOptions,
): Promise<InferenceSession> {
  const key = [model.key, 'cut', part.role, ...(cut.fed ?? []), 'to', ...cut.outputs].join(SEPARATOR);
  const { skeleton } = part;
  return options.sessions.get(key, () =>
    createSession(cutGraph(skeleton, cut).bytes, { directory: skeleton.directory, threads: options.threads }),
  );
}

/** Feeds of one text for a graph's own inputs; `states`: the encoder's of that text, [1, tokens, hidden]. */
export function ownFeeds(
  part: GraphPart,
  inputs: readonly InferenceSession.ValueMetadata[],
  text: Text,
  states?: Tensor,
): Promise<Feeds> {
  const given = new Set(part.skeleton.model.graph.inputs.map(({ name }) => name));
  const own = inputs.filter(({ name }) => given.has(name));
  const { ids, typeIds, targetIds } = text;
  if (part.role !== 'decoder') return buildFeeds(own, { ids, typeIds, targetIds });
  return buildFeeds(own, { ids: targetIds ?? [], encoderStates: states });
}

function differentiated(part: GraphPart, by: By): Omit<BackwardRequest, 'loss'> {
  const states = part.role === 'decoder' ? [statesInput(part) ?? []].flat() : [];
  const hidden = part.role === 'encoder' ? [hiddenOutput(part)] : [];
  if (by === 'nothing') return { wrt: [] };
  if (by === 'attention') {
    const weights = part.blocks.map((block) => readableWeights(block));
    return { wrt: [...weights, ...states], outputs: [...weights, ...hidden] };
  }
  const tensors = embeddingsOf(part).map(({ tensor }) => tensor);
  if (tensors.length === 0) {
    throw new ProbeError(
      'model',
      l10n.t(
        'The look-up of the token embeddings was not found in this model, so that there are no gradients by tokens.',
      ),
    );
  }
  return { wrt: [...tensors, ...states], fed: tensors, outputs: hidden };
}

/** Fused operators give their weights away in another node: nothing depends on what that computes. */
function readableWeights({ weights, addition, softmax }: GraphPart['blocks'][number]): string {
  if (!addition) return weights;
  throw new ProbeError(
    'model',
    l10n.t`Gradients do not pass the fused operator ${softmax.opType}. Try an export with plain operators in float32.`,
  );
}

function lossOf(part: GraphPart, loss: Pick<ExplainedOutput, 'output' | 'position'> | 'hidden'): Loss {
  if (loss === 'hidden') return { kind: 'product', tensor: hiddenOutput(part), seed: SEED };
  const position = loss.position === null ? {} : { position: POSITION };
  return { kind: loss.output, logits: 'logits', token: TOKEN, ...position };
}

const TRIAL = [0, 1, 2, 3, 4];

async function trialFeeds(
  model: OpenModel,
  part: GraphPart,
  inputs: readonly InferenceSession.ValueMetadata[],
): Promise<Feeds> {
  // Ids of real texts end with an end token, which some classifiers look for.
  const last = model.folder.config?.eosIds[0];
  const ids = last === undefined ? TRIAL : [...TRIAL, last];
  const text = { ids, targetIds: TRIAL };
  const { encoder } = partsOf(model);
  const wanted = inputs.find(({ name }) => STATES.test(name));
  if (part.role !== 'decoder' || !wanted || !encoder) return ownFeeds(part, inputs, text);
  const width = widthOf(wanted) ?? model.folder.config?.hiddenSize;
  if (!width)
    throw new ProbeError(
      'model',
      l10n.t("The width of the encoder's hidden state is not in this model's config.json."),
    );
  const values = Array.from({ length: ids.length * width }, (_, i) => Math.cos(i));
  return ownFeeds(part, inputs, text, await numberTensor('float32', values, [1, ids.length, width]));
}

function widthOf(input: InferenceSession.ValueMetadata): number | undefined {
  const last = input.isTensor ? input.shape.at(-1) : undefined;
  return typeof last === 'number' ? last : undefined;
}
