import * as l10n from '@vscode/l10n';
import { readSpecialTokens } from '../../models/specialTokens';
import { ProbeError } from '../../shared/errors';
import type { Tokenization, TokenizeRequest } from '../../shared/tokenization';
import { tokenizerOf } from '../encoding';
import type { OpenModel } from '../openModel';

/** A text's tokens, more of them than the model takes where the text is long, and how some were made. */
export async function tokenize(
  model: OpenModel,
  { segments, explain }: TokenizeRequest,
): Promise<Tokenization> {
  const tokenizer = await tokenizerOf(model);
  const { unk } = await readSpecialTokens(model.folder, tokenizer);
  const asked = explain && segments[explain.segment];
  if (explain && !asked) throw new ProbeError('usage', l10n.t('The text has no such segment.'));
  return {
    tokens: tokenizer.encode(segments).tokens,
    algorithm: tokenizer.algorithm,
    bytes: tokenizer.bytes,
    vocabulary: tokenizer.size,
    unknown: unk?.piece ?? null,
    makings: asked ? tokenizer.explain(asked.text, explain.start, explain.end) : [],
  };
}
