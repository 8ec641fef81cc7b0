import type { Inference } from '../../shared/inference';
import type { TextSegment, Token } from '../../shared/tokens';

export interface Tensor {
  shape: number[];
  data: Float32Array;
}

/** One run of a model: the text as it was fed, and the tensors that tasks need. */
export interface Forward {
  tokens: Token[];
  /** Tokens of the whole text where only the first were read. */
  cutFrom: number | null;
  /** The graph's own outputs. */
  outputs: { name: string; shape: number[] }[];
  tensors: Map<string, Tensor>;
}

/** Hidden states that are kept besides the last ones would only take room. */
const isHidden = (name: string) => /\.hidden\.\d+$/.test(name);

/** Runs a text and fetches its head's input, outputs and last hidden states; the run is forgotten. */
export async function forward(
  inference: Inference,
  model: string,
  segments: TextSegment[],
  signal?: AbortSignal,
): Promise<Forward> {
  const { tokens, typeIds, window } = await inference.request(
    'encode',
    { model, segments, overflow: 'first' },
    signal,
  );
  const ids = tokens.map(({ id }) => id);
  const { facts } = await inference.request('open', { model }, signal);
  const hasDecoder = facts.family === 'encoder-decoder';
  const targetIds = hasDecoder ? await inference.request('decoderStart', { model }, signal) : undefined;
  const input = { model, ids, typeIds, targetIds };
  const run = await inference.request('run', { ...input, taps: ['head', 'hidden'] }, signal);
  const last = new Map(
    run.tensors.filter(({ name }) => isHidden(name)).map(({ name }) => [stackOf(name), name]),
  );
  const wanted = run.tensors.filter(({ name }) => !isHidden(name) || last.get(stackOf(name)) === name);
  const tensors = new Map<string, Tensor>();
  for (const { name, shape } of wanted) {
    if (isVocabulary(shape)) continue;
    tensors.set(name, await inference.request('tensor', { runId: run.runId, name }, signal));
  }
  await inference.request('forget', { runId: run.runId }, signal);
  const outputs = run.tensors.filter(({ name }) => !isHidden(name) && name !== 'head');
  return { tokens, cutFrom: window?.total ?? null, outputs, tensors };
}

/** Logits over a vocabulary are no answers of a task, and large. */
const MOST_LABELS = 4096;
export const isVocabulary = (shape: readonly number[]) => shape.length === 2 && (shape[1] ?? 0) > MOST_LABELS;

/** `encoder.hidden.2` -> `encoder`; states come in the order of their numbers. */
function stackOf(name: string): string {
  return name.slice(0, name.indexOf('.'));
}
