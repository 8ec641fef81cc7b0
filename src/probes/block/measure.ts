import type { MeasuredSubLayer } from '../../shared/block';
import { ProbeError } from '../../shared/errors';
import type { Inference } from '../../shared/inference';
import type { TextSegment, Token } from '../../shared/tokens';

/** What a text did in the sub-layers of a model. */
export interface Measured {
  tokens: Token[];
  /** The decoder's, of an encoder-decoder. */
  target: Token[] | null;
  subLayers: MeasuredSubLayer[];
}

/**
 * Runs the text once; an encoder-decoder reads and writes it. A model that cannot be run, such as one without a tokenizer,
 * gives the reason why instead.
 */
export async function measure(
  inference: Inference,
  model: string,
  segments: TextSegment[],
  signal?: AbortSignal,
): Promise<Measured | { why: string }> {
  try {
    const { facts } = await inference.request('open', { model }, signal);
    const target =
      facts.family === 'encoder-decoder' ? segments.map(({ text }) => text).join('\n') : undefined;
    const request = { model, segments, overflow: 'first' as const, ...(target !== undefined && { target }) };
    const encoding = await inference.request('encode', request, signal);
    const idsOf = (tokens: readonly Token[]) => tokens.map(({ id }) => id);
    const fed = { model, ids: idsOf(encoding.tokens), typeIds: encoding.typeIds };
    const targetIds = encoding.target && { targetIds: idsOf(encoding.target.tokens) };
    const subLayers = await inference.request('subLayers', { ...fed, ...targetIds }, signal);
    return { tokens: encoding.tokens, target: encoding.target?.tokens ?? null, subLayers };
  } catch (error) {
    if (error instanceof ProbeError && error.code !== 'cancelled') return { why: error.message };
    throw error;
  }
}
