import * as l10n from '@vscode/l10n';
import { SplitPreTokenizer } from '@huggingface/tokenizers';
import { ProbeError } from '../../shared/errors';
import { stringAt } from '../json';

const MAX_PATTERN = 20_000;

/**
 * The regular expression of a tokenizer.json `pattern`: `{String}` is taken literally, `{Regex}` is Oniguruma's dialect,
 * which the library's own translator turns into JavaScript's. Always global and Unicode-aware.
 */
export function patternOf(pattern: unknown): RegExp {
  const literal = stringAt(pattern, 'String');
  const regex = stringAt(pattern, 'Regex');
  const source = literal ?? regex;
  if (source === null || source.length > MAX_PATTERN) {
    throw new ProbeError('model', l10n.t('tokenizer.json holds a split pattern of an unknown kind.'));
  }
  const kind = literal === null ? { Regex: source } : { String: source };
  try {
    const split = new SplitPreTokenizer({ type: 'Split', pattern: kind, behavior: 'Isolated', invert: true });
    if (split.pattern) return split.pattern;
  } catch {
    // Reported below: the translator's own message quotes the pattern.
  }
  throw new ProbeError(
    'model',
    l10n.t('tokenizer.json holds a regular expression that JavaScript cannot run.'),
  );
}
