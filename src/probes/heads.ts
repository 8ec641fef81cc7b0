import * as l10n from '@vscode/l10n';
import type { AttentionKind, HeadAddress } from '../shared/attention';
import { ProbeError } from '../shared/errors';
import type { Inference } from '../shared/inference';
import type { HeadProbe, HeadTable } from '../shared/metrics';
import type { ModelFacts } from '../shared/model';
import { SeededRandom } from '../shared/random';
import type { AnalyzedRun } from './axes';
import { axesOf, factsOf } from './axes';

const KINDS: readonly AttentionKind[] = ['encoder', 'decoder', 'cross'];

/** Measures and labels of every head of a run. */
export function headMetrics(
  inference: Inference,
  run: AnalyzedRun,
  signal?: AbortSignal,
): Promise<HeadTable> {
  const kinds = KINDS.filter((kind) => run.layers.some((layer) => layer.kind === kind));
  const entries = kinds.map((kind) => {
    const { queries, keys } = axesOf(run, kind);
    return [kind, { queries: factsOf(queries), keys: factsOf(keys) }];
  });
  return inference.request('headMetrics', { runId: run.runId, axes: Object.fromEntries(entries) }, signal);
}

/** Random tokens that are repeated, where the model takes that many; and how many such texts. */
const PROBE_TOKENS = 50;
const PROBE_SEQUENCES = 4;
const FEWEST_TOKENS = 4;

/** Runs the repeated-random-token probe; see `HeadProbe`. The runs are forgotten afterwards. */
export async function probeHeads(
  inference: Inference,
  { id: model, vocabulary, maxTokens, name, family }: ModelFacts,
  seed: number,
  signal?: AbortSignal,
): Promise<HeadProbe> {
  const frame = await frameOf(inference, model, family === 'encoder-decoder', signal);
  const around = frame.before.length + frame.after.length;
  const tokens = Math.min(PROBE_TOKENS, Math.floor(((maxTokens ?? Infinity) - around) / 2));
  if (vocabulary === null || tokens < FEWEST_TOKENS) {
    throw new ProbeError(
      'model',
      l10n.t`The probe needs a vocabulary of known size and room for ${2 * FEWEST_TOKENS} tokens; "${name}" does not state that.`,
    );
  }
  const random = new SeededRandom(seed);
  const scores = new Map<string, HeadProbe['heads'][number]>();
  for (let sequence = 0; sequence < PROBE_SEQUENCES; sequence++) {
    const drawn = await drawTokens(inference, model, vocabulary, tokens, random, signal);
    const found = await runProbe(inference, model, frame, drawn, signal);
    for (const { kind, layer, head, means } of found) {
      const name = `${kind} ${layer} ${head}`;
      const sum = scores.get(name) ?? { kind, layer, head, induction: 0, duplicate: 0, previous: 0 };
      const [induction = 0, duplicate = 0, previous = 0] = means.map((mean) => mean / PROBE_SEQUENCES);
      sum.induction += induction;
      sum.duplicate += duplicate;
      sum.previous += previous;
      scores.set(name, sum);
    }
  }
  return { tokens, sequences: PROBE_SEQUENCES, seed, heads: [...scores.values()] };
}

/** What the model's tokenizer puts around a text. */
interface Frame {
  before: number[];
  after: number[];
  /** What the decoder of an encoder-decoder starts with. */
  start?: number[];
}

async function frameOf(
  inference: Inference,
  model: string,
  isPair: boolean,
  signal?: AbortSignal,
): Promise<Frame> {
  const segments = [{ text: 'a', offset: 0 }];
  const request = { model, segments, ...(isPair && { target: 'a' }) };
  const { tokens, target } = await inference.request('encode', request, signal);
  const first = tokens.findIndex(({ special }) => !special);
  const last = tokens.findLastIndex(({ special }) => !special);
  return {
    before: tokens.slice(0, first).map(({ id }) => id),
    after: tokens.slice(last + 1).map(({ id }) => id),
    ...(target && { start: target.tokens.slice(0, 1).map(({ id }) => id) }),
  };
}

async function drawTokens(
  inference: Inference,
  model: string,
  vocabulary: number,
  count: number,
  random: SeededRandom,
  signal?: AbortSignal,
): Promise<number[]> {
  const ids: number[] = [];
  while (ids.length < count) {
    const drawn = Array.from({ length: count }, () => random.below(vocabulary));
    const { tokens } = await inference.request('encode', { model, ids: drawn }, signal);
    ids.push(...tokens.filter(({ special }) => !special).map(({ id }) => id));
  }
  return ids.slice(0, count);
}

async function runProbe(
  inference: Inference,
  model: string,
  { before, after, start }: Frame,
  drawn: number[],
  signal?: AbortSignal,
): Promise<(HeadAddress & { means: number[] })[]> {
  const ids = [...before, ...drawn, ...drawn, ...after];
  const targetIds = start && [...start, ...drawn, ...drawn];
  const { runId, layers } = await inference.request('run', { model, ids, targetIds }, signal);
  const count = drawn.length;
  const offsets = [count - 1, count, 1];
  try {
    const found = [];
    for (const kind of KINDS.filter((one) => one !== 'cross' && layers.some((layer) => layer.kind === one))) {
      const first = (kind === 'decoder' && start ? start : before).length + count;
      const request = { runId, kind, offsets, first, end: first + count };
      found.push(...(await inference.request('offsetMeans', request, signal)));
    }
    return found;
  } finally {
    await inference.request('forget', { runId });
  }
}
