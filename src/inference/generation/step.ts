import { largest, logSoftmax } from '../../numeric/softmax';
import type { GenerationOptions, GenerationState } from '../../shared/generation';
import { SeededRandom } from '../../shared/random';
import { filtered, tokenAt } from './distribution';

/**
 * Why not the library's own generation: transformers.js 4.3.1 has greedy and sampling but no beam search (its `num_beams` is
 * read and never used), wants sessions of its own making with a cache of keys and values, and costs half a megabyte in the
 * bundle. What is needed here is below, and is tested against the Python library's results.
 */
export interface StepRules {
  options: GenerationOptions;
  /** Ids that end the text. */
  ends: readonly number[];
  /** An id that is never chosen, such as padding. */
  never: number | null;
}

/** Before the first token: one hypothesis of nothing. */
export const NOTHING: GenerationState = {
  beams: [{ ids: [], score: 0 }],
  finished: [],
  end: null,
  stopped: null,
};

/** The state with one more token in every hypothesis. `logits` are those after each of `state.beams`. */
export function advance(
  state: GenerationState,
  logits: readonly Float32Array[],
  rules: StepRules,
): GenerationState {
  const scores = logits.map((row) => {
    const logs = logSoftmax(row);
    if (rules.never !== null) logs[rules.never] = -Infinity;
    return logs;
  });
  return rules.options.method === 'beam'
    ? advanceBeams(state, scores, rules)
    : advanceOne(state, scores, rules);
}

function advanceOne(
  state: GenerationState,
  [scores = new Float64Array(0)]: readonly Float64Array[],
  { options, ends }: StepRules,
): GenerationState {
  const { ids, score } = state.beams[0] ?? { ids: [], score: 0 };
  const next = options.method === 'greedy' ? (largest(scores, 1)[0] ?? 0) : draw(scores, ids.length, options);
  if (ends.includes(next)) return { ...state, end: next, stopped: 'end' };
  const longer = [...ids, next];
  return {
    ...state,
    beams: [{ ids: longer, score: score + (scores[next] as number) }],
    stopped: longer.length >= options.maxNewTokens ? 'limit' : null,
  };
}

/** Each step draws from a stream of its own, so that a generation that was interrupted goes on the same way. */
function draw(scores: Float64Array, step: number, options: GenerationOptions): number {
  return tokenAt(filtered(scores, options), new SeededRandom(options.seed, step).next());
}

/**
 * Beam search as the Python library does it (`early_stopping=False`): of the 2·beams best continuations those that end are
 * set aside when they are among the first `beams`, the others go on; it stops when no hypothesis can become better than the
 * worst of `beams` finished ones.
 */
function advanceBeams(
  state: GenerationState,
  scores: readonly Float64Array[],
  { options, ends }: StepRules,
): GenerationState {
  const { beams: width, maxNewTokens } = options;
  const beams: GenerationState['beams'] = [];
  let { finished } = state;
  const candidates = bestContinuations(state, scores, width * (1 + Math.max(1, ends.length)));
  for (const [rank, { ids, id, score }] of candidates.entries()) {
    if (!ends.includes(id)) beams.push({ ids: [...ids, id], score });
    else if (rank < width)
      finished = keepBest(
        finished,
        { ids, end: id, score: penalized(score, ids.length + 1, options) },
        width,
      );
    if (beams.length === width) break;
  }
  const length = beams[0]?.ids.length ?? 0;
  const best = penalized(candidates[0]?.score ?? -Infinity, length, options);
  const worst = finished.at(-1)?.score ?? -Infinity;
  const isDone = finished.length >= width && worst >= best;
  if (!isDone && length < maxNewTokens) return { ...state, beams, finished };
  return isDone
    ? { ...state, beams, finished, stopped: 'end' }
    : { ...state, beams, finished: closed(beams, finished, options), stopped: 'limit' };
}

interface Continuation {
  ids: number[];
  id: number;
  score: number;
}

function bestContinuations(
  { beams }: GenerationState,
  scores: readonly Float64Array[],
  count: number,
): Continuation[] {
  const all = beams.flatMap(({ ids, score }, beam) => {
    const row = scores[beam] ?? new Float64Array(0);
    return largest(row, count).map((id) => ({ ids, id, score: score + (row[id] as number) }));
  });
  return all.sort((a, b) => b.score - a.score).slice(0, count);
}

/** At the limit the hypotheses that still go on are finished, too. */
function closed(
  beams: GenerationState['beams'],
  finished: GenerationState['finished'],
  options: GenerationOptions,
): GenerationState['finished'] {
  return beams.reduce(
    (kept, { ids, score }) =>
      keepBest(kept, { ids, end: null, score: penalized(score, ids.length, options) }, options.beams),
    finished,
  );
}

function keepBest(
  finished: GenerationState['finished'],
  one: GenerationState['finished'][number],
  count: number,
): GenerationState['finished'] {
  return [...finished, one].sort((a, b) => b.score - a.score).slice(0, count);
}

function penalized(score: number, length: number, { lengthPenalty }: GenerationOptions): number {
  return score / Math.max(1, length) ** lengthPenalty;
}
