import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import { integerAt, ownValue, stringAt } from '../json';
import { longest, readVocabulary, type ModelToken, type OnStep, type TokenModel } from './vocabulary';

/**
 * WordPiece: the longest piece that fits, again and again; a word with a part that no piece fits is one unknown token
 * (Wu et al. 2016, https://arxiv.org/abs/1609.08144).
 */
export function createWordPiece(config: unknown): TokenModel {
  const vocabulary = readVocabulary(ownValue(config, 'vocab'));
  const unknown = unknownId(config, vocabulary);
  const prefix = stringAt(config, 'continuing_subword_prefix') ?? '##';
  const maxCharacters = integerAt(config, 'max_input_chars_per_word', 1) ?? 100;
  const maxPiece = longest(vocabulary);

  const longestAt = (text: string, from: number, onStep?: OnStep): ModelToken | null => {
    const end = Math.min(text.length, from + maxPiece);
    for (let to = end; to > from; to--) {
      const part = text.slice(from, to);
      const id = vocabulary.get(from > 0 ? prefix + part : part);
      if (id === undefined) continue;
      onStep?.({ kind: 'match', id, from, to, longer: end - to });
      return { id, from, to };
    }
    onStep?.({ kind: 'match', id: -1, from, to: text.length, longer: end - from });
    return null;
  };

  const tokenize = (text: string, onStep?: OnStep): ModelToken[] => {
    const whole = [{ id: unknown, from: 0, to: text.length }];
    if (text.length > maxCharacters && [...text].length > maxCharacters) return whole;
    const tokens: ModelToken[] = [];
    for (let from = 0; from < text.length;) {
      const token = longestAt(text, from, onStep);
      if (token === null) return whole;
      tokens.push(token);
      from = token.to;
    }
    return tokens;
  };
  return { algorithm: 'WordPiece', vocabulary, tokenize };
}

/** One token a pre-token, or unknown. */
export function createWordLevel(config: unknown): TokenModel {
  const vocabulary = readVocabulary(ownValue(config, 'vocab'));
  const unknown = unknownId(config, vocabulary);
  return {
    algorithm: 'WordLevel',
    vocabulary,
    tokenize: (text) => [{ id: vocabulary.get(text) ?? unknown, from: 0, to: text.length }],
  };
}

function unknownId(config: unknown, vocabulary: Map<string, number>): number {
  const id = vocabulary.get(stringAt(config, 'unk_token') ?? '[UNK]');
  if (id === undefined)
    throw new ProbeError('model', l10n.t('The vocabulary of tokenizer.json lacks its unknown token.'));
  return id;
}
