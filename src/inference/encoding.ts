import { ProbeError } from '../shared/errors';
import type { EncodeRequest, Encoding } from '../shared/inference';
import type { Token } from '../shared/tokens';
import type { OpenModel } from './openModel';

/** Turns a request's text or ids into a model's input. */
export function encodeRequest(model: OpenModel, request: EncodeRequest): Encoding {
  const encoding = encodeInput(model, request);
  if (encoding.tokens.length === 0)
    throw new ProbeError('input', 'There are no tokens to analyse. Give more text.');
  const target = encodeTarget(model, request);
  return { ...encoding, ...(target && { target }) };
}

function encodeInput({ facts }: OpenModel, { ids, segments }: EncodeRequest): Encoding {
  if (ids) return { segments: [], tokens: ids.map(bareToken), typeIds: ids.map(() => 0) };
  if (!segments) throw new ProbeError('usage', 'Give a text or token ids to analyse.');
  throw noTokenizer(facts.name);
}

function encodeTarget(
  { facts }: OpenModel,
  { target, targetIds }: EncodeRequest,
): Encoding['target'] | undefined {
  if (targetIds) return { text: '', tokens: targetIds.map(bareToken) };
  if (target === undefined) return undefined;
  throw noTokenizer(facts.name);
}

/** A decoder's ids as text and tokens. */
export function tokensOfIds(_model: OpenModel, ids: number[]): { text: string; tokens: Token[] } {
  return { text: '', tokens: ids.map(bareToken) };
}

/** A token of a model without a tokenizer: its id is all that is known. */
function bareToken(id: number): Token {
  return { id, text: String(id), piece: String(id), start: 0, end: 0, special: false, segment: 0 };
}

function noTokenizer(name: string): ProbeError {
  return new ProbeError(
    'model',
    `"${name}" has no tokenizer.json beside it. Put one there, or give token ids.`,
  );
}
