import * as l10n from '@vscode/l10n';
import type { AttributionRequest } from '../attribution';
import type { PredictionKind } from '../../shared/attribution';
import type { PredictionFacts } from '../../shared/attributionRequests';
import { ProbeError } from '../../shared/errors';
import type { Encoding, Inference } from '../../shared/inference';
import type { ModelFacts } from '../../shared/model';
import type { Token } from '../../shared/tokens';
import type { Subject } from './subject';
import { generateTarget } from '../generate';
import { GENERATION_DEFAULTS } from '../../shared/generation';

/** A text as it is fed to explain one prediction. */
export interface Text {
  encoding: Encoding;
  /** As fed: with the mask in its place, and for a next token up to the position. */
  tokens: Token[];
  target?: { text: string; tokens: Token[] };
  facts: PredictionFacts;
  position: number | null;
}

/** Tokens, the decoder's text and the place of the prediction. */
export async function readText(
  inference: Inference,
  model: ModelFacts,
  request: AttributionRequest,
  { signal, progress }: Pick<Subject, 'signal' | 'progress'>,
): Promise<Text> {
  const encoding = await inference.request('encode', request, signal);
  const { tokens } = encoding;
  if (!request.ids && tokens.every(({ special }) => special)) throw emptyText();
  const ids = tokens.map(({ id }) => id);
  const targetTokens = await decoderText(inference, model, { encoding, ids, progress, signal });
  const targetIds = targetTokens?.tokens.map(({ id }) => id);
  const fed = { model: request.model, ids, typeIds: encoding.typeIds, targetIds };
  const facts = await inference.request('predictionFacts', fed, signal);
  const place = { tokens, target: targetTokens?.tokens, mask: facts.special.mask?.id };
  const position = positionOf(facts.kind, request.position, place);
  const cut = position !== null && facts.kind === 'next-token' ? tokens.slice(0, position + 1) : tokens;
  return {
    ...{ encoding, facts, position },
    tokens: facts.kind === 'masked-token' ? masked(cut, position, facts.special.mask) : cut,
    ...(targetTokens && {
      target: { text: targetTokens.text, tokens: targetTokens.tokens.slice(0, (position ?? 0) + 1) },
    }),
  };
}

async function decoderText(
  inference: Inference,
  model: ModelFacts,
  {
    encoding,
    ids,
    progress,
    signal,
  }: Pick<Subject, 'signal' | 'progress'> & { encoding: Encoding; ids: number[] },
): Promise<{ text: string; tokens: Token[] } | undefined> {
  if (model.family !== 'encoder-decoder') return undefined;
  if (encoding.target) return encoding.target;
  progress(l10n.t('Generating the target'), 0.04);
  return generateTarget(inference, { model: model.id, ids, options: GENERATION_DEFAULTS }, { signal });
}

function positionOf(
  kind: PredictionKind,
  asked: number | undefined,
  { tokens, target, mask }: { tokens: Token[]; target?: Token[]; mask?: number },
): number | null {
  if (kind === 'class') return null;
  const axis = kind === 'decoder-token' ? (target ?? []) : tokens;
  if (asked !== undefined) {
    if (Number.isInteger(asked) && asked >= 0 && asked < axis.length) return asked;
    throw new ProbeError(
      'usage',
      l10n.t`There is no position ${asked}: positions are 0 to ${axis.length - 1}.`,
    );
  }
  if (kind === 'next-token') return tokens.length - 1;
  if (kind === 'decoder-token') return 0;
  const masks = tokens.flatMap(({ id }, i) => (id === mask ? [i] : []));
  if (kind === 'masked-token' && masks[0] !== undefined) return masks[0];
  throw new ProbeError(
    'usage',
    kind === 'masked-token'
      ? l10n.t('Say which token is predicted: put the mask token into the text, or give a position.')
      : l10n.t('Say which token is classified: give a position.'),
  );
}

/** The tokens with the mask at a position, so that the model does not see what it is to predict. */
function masked(tokens: Token[], position: number | null, mask: PredictionFacts['special']['mask']): Token[] {
  return tokens.map((token, i) =>
    i === position && mask && token.id !== mask.id
      ? { ...token, id: mask.id, piece: mask.piece, text: mask.piece }
      : token,
  );
}

function emptyText(): ProbeError {
  return new ProbeError(
    'input',
    l10n.t(
      'There is no text to analyze: it is empty, or holds only white space and characters that the tokenizer drops.',
    ),
  );
}
