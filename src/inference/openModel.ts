import { familyOf } from '../models/folder';
import type { ModelFolder } from '../models/folder';
import type { ProbeTokenizer } from '../models/tokenizer';
import type { AttentionKind } from '../shared/attention';
import { ProbeError } from '../shared/errors';
import type { Family, ModelFacts } from '../shared/model';
import type { MatrixCounts } from './budget';
import { kindOf, readParts, stampOf } from './parts';
import type { GraphPart } from './parts';
import { runModel } from './runner';
import type { Runnable, RunOptions } from './runner';
import { isCausal } from './weights';
import type { LayerWeights } from './tiles';

/** A model that was opened: its files read, its kinds of attention measured. */
export interface OpenModel extends Runnable {
  folder: ModelFolder;
  facts: ModelFacts;
  counts: MatrixCounts;
  /** Absent until a text comes; see `encodeRequest`. */
  tokenizer?: Promise<ProbeTokenizer>;
  /** Of its files when it was opened; see `stampOf`. */
  stamp: string;
}

/** Token ids of the trial run: enough positions to see whether a query looks ahead. */
const TRIAL_IDS = [0, 1, 2, 3];

/**
 * Opens a model: reads its graphs and runs a few tokens through it. The weights of that trial say what no file says
 * reliably: how many heads each layer has, and whether the only stack is causal.
 */
export async function openModel(folder: ModelFolder, options: RunOptions): Promise<OpenModel> {
  const stamp = await stampOf(folder);
  const parts = await readParts(folder, options.signal);
  const named = familyOf(folder);
  const guess: Runnable = { key: folder.id, parts, lone: named === 'decoder-only' ? 'decoder' : 'encoder' };
  const trial = await tryOut(guess, options).catch((error: unknown) => {
    if (named === null || !folder.config?.heads || !isModelError(error)) throw error;
    return undefined;
  });
  const model: Runnable = { ...guess, lone: trial ? loneKind(trial) : guess.lone };
  const counts = countMatrices(model, trial, folder.config?.heads ?? 0);
  const heads = trial?.[0]?.heads ?? folder.config?.heads ?? 0;
  const facts = { ...describe(folder, model), heads, hasTokenizer: folder.tokenizerPath !== null };
  return { ...model, folder, facts, counts, stamp };
}

/** The attention of a few tokens. Some models refuse: a classifier that pools at the end token needs one. */
async function tryOut(model: Runnable, options: RunOptions): Promise<LayerWeights[]> {
  const input = { ids: TRIAL_IDS, ...(isPair(model) && { targetIds: TRIAL_IDS }) };
  return (await runModel(model, input, options)).layers;
}

/** Self-attention that never looks ahead, in any layer and head, is a decoder's. */
function loneKind(trial: LayerWeights[]): AttentionKind {
  return trial.filter(({ kind }) => kind !== 'cross').every(isCausal) ? 'decoder' : 'encoder';
}

function countMatrices(model: Runnable, trial: LayerWeights[] | undefined, heads: number): MatrixCounts {
  const counts: MatrixCounts = {};
  for (const part of model.parts) {
    for (const block of part.blocks) {
      const kind = kindOf(part, block, model.lone);
      // The trial's single stack went by the guessed kind.
      const tried = trial?.find((one) => one.layer === block.layer && (one.kind === kind || !isPair(model)));
      counts[kind] = (counts[kind] ?? 0) + (tried?.heads ?? heads);
    }
  }
  return counts;
}

function describe(folder: ModelFolder, model: Runnable): Omit<ModelFacts, 'heads' | 'hasTokenizer'> {
  const { id, name, config } = folder;
  const layersOf = (kind: AttentionKind) =>
    model.parts.flatMap((part) => part.blocks.filter((block) => kindOf(part, block, model.lone) === kind))
      .length;
  const family = familyIn(model);
  return {
    id,
    name,
    family,
    architecture: config?.architecture ?? 'unknown',
    layers: family === 'decoder-only' ? layersOf('decoder') : layersOf('encoder'),
    ...(family === 'encoder-decoder' && { decoderLayers: layersOf('decoder') }),
    maxTokens: config?.maxTokens ?? null,
    vocabulary: config?.vocabulary ?? null,
  };
}

function familyIn(model: Runnable): Family {
  if (isPair(model)) return 'encoder-decoder';
  return model.lone === 'decoder' ? 'decoder-only' : 'encoder-only';
}

function isPair({ parts }: { parts: GraphPart[] }): boolean {
  return parts.some(({ blocks }) => blocks.some(({ cross }) => cross));
}

function isModelError(error: unknown): boolean {
  return error instanceof ProbeError && error.code === 'model';
}
