import { booleanAt, listAt, ownValue, stringAt } from '../json';
import { SPACE, WORD } from './classes';
import type { Normalizer } from './normalize';
import { slice, type Piece } from './piece';
import { isId, type Vocabulary } from './vocabulary';

/** A token that is found in the text before anything else happens to it, such as `[MASK]`. */
export interface AddedToken {
  id: number;
  content: string;
  /** Part of the model's own notation, as opposed to a word that was added to the vocabulary. */
  special: boolean;
  normalized: boolean;
  singleWord: boolean;
  lstrip: boolean;
  rstrip: boolean;
}

const ENDS_WITH_WORD = new RegExp(`[${WORD}]$`, 'u');
const STARTS_WITH_WORD = new RegExp(`^[${WORD}]`, 'u');
const BLANK = new RegExp(SPACE, 'u');
const LONGEST_CHARACTER = 2;

/** Reads `added_tokens`. The model's vocabulary has the last word on ids. */
export function readAddedTokens(config: unknown, vocabulary: Vocabulary): AddedToken[] {
  const tokens: AddedToken[] = [];
  for (const entry of listAt(config, 'added_tokens')) {
    const content = stringAt(entry, 'content') ?? '';
    const id = vocabulary.get(content) ?? ownValue(entry, 'id');
    if (content === '' || !isId(id)) continue;
    const special = booleanAt(entry, 'special', false);
    tokens.push({
      id,
      content,
      special,
      normalized: booleanAt(entry, 'normalized', !special),
      singleWord: booleanAt(entry, 'single_word', false),
      lstrip: booleanAt(entry, 'lstrip', false),
      rstrip: booleanAt(entry, 'rstrip', false),
    });
  }
  return tokens;
}

/** Cuts added tokens out of pieces: the leftmost first, of those the longest. */
export class AddedTokenFinder {
  private readonly spellings = new Map<string, AddedToken>();
  /** Lengths of the spellings that begin with a code unit, longest first. */
  private readonly lengths = new Map<number, number[]>();
  private readonly candidates: RegExp | null;

  /** `normalizer` is given for tokens that are looked for in normalised text. */
  constructor(tokens: AddedToken[], normalizer?: Normalizer) {
    for (const token of tokens) {
      const { content } = token;
      const spelling = normalizer?.({ text: content, alignment: null, at: 0, origin: 0 }).text ?? content;
      if (spelling !== '' && !this.spellings.has(spelling)) this.spellings.set(spelling, token);
    }
    for (const spelling of this.spellings.keys()) {
      const first = spelling.charCodeAt(0);
      const lengths = new Set([...(this.lengths.get(first) ?? []), spelling.length]);
      this.lengths.set(
        first,
        [...lengths].sort((a, b) => b - a),
      );
    }
    const units = [...this.lengths.keys()].map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`);
    this.candidates = units.length > 0 ? new RegExp(`[${units.join('')}]`, 'g') : null;
  }

  split(piece: Piece): Piece[] {
    if (piece.id !== undefined || this.candidates === null) return [piece];
    const { text } = piece;
    const parts: Piece[] = [];
    let end = 0;
    for (const { token, from, to } of this.matches(text)) {
      if (token.singleWord && !standsAlone(text, from, to)) continue;
      const start = token.lstrip ? Math.max(blanksBefore(text, from), end) : Math.max(from, end);
      const stop = token.rstrip ? blanksAfter(text, to) : to;
      if (start > end) parts.push(slice(piece, end, start));
      parts.push(slice(piece, start, stop, token.id));
      end = stop;
    }
    if (end < text.length) parts.push(slice(piece, end, text.length));
    return parts;
  }

  private *matches(text: string): Generator<{ token: AddedToken; from: number; to: number }> {
    const pattern = new RegExp(this.candidates ?? /$^/g);
    for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
      const from = found.index;
      const token = this.longestAt(text, from);
      if (!token) continue;
      const to = from + token.length;
      pattern.lastIndex = to;
      yield { token: token.token, from, to };
    }
  }

  private longestAt(text: string, from: number): { token: AddedToken; length: number } | null {
    for (const length of this.lengths.get(text.charCodeAt(from)) ?? []) {
      const token = this.spellings.get(text.slice(from, from + length));
      if (token) return { token, length };
    }
    return null;
  }
}

function standsAlone(text: string, from: number, to: number): boolean {
  const before = text.slice(Math.max(0, from - LONGEST_CHARACTER), from);
  return !ENDS_WITH_WORD.test(before) && !STARTS_WITH_WORD.test(text.slice(to, to + LONGEST_CHARACTER));
}

function blanksBefore(text: string, from: number): number {
  let start = from;
  while (start > 0 && BLANK.test(text.charAt(start - 1))) start--;
  return start;
}

function blanksAfter(text: string, to: number): number {
  let stop = to;
  while (stop < text.length && BLANK.test(text.charAt(stop))) stop++;
  return stop;
}
