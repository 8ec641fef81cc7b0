import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';
import { booleanAt, listAt, ownValue, stringAt } from '../json';
import { toBytePiece } from './bytes';
import { CONTROL, CONTROL_OF_NMT, IDEOGRAPH, MARK, NONSPACING, SPACE, SPACE_OF_NMT } from './classes';
import { patternOf } from './pattern';
import { respell, Rewrite, type Piece } from './piece';
import { precompiledNormalizer } from './precompiled';
import { normalizeRun, type Form } from './unicode';

/** Changes a piece of text and keeps track of where its characters came from. */
export type Normalizer = (piece: Piece) => Piece;

const MAX_DEPTH = 8;
/** Builds the `normalizer` of tokenizer.json. Throws a ProbeError for kinds it does not know. */
export function createNormalizer(config: unknown, depth = 0): Normalizer {
  if (config === null || config === undefined) return (piece) => piece;
  const type = stringAt(config, 'type') ?? '';
  switch (type) {
    case 'Sequence':
      return sequence(listAt(config, 'normalizers'), depth);
    case 'BertNormalizer':
      return bertNormalizer(config);
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      return (piece) => toForm(piece, type);
    case 'Lowercase':
      return lowercase;
    case 'StripAccents':
      return (piece) => remove(piece, MARK);
    case 'Strip':
      return (piece) =>
        strip(piece, booleanAt(config, 'strip_left', true), booleanAt(config, 'strip_right', true));
    case 'Replace':
      return replacer(config);
    case 'Prepend':
      return (piece) => prepend(piece, stringAt(config, 'prepend') ?? '');
    case 'Precompiled':
      return precompiledNormalizer(config);
    case 'Nmt':
      return (piece) => {
        const cleaned = remove(piece, CONTROL_OF_NMT);
        return respell(cleaned, cleaned.text.replace(SPACE_OF_NMT, ' '));
      };
    case 'ByteLevel':
      return toBytePiece;
    default:
      throw new ProbeError(
        'model',
        l10n.t`tokenizer.json has a normalizer of an unknown type (${type.slice(0, 40)}).`,
      );
  }
}

function sequence(configs: unknown[], depth: number): Normalizer {
  if (depth >= MAX_DEPTH)
    throw new ProbeError('model', l10n.t('tokenizer.json nests its normalizers too deeply.'));
  const stages = configs.map((config) => createNormalizer(config, depth + 1));
  return (piece) => stages.reduce((current, stage) => stage(current), piece);
}

/** BERT's text cleaning, ideographs set apart, accents, case: in this order. */
function bertNormalizer(config: unknown): Normalizer {
  const lower = booleanAt(config, 'lowercase', true);
  const clean = booleanAt(config, 'clean_text', true);
  const ideographs = booleanAt(config, 'handle_chinese_chars', true);
  const accents = ownValue(config, 'strip_accents') ?? lower;
  const space = new RegExp(SPACE, 'gu');
  return (piece) => {
    let current = piece;
    if (clean) {
      current = remove(current, CONTROL);
      current = respell(current, current.text.replace(space, ' '));
    }
    if (ideographs) current = change(current, IDEOGRAPH, (found, rewrite) => spaced(found, rewrite));
    if (accents === true) current = remove(toForm(current, 'NFD'), NONSPACING);
    return lower ? lowercase(current) : current;
  };
}

function spaced(ideograph: string, rewrite: Rewrite): void {
  rewrite.put(' ', 0);
  rewrite.put(ideograph, 1);
  rewrite.put(' ', 1);
}

/** Rewrites every match of a pattern; everything else stays. Returns the piece itself if nothing matches. */
function change(piece: Piece, pattern: RegExp, write: (found: string, rewrite: Rewrite) => void): Piece {
  let rewrite: Rewrite | null = null;
  for (const match of piece.text.matchAll(pattern)) {
    rewrite ??= new Rewrite(piece);
    rewrite.copy(match.index);
    write(match[0], rewrite);
    rewrite.drop(match.index + match[0].length);
  }
  return rewrite ? rewrite.finish() : piece;
}

function remove(piece: Piece, pattern: RegExp): Piece {
  return change(piece, pattern, () => undefined);
}

/** Stretches that a normal form may change: everything beyond ASCII, with the letter that a mark could join. */
const BEYOND_ASCII = /[\x20-\x7f]?[\u0080-\u{10ffff}]+/gu;

/** The runtime takes quadratic time to order very many marks on one letter. */
const MANY_MARKS = /\p{M}{300}/u;

function toForm(piece: Piece, form: Form): Piece {
  if (!MANY_MARKS.test(piece.text) && piece.text.normalize(form) === piece.text) return piece;
  return change(piece, BEYOND_ASCII, (run, rewrite) => {
    for (const [character, by] of normalizeRun(run, form)) rewrite.put(character, by);
  });
}

const UPPERCASE = /\p{Changes_When_Lowercased}/gu;

/** Character by character: no rule that looks at the neighbours, such as the final sigma. */
function lowercase(piece: Piece): Piece {
  if (!piece.text.includes('İ')) {
    return respell(
      piece,
      piece.text.replace(UPPERCASE, (character) => character.toLowerCase()),
    );
  }
  return change(piece, UPPERCASE, (character, rewrite) => {
    [...character.toLowerCase()].forEach((lower, index) => rewrite.put(lower, index > 0 ? 1 : 0));
  });
}

function strip(piece: Piece, left: boolean, right: boolean): Piece {
  const { text } = piece;
  const from = left ? (new RegExp(`^${SPACE}*`, 'u').exec(text)?.[0].length ?? 0) : 0;
  let to = text.length;
  const space = new RegExp(SPACE, 'u');
  while (right && to > from && space.test(text.charAt(to - 1))) to--;
  if (from === 0 && to === text.length) return piece;
  return {
    text: text.slice(from, to),
    alignment: piece.alignment,
    at: piece.at + from,
    origin: piece.origin,
  };
}

/** Every match becomes `content`, all of it in the place of the match's last character. */
function replacer(config: unknown): Normalizer {
  const pattern = patternOf(ownValue(config, 'pattern'));
  const content = stringAt(config, 'content') ?? '';
  const isOneUnit =
    content.length === 1 && (stringAt(ownValue(config, 'pattern'), 'String') ?? '').length === 1;
  return (piece) => {
    if (isOneUnit)
      return respell(
        piece,
        piece.text.replace(pattern, () => content),
      );
    return replace(piece, pattern, content);
  };
}

function replace(piece: Piece, pattern: RegExp, content: string): Piece {
  return change(piece, pattern, (found, rewrite) => {
    rewrite.skip(found.length);
    for (const character of content) rewrite.put(character, 1);
  });
}

/** Puts text before a piece; it shares the place of the piece's first character. */
export function prepend(piece: Piece, prefix: string): Piece {
  const [first] = piece.text;
  if (first === undefined || prefix === '') return piece;
  const rewrite = new Rewrite(piece);
  [...prefix].forEach((character, index) => rewrite.put(character, index > 0 ? 1 : 0));
  rewrite.put(first, 1);
  return rewrite.finish();
}
