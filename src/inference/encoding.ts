import * as l10n from '@vscode/l10n';
import { basename } from 'node:path';
import { readSpecialTokens } from '../models/specialTokens';
import { loadTokenizer } from '../models/tokenizer';
import type { ProbeTokenizer } from '../models/tokenizer';
import { ProbeError } from '../shared/errors';
import type { EncodeRequest, Encoding } from '../shared/inference';
import type { SpecialTokens } from '../shared/predictions';
import type { Token } from '../shared/tokens';
import { checkIds } from './checks';
import type { OpenModel } from './openModel';

/** Turns a request's text or ids into a model's input. */
export async function encodeRequest(model: OpenModel, request: EncodeRequest): Promise<Encoding> {
  const encoding = await encodeInput(model, request);
  if (encoding.tokens.length === 0) {
    throw new ProbeError('input', l10n.t('The text has no tokens for this model. Give more text.'));
  }
  const target = await encodeTarget(model, request);
  return { ...encoding, ...(target && { target }) };
}

/** A decoder's or caller's ids as text, and as tokens with offsets into it. */
export async function tokensOfIds(
  model: OpenModel,
  ids: number[],
): Promise<{ text: string; tokens: Token[] }> {
  if (model.folder.tokenizerPath === null) return { text: '', tokens: ids.map(bareToken) };
  return (await tokenizerOf(model)).tokensOfIds(ids);
}

/** Each id by itself: the characters that it stands for, or a special token's name. */
export async function textsOfIds(model: OpenModel, ids: number[]): Promise<string[]> {
  if (model.folder.tokenizerPath === null) return ids.map(String);
  const tokenizer = await tokenizerOf(model);
  return ids.map((id) => tokenizer.tokensOfIds([id]).tokens[0]?.text ?? String(id));
}

/** The special tokens of the model's tokenizer; none where there is no tokenizer. */
export async function specialTokensOf(model: OpenModel): Promise<SpecialTokens> {
  return model.folder.tokenizerPath === null ? {} : readSpecialTokens(model.folder, await tokenizerOf(model));
}

async function encodeInput(model: OpenModel, { ids, segments, overflow }: EncodeRequest): Promise<Encoding> {
  const { facts } = model;
  if (ids) {
    checkIds(facts, ids, 'token ids');
    const { text, tokens } = await tokensOfIds(model, ids);
    const spelled = facts.hasTokenizer ? [{ text, offset: 0 }] : [];
    return { segments: spelled, tokens, typeIds: ids.map(() => 0) };
  }
  if (!segments) throw new ProbeError('usage', l10n.t('Give a text or token ids to analyze.'));
  const encoded = (await tokenizerOf(model)).fit(segments, facts.maxTokens, overflow);
  checkVocabulary(model, encoded.tokens);
  return { segments, ...encoded };
}

/** A tokenizer of another model gives itself away by ids that this one has no embedding for. */
function checkVocabulary({ facts, folder }: OpenModel, tokens: Token[]): void {
  const { vocabulary } = facts;
  const wrong = tokens.find(({ id }) => vocabulary !== null && id >= vocabulary);
  if (wrong === undefined) return;
  throw new ProbeError(
    'model',
    l10n.t`${basename(folder.tokenizerPath ?? '')} has the token id ${wrong.id}, and config.json says that the model's vocabulary ends at ${Number(vocabulary) - 1}. One of them belongs to another model: download both again.`,
  );
}

/**
 * The decoder's side: its start token, then the text as the tokenizer has it, without the end token that the decoder
 * is there to predict.
 */
async function encodeTarget(
  model: OpenModel,
  { target, targetIds }: EncodeRequest,
): Promise<Encoding['target'] | undefined> {
  if (targetIds) {
    checkIds(model.facts, targetIds, 'decoder ids');
    return tokensOfIds(model, targetIds);
  }
  if (target === undefined) return undefined;
  const { tokens } = (await tokenizerOf(model)).encode([{ text: target, offset: 0 }]);
  checkVocabulary(model, tokens);
  const { eosIds = [] } = model.folder.config ?? {};
  const last = tokens.at(-1);
  if (last?.special && eosIds.includes(last.id)) tokens.pop();
  const start = await tokensOfIds(model, [startId(model)]);
  return { text: target, tokens: [...start.tokens, ...tokens] };
}

/** The id that a decoder starts with. */
export function startId({ folder, facts }: OpenModel): number {
  const { decoderStartId = null, bosId = null } = folder.config ?? {};
  const id = decoderStartId ?? bosId;
  if (id !== null) return id;
  throw new ProbeError(
    'model',
    l10n.t`The config.json of "${facts.name}" does not say how its decoder starts. Give the decoder's token ids.`,
  );
}

/** The model's tokenizer, read when first needed: ids do without. */
export function tokenizerOf(model: OpenModel): Promise<ProbeTokenizer> {
  model.tokenizer ??= loadTokenizer(model.folder).catch((error: unknown) => {
    // Read again the next time: the file may have been put right.
    model.tokenizer = undefined;
    throw error;
  });
  return model.tokenizer;
}

/** A token of a model without a tokenizer: its id is all that is known. */
function bareToken(id: number): Token {
  return { id, text: String(id), piece: String(id), start: 0, end: 0, special: false, segment: 0 };
}
