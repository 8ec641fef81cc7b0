import * as l10n from '@vscode/l10n';
import { assemble } from '../../onnx/backward/assemble';
import type { GraphModel } from '../../onnx/backward';
import { MASK, POOLED, withClassifier } from '../../onnx/classifier/head';
import { constantsBefore, startOf } from '../../onnx/classifier/parameters';
import type { Graph } from '../../onnx/graph';
import { indexGraph } from '../../onnx/graph';
import { ProbeError } from '../../shared/errors';
import type { Layers, Pooling } from '../../shared/training';
import type { OpenModel } from '../openModel';
import type { GraphPart } from '../parts';
import { createSession, runSession } from '../runtime';
import { PreparedModel } from './prepared';
import type { OpenSession, Parameter } from './prepared';

export interface PrepareOptions {
  pooling?: Pooling;
  layers: Layers;
  threads?: number;
  /** The most that weights, gradients and the optimizer's moments may take together. */
  budgetBytes: number;
}

/** Weights, their gradients, and two moments of AdamW; and the checkpoint's own. */
const BYTES_A_WEIGHT = 20;
/**
 * What a sentence's vector is made of where nothing else is asked for: the last token of a causal model, which alone has
 * seen all others; else the mean, because masked language modeling never trains a first token that stands for the text
 * (measured on pocket-bert: 78 % against 65 % of the larger set).
 */
export function poolingOf({ facts }: Pick<OpenModel, 'facts'>): Pooling {
  return facts.family === 'decoder-only' ? 'last' : 'mean';
}

/**
 * Puts a classifier behind a model's encoder (or only stack) and finds its weights and their gradients. Throws ProbeError
 * `model` where the model cannot be trained, or not in `budgetBytes`.
 */
export async function prepareTraining(opened: OpenModel, options: PrepareOptions): Promise<PreparedModel> {
  const part = readingPart(opened.parts);
  checkMemory(part.skeleton.model.graph, options.budgetBytes);
  const pooling = options.pooling ?? poolingOf(opened);
  const { hidden, attention } = statesOf(part);
  if (hidden.length === 0) throw untrainable(l10n.t('its hidden states are not found in the graph'));
  const read = options.layers === 'mean' ? hidden : hidden.slice(-1);
  const model = withClassifier(part.skeleton, read, pooling);
  const { directory } = part.skeleton;
  const sessionOptions = { directory, threads: options.threads, memoryArena: true };
  const open = (bytes: Uint8Array) => createSession(bytes, sessionOptions);
  const parameters = await readParameters(model, open);
  const { padId = null } = opened.folder.config ?? {};
  const facts = { model, directory, pooling, parameters, hidden, attention, padId: padId ?? 0 };
  return PreparedModel.open(facts, open);
}

/** The hidden states and attention weights of the stack that the classifier stands on. */
function statesOf({ hidden, blocks }: GraphPart): { hidden: string[]; attention: string[] } {
  const stack = hidden[0]?.stack;
  const own = blocks.filter((block) => block.stack === stack && !block.cross && !block.addition);
  return {
    hidden: hidden.filter((state) => state.stack === stack).map(({ tensor }) => tensor),
    attention: own.map(({ weights }) => weights),
  };
}

/** The graph that reads the text. */
function readingPart(parts: GraphPart[]): GraphPart {
  const part = parts.find(({ role }) => role !== 'decoder');
  if (!part) throw untrainable(l10n.t('it has no graph that reads a text'));
  if (part.skeleton.model.graph.inputs.some(({ name }) => name === MASK)) return part;
  throw untrainable(
    l10n.t('it takes no attention mask, so that texts of different lengths do not fit in one batch'),
  );
}

/** The weights: float constants with more than one value. Computed by the graph itself, so exactly what it would use. */
async function readParameters(model: GraphModel, open: OpenSession): Promise<Parameter[]> {
  const index = indexGraph(model.model.graph);
  const names = constantsBefore(index, POOLED);
  const outputs = names.map((name) => ({ name }));
  const session = await open(assemble(model, index, { addition: {}, fed: [], inputs: [], outputs }).bytes);
  const made = await runSession(session, {}, names);
  await session.release();
  const parameters: Parameter[] = [];
  for (const name of names) {
    const tensor = made[name];
    if (!tensor || tensor.size < 2) continue;
    if (tensor.type === 'float16') {
      throw untrainable(l10n.t('its weights are half-precision numbers; take its export in float32'));
    }
    if (tensor.type !== 'float32') continue;
    const dims = [...tensor.dims];
    const values = Float32Array.from(tensor.data as Float32Array);
    parameters.push({ name, dims, start: startOf(index, name, dims), values });
  }
  if (parameters.length === 0) throw untrainable(l10n.t('no weights in single precision are found in it'));
  return parameters;
}

function checkMemory({ initializers }: Graph, budget: number): void {
  const weights = initializers.reduce(
    (sum, { dims }) => sum + dims.reduce((product, dim) => product * dim, 1),
    0,
  );
  const bytes = weights * BYTES_A_WEIGHT;
  if (bytes <= budget) return;
  throw new ProbeError(
    'model',
    l10n.t`Training this model takes about ${megabytes(bytes)}, more than the memory budget of ${megabytes(budget)}. Choose a smaller model, or raise the budget.`,
  );
}

function megabytes(bytes: number): string {
  return l10n.t`${Math.ceil(bytes / 2 ** 20)} MB`;
}

function untrainable(why: string): ProbeError {
  return new ProbeError('model', l10n.t`This model cannot be trained here: ${why}.`);
}
