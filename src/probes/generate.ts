import type { Generation, GenerationOptions, GenerationState, Hypothesis } from '../shared/generation';
import type { Inference } from '../shared/inference';
import type { Token } from '../shared/tokens';

export interface GenerateOptions {
  signal?: AbortSignal;
  /** Aborting keeps what is there: the generation ends after the token that is being made. */
  stop?: AbortSignal;
  /** Tokens of the best hypothesis, and all of them. */
  onToken?: (count: number, state: GenerationState) => void;
}

/** What a model wrote. */
export interface Written {
  /** Without the end token. */
  ids: number[];
  end: number | null;
  stopped: Generation['stopped'];
  hypotheses: Hypothesis[];
}

/** Lets a decoder go on after `ids`, or an encoder-decoder write a target for them, one token a request. */
export async function generateIds(
  inference: Inference,
  { model, ids, options }: { model: string; ids: number[]; options: GenerationOptions },
  { signal, stop, onToken }: GenerateOptions = {},
): Promise<Written> {
  let state: GenerationState | null = null;
  while (!state?.stopped && !(stop?.aborted && state)) {
    state = await inference.request('generate', { model, ids, options, state }, signal);
    onToken?.(state.beams[0]?.ids.length ?? 0, state);
  }
  const { ids: best, end } = bestOf(state);
  const hypotheses: Hypothesis[] = [];
  for (const { ids: finished, score } of state.finished) {
    const { text } = await inference.request('spell', { model, ids: finished }, signal);
    hypotheses.push({ text, score });
  }
  return { ids: best, end, stopped: state.stopped ?? 'cancelled', hypotheses };
}

/** What an encoder-decoder wrote, with the token that its decoder starts with. */
export interface WrittenTarget {
  text: string;
  tokens: Token[];
  written: Written;
}

/** Lets an encoder-decoder write a target for `ids`. */
export async function generateTarget(
  inference: Inference,
  request: { model: string; ids: number[]; options: GenerationOptions },
  options: GenerateOptions = {},
): Promise<WrittenTarget> {
  const { model } = request;
  const written = await generateIds(inference, request, options);
  const start = await inference.request('decoderStart', { model }, options.signal);
  const ids = [...start, ...written.ids];
  return { ...(await inference.request('spell', { model, ids }, options.signal)), written };
}

/** The best finished hypothesis, or as far as the best one got. */
function bestOf({ beams, finished, end, stopped }: GenerationState): { ids: number[]; end: number | null } {
  const [first] = finished;
  if (first && stopped) return first;
  return { ids: beams[0]?.ids ?? [], end };
}
