import { axisTokens } from '../../shared/attention';
import type { AttentionKind, AttentionLayer, AttentionResult, HeadMatrix } from '../../shared/attention';
import { ProbeError } from '../../shared/errors';
import type { Inference } from '../../shared/inference';
import type { HeadLabel } from '../../shared/metrics';
import { analyzeAttention } from '../attention';
import { headMetrics } from '../heads';
import { strongestLinks } from '../links';
import { digestPredictions, rounded } from './predictions';
import type { PredictionDigest } from './predictions';

/** What an agent asks of a text. */
export interface TextQuestion {
  model: string;
  text: string;
  /** Encoder-decoders: what the decoder reads. Absent: the model writes it. */
  target?: string;
  /** One layer, or one head of it, in more detail. */
  layer?: number;
  head?: number;
}

/** A link from a query to a key by their positions; `head` is left out where the question names it. */
interface LinkDigest {
  head?: number;
  query: number;
  key: number;
  weight: number;
}

/** What a model does with a text, small enough for a prompt. Positions count from 0 in `tokens` or `target`. */
export interface TextDigest {
  model: Record<string, string | number>;
  tokens: string[];
  /** The decoder's tokens; queries of `cross`, queries and keys of `decoder` in encoder-decoders. */
  target?: { tokens: string[]; writtenBy: 'user' | 'model' };
  attention: { kind: AttentionKind; layer: number; strongest: LinkDigest[] }[];
  /** Heads with a recognizable habit, as `layer.head`. */
  heads: Partial<Record<AttentionKind, Partial<Record<HeadLabel, string[]>>>>;
  predictions: PredictionDigest;
  /** What was left out or cut off, as sentences. */
  cut: string[];
}

const LINKS_A_LAYER = 5;
const LINKS_ASKED = 40;
/** Layers of each kind that are listed: the first ones and the last ones of deeper models. */
const MOST_LAYERS = 12;

/** Analyzes a text; throws ProbeError. The run is forgotten afterwards. */
export async function digestText(
  inference: Inference,
  question: TextQuestion,
  signal?: AbortSignal,
): Promise<TextDigest> {
  const { model, text, target } = question;
  const segments = [{ text, offset: 0 }];
  const run = await analyzeAttention(inference, { model, segments, target, overflow: 'first' }, { signal });
  try {
    return await digestRun(inference, run, question, signal);
  } finally {
    await inference.request('forget', { runId: run.runId }).catch(() => null);
  }
}

async function digestRun(
  inference: Inference,
  run: AttentionResult,
  question: TextQuestion,
  signal?: AbortSignal,
): Promise<TextDigest> {
  const { id, name, family, architecture, layers, decoderLayers, heads } = run.model;
  const chosen = chosenLayers(run.layers, question);
  const attention: TextDigest['attention'] = [];
  for (const layer of chosen) attention.push(await digestLayer(inference, run, layer, question, signal));
  return {
    model: { id, name, family, architecture, layers, ...(decoderLayers && { decoderLayers }), heads },
    tokens: run.tokens.map((token) => token.text),
    ...(run.target && {
      target: {
        tokens: run.target.tokens.map((token) => token.text),
        writtenBy: run.target.source === 'given' ? 'user' : 'model',
      },
    }),
    attention,
    heads: habits((await headMetrics(inference, run, signal)).heads),
    predictions: await digestPredictions(inference, run, signal),
    cut: cuts(run, chosen.length, question),
  };
}

/** The layers of the question, or as many as fit. Throws where there is no such layer or head. */
function chosenLayers(all: AttentionLayer[], { layer, head }: TextQuestion): AttentionLayer[] {
  if (layer === undefined) {
    if (head !== undefined) throw new ProbeError('usage', 'Name the layer of the head as well.');
    return all.filter((one) => isListed(one, all));
  }
  const found = all.filter((one) => one.layer === layer && (head === undefined || head < one.heads));
  if (found.length > 0) return found;
  const last = Math.max(...all.map((one) => one.layer));
  const heads = Math.max(...all.map((one) => one.heads));
  throw new ProbeError('usage', `Layers count from 0 to ${last} and heads from 0 to ${heads - 1}.`);
}

function isListed({ kind, layer }: AttentionLayer, all: AttentionLayer[]): boolean {
  const count = all.filter((one) => one.kind === kind).length;
  return count <= MOST_LAYERS || layer < MOST_LAYERS / 2 || layer >= count - MOST_LAYERS / 2;
}

async function digestLayer(
  inference: Inference,
  run: AttentionResult,
  { kind, layer, heads }: AttentionLayer,
  question: TextQuestion,
  signal?: AbortSignal,
): Promise<TextDigest['attention'][number]> {
  const { queries, keys } = axisTokens(run, kind);
  const matrices: HeadMatrix[] = [];
  for (let head = 0; head < heads; head++) {
    if (question.head !== undefined && head !== question.head) continue;
    matrices.push(await inference.request('head', { runId: run.runId, kind, layer, head }, signal));
  }
  const count = question.layer === undefined ? LINKS_A_LAYER : LINKS_ASKED;
  const links = strongestLinks(matrices, { queries, keys, count, withoutSpecial: true });
  const strongest = links.map(({ head, query, key, weight }) => {
    const link = { query, key, weight: rounded(weight) };
    return question.head === undefined ? { head, ...link } : link;
  });
  return { kind, layer, strongest };
}

function habits(heads: { kind: AttentionKind; layer: number; head: number; labels: HeadLabel[] }[]) {
  const found: TextDigest['heads'] = {};
  for (const { kind, layer, head, labels } of heads) {
    const ofKind = (found[kind] ??= {});
    for (const label of labels) (ofKind[label] ??= []).push(`${layer}.${head}`);
  }
  return found;
}

function cuts({ window, layers }: AttentionResult, shown: number, question: TextQuestion): string[] {
  const count = question.layer === undefined ? LINKS_A_LAYER : LINKS_ASKED;
  return [
    ...(window
      ? [`The model reads ${window.count} of the text's ${window.total} tokens; the rest was cut off.`]
      : []),
    `Of each layer the ${count} strongest links at most; special tokens and the first query of a decoder are left out.`,
    ...(shown < layers.length ? [`${shown} of ${layers.length} layers; name a layer to see another.`] : []),
    'Attention shows where a head reads from, not why the model decides.',
  ];
}
