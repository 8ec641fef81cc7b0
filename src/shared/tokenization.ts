import type { ModelRef } from './inference';
import type { TextSegment, Token } from './tokens';

/** How a tokenizer's model finds pieces: by merging, by the longest match, by probability, or whole words only. */
export type TokenAlgorithm = 'BPE' | 'WordPiece' | 'Unigram' | 'WordLevel';

/** A piece of the vocabulary. */
export interface Piece {
  id: number;
  /** The vocabulary's own spelling. */
  piece: string;
  /** What to show: the characters, or bytes as `\xF0` where it holds less than whole ones. */
  text: string;
}

/** Two neighboring pieces became one. */
export interface Merge {
  /** Index of the left one among the pieces at that moment. */
  at: number;
  /** Place of the merge in the tokenizer's list, from 0: lower ranks go first. */
  rank: number;
  merged: Piece;
}

/** The longest piece that fits at a place of the word. */
export interface Match {
  /** Code units of the word, half-open; up to its end where nothing fits. */
  from: number;
  to: number;
  /** Longer spellings that the vocabulary does not have. */
  longer: number;
  /** Null where no piece fits: the whole word is unknown. */
  found: Piece | null;
}

/** A piece that fits at a place of the word, on the best path to that place. */
export interface Candidate {
  from: number;
  to: number;
  piece: Piece;
  /** Its log probability. */
  score: number;
  /** Highest sum of scores of a path that ends with this piece. */
  total: number;
  /** It is part of the best path through the whole word. */
  chosen: boolean;
}

/** How a tokenizer made the tokens of a stretch of text. */
export interface Making {
  /** What its model saw: normalized, and spelled in its own alphabet. Ranges count its code units. */
  spelled: string;
  /** The tokens. */
  pieces: Piece[];
  how:
    | {
        algorithm: 'BPE';
        start: Piece[];
        merges: Merge[];
      }
    | { algorithm: 'WordPiece'; matches: Match[] }
    | { algorithm: 'Unigram'; candidates: Candidate[] }
    /** Found whole: a word of the vocabulary, or an added token. */
    | { algorithm: 'whole' };
}

/** A whole text as a tokenizer cuts it, however long. */
export interface Tokenization {
  tokens: Token[];
  algorithm: TokenAlgorithm;
  /** How characters that the vocabulary lacks are written as bytes; null where they are unknown. */
  bytes: 'alphabet' | 'fallback' | null;
  /** Pieces and added tokens. */
  vocabulary: number;
  /** Spelling of the unknown token; null where there is none. */
  unknown: string | null;
  /** Of the stretch that was asked for; empty where none was. */
  makings: Making[];
}

export interface TokenizeRequest extends ModelRef {
  segments: TextSegment[];
  /** Explain the tokens of these characters: code units of the segment's text. */
  explain?: { segment: number; start: number; end: number };
}
