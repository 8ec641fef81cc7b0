import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import { booleanAt, integerAt, listAt, ownValue, stringAt } from '../json';
import { toBytePiece } from './bytes';
import { PUNCTUATION, SPACE, WORD } from './classes';
import { prepend } from './normalize';
import { patternOf } from './pattern';
import { respell, slice, unitsAt, type Piece } from './piece';
import { behaviorOf, splitPiece } from './split';

/** Splits a piece into the pieces that the model sees one at a time. */
export type PreTokenizer = (piece: Piece) => Piece[];

const MAX_DEPTH = 8;
const GPT2_WORDS = new RegExp(
  `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${SPACE}\\p{L}\\p{N}]+|${SPACE}+(?!\\P{White_Space})|${SPACE}+`,
  'gu',
);
const SPACES = new RegExp(SPACE, 'gu');
const PUNCTUATIONS = new RegExp(PUNCTUATION, 'gu');
const WORDS = new RegExp(`[${WORD}]+|[^${SPACE}${WORD}]+`, 'gu');
const NUMERALS = /\p{N}/gu;

/** Builds the `pre_tokenizer` of tokenizer.json. Throws a ProbeError for kinds it does not know. */
export function createPreTokenizer(config: unknown, depth = 0): PreTokenizer {
  if (config === null || config === undefined) return (piece) => [piece];
  const type = stringAt(config, 'type') ?? '';
  switch (type) {
    case 'Sequence':
      return sequence(listAt(config, 'pretokenizers'), depth);
    case 'BertPreTokenizer':
      return (piece) =>
        splitPiece(piece, SPACES, 'removed').flatMap((word) => splitPiece(word, PUNCTUATIONS, 'isolated'));
    case 'Whitespace':
      return (piece) => splitPiece(piece, WORDS, 'removed', true);
    case 'WhitespaceSplit':
      return (piece) => splitPiece(piece, SPACES, 'removed');
    case 'CharDelimiterSplit': {
      const pattern = patternOf({ String: stringAt(config, 'delimiter') ?? ' ' });
      return (piece) => splitPiece(piece, pattern, 'removed');
    }
    case 'Punctuation': {
      const behavior = behaviorOf(stringAt(config, 'behavior'), 'isolated');
      return (piece) => splitPiece(piece, PUNCTUATIONS, behavior);
    }
    case 'Digits': {
      const behavior = booleanAt(config, 'individual_digits', false) ? 'isolated' : 'contiguous';
      return (piece) => splitPiece(piece, NUMERALS, behavior);
    }
    case 'Split': {
      const pattern = patternOf(ownValue(config, 'pattern'));
      const behavior = behaviorOf(stringAt(config, 'behavior'), 'removed');
      const invert = booleanAt(config, 'invert', false);
      return (piece) => splitPiece(piece, pattern, behavior, invert);
    }
    case 'ByteLevel':
      return byteLevel(config);
    case 'Metaspace':
      return metaspace(config);
    case 'FixedLength':
      return fixedLength(integerAt(config, 'length', 1) ?? 5);
    default:
      throw new ProbeError(
        'model',
        l10n.t`tokenizer.json has a pre-tokenizer of an unknown type (${type.slice(0, 40)}).`,
      );
  }
}

function sequence(configs: unknown[], depth: number): PreTokenizer {
  if (depth >= MAX_DEPTH)
    throw new ProbeError('model', l10n.t('tokenizer.json nests its pre-tokenizers too deeply.'));
  const stages = configs.map((config) => createPreTokenizer(config, depth + 1));
  return (piece) => stages.reduce((pieces, stage) => pieces.flatMap(stage), [piece]);
}

function byteLevel(config: unknown): PreTokenizer {
  const addSpace = booleanAt(config, 'add_prefix_space', true);
  const useRegex = booleanAt(config, 'use_regex', true);
  return (piece) => {
    const spaced = addSpace && !piece.text.startsWith(' ') ? prepend(piece, ' ') : piece;
    const words = useRegex ? splitPiece(spaced, GPT2_WORDS, 'isolated') : [spaced];
    return words.map(toBytePiece);
  };
}

function metaspace(config: unknown): PreTokenizer {
  const mark = stringAt(config, 'replacement') ?? '▁';
  const legacy = booleanAt(config, 'add_prefix_space', true) ? 'always' : 'never';
  const scheme = stringAt(config, 'prepend_scheme') ?? legacy;
  const splits = booleanAt(config, 'split', true);
  const marks = patternOf({ String: mark });
  return (piece) => {
    let current = respell(piece, piece.text.replaceAll(' ', mark));
    const isFirst = scheme === 'always' || (scheme === 'first' && piece.origin === 0);
    if (isFirst && !current.text.startsWith(mark)) current = prepend(current, mark);
    return splits ? splitPiece(current, marks, 'mergedwithnext') : [current];
  };
}

function fixedLength(length: number): PreTokenizer {
  return (piece) => {
    const parts: Piece[] = [];
    let from = 0;
    let characters = 0;
    for (let unit = 0; unit < piece.text.length;) {
      unit += unitsAt(piece.text, unit);
      if (++characters % length === 0 || unit >= piece.text.length) {
        parts.push(slice(piece, from, unit));
        from = unit;
      }
    }
    return parts;
  };
}
