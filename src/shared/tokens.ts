/** A piece of the user's text. Offsets are UTF-16 code units, as in a VS Code document. */
export interface TextSegment {
  text: string;
  /** Document offset of the segment's first code unit; 0 where there is no document. */
  offset: number;
  /** Written by the model, after the user's text: it stands in no document. */
  generated?: true;
}

/** One token of the model's input, tied to the characters it came from. */
export interface Token {
  id: number;
  /** What to show: the characters covered, or the special token's name. */
  text: string;
  /** The vocabulary's own spelling, such as `##ing` or `Ġthe`. */
  piece: string;
  /** Half-open UTF-16 range inside the segment's text; `0, 0` for special tokens, as the `tokenizers` library has it. */
  start: number;
  end: number;
  /** True for tokens that the tokenizer added, such as `[CLS]` or `</s>`. */
  special: boolean;
  /** Index of the segment that the token came from. */
  segment: number;
}

/** What was left out of an over-long input, in tokens. `first + count` of `total` tokens were analysed. */
export interface TokenWindow {
  /** Index of this window, from 0, and how many windows the whole text makes. */
  index: number;
  windows: number;
  /** First token of the text (special tokens not counted) and how many of them are inside. */
  first: number;
  count: number;
  /** Tokens of the whole text, special tokens not counted. */
  total: number;
}
